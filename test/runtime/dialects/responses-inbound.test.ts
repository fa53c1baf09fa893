/** Clients of the responses API before providers of chat completions: requests in, answers and streams out. */
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { describe, expect, test } from "vitest";
import {
  ChatStream,
  chatCompletion,
  chatOfResponses,
  DialectError,
  ResponsesStream,
  responsesAnswer,
  unsaidInMessages,
  unsaidInResponses,
} from "../../../runtime/dialects/index.ts";
import {
  conformsToResponses,
  fed,
  hasData,
  recorded,
  recordedEvents,
  recordings,
  sse,
  type Writable,
  withData,
} from "./harness.ts";

const REQUEST = { model: "m", input: "Hello." };
const HELLO = { role: "user", content: "Hello." };

function comesTo(request: object, keepReasoning = false): object {
  const { chat, dropped } = chatOfResponses({ ...REQUEST, ...request }, { keepReasoning });
  chat as Writable<typeof chat> satisfies ChatCompletionCreateParams;
  const { model: _model, ...rest } = chat;
  return dropped.length === 0 ? rest : { ...rest, dropped };
}

describe("a request", () => {
  test("asks", () => {
    expect(comesTo({})).toEqual({ messages: [HELLO] });
    expect(
      comesTo({
        instructions: "Be brief.",
        input: [{ role: "user", content: [{ type: "input_text", text: "Hello." }] }],
      }),
    ).toEqual({
      messages: [{ role: "system", content: "Be brief." }, HELLO],
    });
  });

  test("goes on with a tool's result: what the model did in one go is one message", () => {
    const input = [
      HELLO,
      { type: "reasoning", id: "r", summary: [{ type: "summary_text", text: "Hm." }] },
      {
        type: "message",
        id: "m",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "I ask.", annotations: [] }],
      },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "function_call", call_id: "c2", name: "g", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "1" },
      {
        type: "function_call_output",
        call_id: "c2",
        output: [
          { type: "input_text", text: "2" },
          { type: "input_image", image_url: "https://example.com/a.png" },
        ],
      },
    ];
    const call = (id: string, name: string) => ({ id, type: "function", function: { name, arguments: "{}" } });
    const answered = { role: "assistant", content: "I ask.", tool_calls: [call("c1", "f"), call("c2", "g")] };
    const rest = [
      { role: "tool", tool_call_id: "c1", content: "1" },
      { role: "tool", tool_call_id: "c2", content: "2" },
      {
        role: "user",
        content: [
          { type: "text", text: "From the tool call c2:" },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ],
      },
    ];
    expect(comesTo({ input })).toEqual({ messages: [HELLO, answered, ...rest], dropped: ["reasoning"] });
    expect(comesTo({ input }, true)).toEqual({ messages: [HELLO, { ...answered, reasoning_content: "Hm." }, ...rest] });
  });

  const schema = { type: "object" };
  test.each<[object, object]>([
    [
      { max_output_tokens: 50, temperature: 0.5, top_p: 0.9, user: "u" },
      { max_completion_tokens: 50, temperature: 0.5, top_p: 0.9, user: "u" },
    ],
    [
      { stream: true, store: false, metadata: { a: "b" } },
      { stream: true, stream_options: { include_usage: true } },
    ],
    [{ reasoning: { effort: "low", summary: "auto" } }, { reasoning_effort: "low" }],
    [
      { text: { format: { type: "json_schema", name: "n", schema, strict: true }, verbosity: "low" } },
      { response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } }, verbosity: "low" },
    ],
    [
      { include: ["message.output_text.logprobs"], top_logprobs: 2 },
      { logprobs: true, top_logprobs: 2 },
    ],
    [
      { include: ["reasoning.encrypted_content"], truncation: "auto", max_tool_calls: 3 },
      { dropped: ["include", "truncation", "max_tool_calls"] },
    ],
    [
      {
        tools: [{ type: "function", name: "f", parameters: schema, strict: true }],
        tool_choice: { type: "function", name: "f" },
      },
      {
        tools: [{ type: "function", function: { name: "f", parameters: schema, strict: true } }],
        tool_choice: { type: "function", function: { name: "f" } },
      },
    ],
    [
      { tools: [{ type: "web_search", search_context_size: "low" }, { type: "code_interpreter" }] },
      { web_search_options: { search_context_size: "low" }, dropped: ["code_interpreter"] },
    ],
  ])("with %j", (request, expected) => {
    expect(comesTo(request)).toEqual({ messages: [HELLO], ...expected });
  });

  test.each([
    [{ previous_response_id: "resp_1", input: undefined }, "previous_response_id"],
    [{ conversation: { id: "conv_1" } }, "conversation"],
    [{ prompt: { id: "pmpt_1" } }, "prompt"],
    [{ input: [HELLO, { type: "item_reference", id: "i" }] }, "input[1]"],
    [{ previous_response_id: null }, undefined],
  ])("with %j refers to what is kept by %s", (request, kept) => {
    expect(chatOfResponses({ ...REQUEST, ...request }).kept).toBe(kept);
  });

  test("has its custom tools as functions that take a text", () => {
    const grammar = { type: "grammar", syntax: "lark", definition: "start: WORD" };
    const tools = [
      { type: "custom", name: "sql", description: "Asks." },
      { type: "custom", name: "patch", format: grammar },
    ];
    const input = [
      HELLO,
      { type: "custom_tool_call", call_id: "c", name: "sql", input: 'select "a"' },
      { type: "custom_tool_call_output", call_id: "c", output: "1" },
    ];
    const parameters = {
      type: "object",
      properties: { input: { type: "string" } },
      required: ["input"],
      additionalProperties: false,
    };
    const ruled = "`input` must match this grammar (lark):\nstart: WORD";
    expect(comesTo({ input, tools, tool_choice: { type: "custom", name: "sql" } })).toEqual({
      messages: [
        HELLO,
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "c", type: "function", function: { name: "sql", arguments: '{"input":"select \\"a\\""}' } },
          ],
        },
        { role: "tool", tool_call_id: "c", content: "1" },
      ],
      tools: [
        { type: "function", function: { name: "sql", description: "Asks.", parameters } },
        { type: "function", function: { name: "patch", description: ruled, parameters } },
      ],
      tool_choice: { type: "function", function: { name: "sql" } },
      dropped: ["grammar"],
    });
  });

  test.each([
    [{ background: true }, "`background` is not supported: responses cannot be asked for later here"],
    [{ input: undefined }, "`input` must be a text or an array, not left out"],
    [{ input: 5 }, "`input` must be a text or an array, not `5`"],
    [
      { input: [{ role: "robot" }] },
      '`input[0].role` must be one of user, assistant, system, developer, not `"robot"`',
    ],
  ])("with %j is a mistake", (request, message) => {
    const [, param = ""] = /^`([^`]+)`/.exec(message) ?? [];
    expect(() => comesTo(request)).toThrow(new DialectError(param, message));
  });
});

interface ResponseLike {
  readonly status: string;
  readonly output: readonly Record<string, unknown>[];
  readonly usage?: { readonly input_tokens: number };
}

/** All but ids, which a stream gives before it knows of what. */
function withoutIds({ status, output, usage }: ResponseLike): object {
  return { status, usage, output: output.map(({ id: _id, ...item }) => item) };
}

function responseEvents(stream: string): { type: string; sequence_number: number; response: ResponseLike }[] {
  return stream
    .split("\n\n")
    .filter((each) => each !== "")
    .map((each) => JSON.parse(each.slice(each.indexOf("data: ") + 6)));
}

const FINISHED = {
  id: "i",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { content: "Hi.", reasoning: "Hm." }, finish_reason: "length" }],
};

describe("an answer", () => {
  test("says what was said, and why it ended", () => {
    expect(responsesAnswer(FINISHED, REQUEST)).toMatchObject({
      id: "resp_i",
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
        { type: "message", content: [{ type: "output_text", text: "Hi." }] },
      ],
    });
  });

  test("calls a custom tool with its text, and shows the pictures that it made", () => {
    const request = { ...REQUEST, tools: [{ type: "custom", name: "sql" }] };
    const calls = ['{"input":"select 1"}', "select 2"].map((written, index) => ({
      id: `c${index}`,
      type: "function",
      function: { name: "sql", arguments: written },
    }));
    const images = ["data:image/png;base64,aGk=", "https://example.com/a.png"].map((url) => ({
      type: "image_url",
      image_url: { url },
    }));
    const made = { ...FINISHED, choices: [{ index: 0, message: { tool_calls: calls, images } }] };
    expect(responsesAnswer(made, request)).toMatchObject({
      output: [
        { type: "image_generation_call", status: "completed", result: "aGk=" },
        { type: "custom_tool_call", call_id: "c0", name: "sql", input: "select 1" },
        { type: "custom_tool_call", call_id: "c1", name: "sql", input: "select 2" },
      ],
    });
    expect([unsaidInResponses(made), unsaidInMessages(made)]).toEqual([["images"], ["images"]]);
  });

  test("that is an error is one", () => {
    expect(responsesAnswer({ error: { message: "No.", code: "c" } }, REQUEST)).toEqual({
      error: { message: "No.", type: "server_error", param: null, code: "c" },
    });
  });
});

describe("a stream", () => {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    JSON.stringify({ id: "i", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] });
  const piece = (index: number, id: string, written: string) =>
    chunk({
      tool_calls: [
        { index, ...(id !== "" && { id }), function: { ...(id !== "" && { name: `f${index}` }), arguments: written } },
      ],
    });
  const request = { ...REQUEST, tools: [{ type: "custom", name: "f2" }] };
  const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } }];
  const events = [
    chunk({ role: "assistant", content: "" }),
    chunk({ reasoning_content: "Hm." }),
    chunk({ content: "Grü" }),
    chunk({ content: "ße." }),
    chunk({ images }),
    piece(0, "c0", '{"a"'),
    piece(1, "c1", "{"),
    piece(0, "", ":1}"),
    piece(1, "", "}"),
    piece(2, "c2", '{"inp'),
    piece(2, "", 'ut":"x"}'),
    chunk({}, "tool_calls"),
  ];
  const message = {
    content: "Grüße.",
    reasoning_content: "Hm.",
    images,
    tool_calls: [
      { id: "c0", type: "function", function: { name: "f0", arguments: '{"a":1}' } },
      { id: "c1", type: "function", function: { name: "f1", arguments: "{}" } },
      { id: "c2", type: "function", function: { name: "f2", arguments: '{"input":"x"}' } },
    ],
  };
  const whole = { id: "i", created: 1, model: "m", choices: [{ index: 0, message, finish_reason: "tool_calls" }] };

  test("ends with what the answer is whole", () => {
    const told = responseEvents(fed(new ResponsesStream(request), sse(events, false)));
    expect(told.at(-1)?.type).toBe("response.completed");
    expect(withoutIds(told.at(-1)?.response as ResponseLike)).toEqual(
      withoutIds(responsesAnswer(whole, request) as unknown as ResponseLike),
    );
    expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, index) => index));
  });

  test("is the same in single bytes", () => {
    const bytes = sse(events, false);
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte));
    expect(fed(new ResponsesStream(request), ...pieces)).toBe(fed(new ResponsesStream(request), bytes));
  });

  test("that breaks off does not end, and can be ended with an error", () => {
    const broken = new ResponsesStream(request);
    expect(fed(broken, sse(events.slice(0, 4), false))).not.toContain("response.completed");
    expect(fed(broken, sse([JSON.stringify({ error: { message: "No.", code: "c" } })], false))).toMatch(
      /^event: error\ndata: \{"type":"error","code":"c","message":"No.","param":null,"sequence_number":\d+\}\n\n$/,
    );
  });

  test.skipIf(!hasData)("is what OpenAI's schema says of one", () => {
    for (const event of responseEvents(fed(new ResponsesStream(request), sse(events, false))))
      conformsToResponses("ResponseStreamEvent", event);
  });
});

describe.skipIf(!hasData)(withData("recorded answers as responses"), () => {
  const isChat = (file: string): boolean => !file.startsWith("anthropic/") && !file.includes("responses/");
  const chats = recordings("", ".json").filter((file) => isChat(file) && "choices" in (recorded(file) as object));
  const messages = recordings("anthropic/", ".json").filter(
    (file) => (recorded(file) as { type?: unknown }).type === "message",
  );
  const streams = recordings("", ".chunks.txt").filter(
    (file) => isChat(file) && recordedEvents(file)[0]?.includes('"choices"'),
  );
  const request = {
    ...REQUEST,
    tools: [{ type: "function", name: "f", parameters: {}, strict: false }],
    reasoning: { effort: "low" },
  };

  test("are found", () => {
    expect([chats.length >= 5, messages.length >= 10, streams.length >= 5]).toEqual([true, true, true]);
  });

  test.each(chats)("%s", (file) => {
    conformsToResponses("Response", responsesAnswer(recorded(file), request));
  });

  test.each(messages)("%s", (file) => {
    conformsToResponses("Response", responsesAnswer(chatCompletion(recorded(file), 1), request));
  });

  test.each(streams)("%s", (file) => {
    const told = responseEvents(fed(new ResponsesStream(request), sse(recordedEvents(file), false)));
    for (const event of told) conformsToResponses("ResponseStreamEvent", event);
    expect(["response.completed", "response.incomplete"]).toContain(told.at(-1)?.type);
  });

  test.each(recordings("anthropic/", ".chunks.txt").filter((file) => !/spliced|programmatic/.test(file)))(
    "%s",
    (file) => {
      const chat = fed(new ChatStream({ created: 1, includeUsage: true }), sse(recordedEvents(file)));
      const told = responseEvents(fed(new ResponsesStream(request), Buffer.from(chat)));
      for (const event of told) conformsToResponses("ResponseStreamEvent", event);
      expect(told.at(-1)?.response.usage?.input_tokens).toBeGreaterThan(0);
    },
  );
});
