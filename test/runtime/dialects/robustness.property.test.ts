/** Whatever comes, requests are read or refused with a sentence, and answers come out as something. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quirksAt } from "../../../compiler/catalog/index.ts";
import {
  ChatStream,
  chatCompletion,
  chatError,
  chatOfResponses,
  chatRequest,
  conformedAnswer,
  conformedError,
  conformedRequest,
  DialectError,
  MessagesStream,
  messagesAnswer,
  messagesError,
  messagesRequest,
  ResponsesStream,
  responsesAnswer,
} from "../../../runtime/dialects/index.ts";
import { conforms, eventsIn, fed, hasData, sse } from "./harness.ts";

const NAMES = [
  ..."type role content text input name id index delta usage message messages model tools tool_choice function arguments".split(
    " ",
  ),
  ..."choices tool_calls error system thinking signature source data url image_url file output_config format schema stop".split(
    " ",
  ),
  ..."reasoning_effort response_format max_tokens content_block stop_reason citations input_tokens output reasoning".split(
    " ",
  ),
];
const WORDS = [
  ..."user assistant system tool text tool_use tool_result thinking redacted_thinking image document function message base64".split(
    " ",
  ),
  ..."json_schema json_object content_block_start content_block_delta content_block_stop message_start message_delta ping error".split(
    " ",
  ),
  ..."text_delta input_json_delta thinking_delta function_call function_call_output high none data:image/png;base64,AA {} auto".split(
    " ",
  ),
];

/** JSON of the words of the dialects, put together at random. */
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...WORDS, null, true, 0, 1, -1, 5000, "", "a"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 6 }),
  ),
}));
const objects = fc.dictionary(fc.constantFrom(...NAMES), anything, { maxKeys: 8 });

/** A request is translated, or refused by a `DialectError`. */
function readable(translate: () => unknown): void {
  try {
    JSON.stringify(translate());
  } catch (error) {
    expect(error).toBeInstanceOf(DialectError);
  }
}

test("requests are read or refused", () => {
  const models = fc.constantFrom("claude-sonnet-4-5", "claude-sonnet-5", "claude-3-haiku", "other");
  fc.assert(
    fc.property(objects, objects, models, (body, message, model) => {
      const withTurn = { model: "m", ...body, messages: [{ role: "user", ...message }, message] };
      readable(() => messagesRequest(withTurn, { model, output: 4096 }));
      readable(() => chatRequest(withTurn));
      readable(() => chatOfResponses({ model: "m", ...body, input: [message, { role: "user", content: [message] }] }));
      readable(() => conformedRequest(withTurn, quirksAt("https://api.mistral.ai") ?? {}));
    }),
    { numRuns: 1000 },
  );
});

test("answers come out, and errors", () => {
  fc.assert(
    fc.property(objects, objects, (body, message) => {
      const answers = [{ ...body, content: [message, message] }, { ...body, choices: [{ message }] }, body, message];
      for (const answer of answers) {
        const made = chatCompletion(answer, 0);
        if (hasData) conforms("error" in made ? "ErrorResponse" : "CreateChatCompletionResponse", made);
        for (const each of [messagesAnswer, chatError, messagesError, conformedAnswer, conformedError])
          JSON.stringify(each(answer));
        JSON.stringify(responsesAnswer(answer, body));
      }
    }),
    { numRuns: 500 },
  );
});

test("streams come out, whatever their events are", () => {
  const types = fc.constantFrom(
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
    "error",
  );
  const event = fc.tuple(types, fc.nat(2), objects, objects).map(([type, index, body, inner]) => ({
    ...body,
    type,
    index,
    delta: inner,
    content_block: inner,
    message: inner,
    choices: [{ delta: inner }],
  }));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      const bytes = sse(
        events.map((each) => JSON.stringify(each)),
        false,
      );
      const chunks = eventsIn(fed(new ChatStream({ created: 0, includeUsage: true }), bytes)) as object[];
      if (hasData)
        for (const chunk of chunks)
          conforms("error" in chunk ? "ErrorResponse" : "CreateChatCompletionStreamResponse", chunk);
      fed(new MessagesStream(), bytes);
      fed(new ResponsesStream({}), bytes);
    }),
    { numRuns: 1000 },
  );
});

describe("what is nested too deeply", () => {
  const deep = JSON.parse(`${'{"properties":'.repeat(20_000)}{}${"}".repeat(20_000)}`);
  const tool = { type: "function", function: { name: "f", parameters: deep, strict: true } };

  test("is refused in a request", () => {
    const HELLO = { role: "user", content: "a" };
    const target = { model: "claude-sonnet-4-5", output: 4096 };
    expect(() => messagesRequest({ messages: [HELLO], tools: [tool] }, target)).toThrow(
      new DialectError("", "the request is nested too deeply"),
    );
    const use = { role: "assistant", content: [{ type: "tool_use", id: "i", name: "f", input: deep }] };
    expect(() => chatRequest({ model: "m", messages: [HELLO, use] })).toThrow(
      new DialectError("", "the request is nested too deeply"),
    );
  });

  test("is an error in an answer", () => {
    const content = [{ type: "tool_use", id: "i", name: "f", input: deep }];
    expect(chatCompletion({ content }, 0)).toMatchObject({
      error: { message: "the provider's answer is nested too deeply" },
    });
  });
});
