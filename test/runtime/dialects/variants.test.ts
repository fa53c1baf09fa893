/** Answers of kinds that providers give and the recordings do not have, made by hand: nothing is lost of them that can be said. */
import { describe, expect, test } from "vitest";
import {
  ChatStream,
  chatCompletion,
  MessagesStream,
  messagesAnswer,
  ResponsesStream,
  responsesAnswer,
} from "../../../runtime/dialects/index.ts";
import {
  censusOfChat,
  censusOfChunks,
  censusOfMessage,
  censusOfMessageEvents,
  censusOfResponse,
  censusOfResponseEvents,
} from "../../support/census.ts";
import { conforms, conformsToResponses, eventsIn, fed, hasData, sse } from "./harness.ts";

const USAGE = { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 };
const call = (id: string, name: string, written: string, index = 0): object => ({
  index,
  id,
  type: "function",
  function: { name, arguments: written },
});
const token = {
  token: "Hi",
  logprob: -0.1,
  bytes: null,
  top_logprobs: [{ token: "Hi", logprob: -0.1, bytes: [72, 105] }],
};

interface Variant {
  readonly message: object;
  readonly finish?: string;
  readonly usage?: object | null;
  readonly choice?: object;
}

const CHATS: Readonly<Record<string, Variant>> = {
  "with nothing to say": { message: { content: "" } },
  "without a usage": { message: { content: "a" }, usage: null },
  "with log-probabilities": { message: { content: "Hi" }, choice: { logprobs: { content: [token], refusal: null } } },
  "that is refused": { message: { content: null, refusal: "I will not." } },
  "that is refused by a filter": { message: { content: null }, finish: "content_filter" },
  "with sources": {
    message: {
      content: "As told.",
      annotations: [
        { type: "url_citation", url_citation: { start_index: 0, end_index: 8, url: "https://a.b", title: "A" } },
      ],
    },
  },
  "that is spoken": {
    message: { content: null, audio: { id: "a", data: "AA==", expires_at: 1, transcript: "Hello." } },
  },
  "with calls at once": {
    message: { content: "I ask.", tool_calls: [call("a", "f", '{"x":1}'), call("b", "g", "", 1)] },
    finish: "tool_calls",
  },
  "with a call of before there were tools": {
    message: { content: null, function_call: { name: "f", arguments: "{}" } },
    finish: "function_call",
  },
  "with thoughts, text and a call": {
    message: { content: "b", reasoning: "a", tool_calls: [call("a", "f", "{}")] },
    finish: "tool_calls",
  },
  "with thoughts in a list": {
    message: {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "a" }] },
        { type: "text", text: "b" },
      ],
    },
  },
  "that is cut short": { message: { content: "a" }, finish: "length" },
  "with members of tomorrow": {
    message: { content: "a", mood: { of: "the model" } },
    usage: { ...USAGE, joules: 3 },
    choice: { score: 1 },
  },
  "with tokens of every kind": {
    message: { content: "a" },
    usage: {
      ...USAGE,
      prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 2, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
    },
  },
};

const completionOf = ({ message, finish = "stop", usage = USAGE, choice }: Variant): object => ({
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    { index: 0, message: { role: "assistant", ...message }, finish_reason: finish, ...choice },
    // A second one cannot be said in either of the others.
    { index: 1, message: { role: "assistant", content: "Or so." }, finish_reason: "stop" },
  ],
  usage,
});

/** Among chunks that say nothing. */
function chunksOf({ message, finish = "stop", usage = USAGE, choice }: Variant): readonly object[] {
  const chunk = (choices: readonly object[], more: object = {}): object => ({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices,
    usage: null,
    ...more,
  });
  const delta = (said: object, reason: string | null = null, more: object = {}): object =>
    chunk([{ index: 0, delta: said, finish_reason: reason, ...more }]);
  return [
    chunk([], { prompt_filter_results: [] }),
    delta({ role: "assistant", content: "" }),
    delta({}),
    delta(message, null, choice),
    chunk([{ index: 1, delta: { content: "Or so." }, finish_reason: null }]),
    delta({ content: null, tool_calls: [] }, finish),
    chunk([], { usage }),
  ];
}

describe.each(Object.entries(CHATS))("a chat completion %s", (_, variant) => {
  const completion = completionOf(variant);
  const chunks = chunksOf(variant);
  const stream = Buffer.concat([
    sse(
      chunks.map((each) => JSON.stringify(each)),
      false,
    ),
    Buffer.from("data: [DONE]\n\n"),
  ]);
  // The dialects of these two cannot leave the usage out, or do without.
  const known = (census: object, given: object): object => ({ ...census, ...(variant.usage === null && given) });

  test("is one of messages", () => {
    const nothing = { prompt: undefined, completion: undefined };
    expect(known(censusOfMessage(messagesAnswer(completion)), nothing)).toEqual(censusOfChat(completion));
    const events = eventsIn(fed(new MessagesStream(), stream));
    expect(known(censusOfMessageEvents(events), nothing)).toEqual(censusOfChunks(chunks));
  });

  test("is one of responses", () => {
    const made = responsesAnswer(completion, {});
    expect(censusOfResponse(made)).toEqual(censusOfChat(completion));
    const events = eventsIn(fed(new ResponsesStream({}), stream));
    expect(censusOfResponseEvents(events)).toEqual(censusOfChunks(chunks));
    expect(censusOfResponse((events.at(-1) as { response: object }).response)).toEqual(censusOfChunks(chunks));
    if (!hasData) return;
    conformsToResponses("Response", made);
    for (const event of events) conformsToResponses("ResponseStreamEvent", event);
  });
});

test("log-probabilities and sources are in a response, whole and streamed", () => {
  for (const name of ["with log-probabilities", "with sources"]) {
    const variant = CHATS[name] as Variant;
    const said = (output: unknown): unknown => JSON.parse(JSON.stringify(output))[0].content[0];
    const whole = responsesAnswer(completionOf(variant), {});
    const stream = fed(
      new ResponsesStream({}),
      sse(
        chunksOf(variant).map((each) => JSON.stringify(each)),
        false,
      ),
    );
    const last = eventsIn(stream).at(-1) as { response: { output: unknown } };
    expect(said(last.response.output)).toEqual(said("output" in whole && whole.output));
    expect(JSON.stringify(said(last.response.output))).toMatch(/"logprob":-0.1|"url":"https:\/\/a.b"/);
  }
});

const COUNTED = { input_tokens: 10, cache_creation_input_tokens: 2, cache_read_input_tokens: 3, output_tokens: 4 };

const MESSAGES: Readonly<
  Record<string, { readonly content: readonly object[]; readonly stop?: string; readonly usage?: object }>
> = {
  "with nothing to say": { content: [] },
  "with a text that is empty": {
    content: [
      { type: "text", text: "", citations: null },
      { type: "text", text: "a" },
    ],
  },
  "with thoughts that its provider alone can read": {
    content: [
      { type: "redacted_thinking", data: "AA==" },
      { type: "text", text: "a" },
    ],
  },
  "with thoughts in two parts": {
    content: [
      { type: "thinking", thinking: "a", signature: "s" },
      { type: "tool_use", id: "t", name: "f", input: {} },
      { type: "thinking", thinking: "b", signature: "s" },
      { type: "tool_use", id: "u", name: "g", input: { deep: [{ x: null }] } },
    ],
    stop: "tool_use",
  },
  "with tools of Anthropic's own": {
    content: [
      { type: "text", text: "I look." },
      { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
      {
        type: "web_search_tool_result",
        tool_use_id: "s",
        content: [{ type: "web_search_result", url: "https://a.b", title: "A" }],
      },
      {
        type: "text",
        text: "Found.",
        citations: [{ type: "web_search_result_location", url: "https://a.b", title: "A", cited_text: "x" }],
      },
    ],
    usage: { ...COUNTED, server_tool_use: { web_search_requests: 1 } },
  },
  "with a block of tomorrow": {
    content: [
      { type: "hologram", beam: 1 },
      { type: "text", text: "a" },
    ],
  },
  "that is paused": { content: [{ type: "text", text: "a" }], stop: "pause_turn" },
  "whose counts are null": {
    content: [{ type: "text", text: "a" }],
    usage: { ...COUNTED, cache_creation_input_tokens: null },
  },
};

function eventsOf(content: readonly object[], stop: string, usage: object): readonly object[] {
  const blocks = content.flatMap((block, index) => {
    const { type, text, thinking, input, ...rest } = block as Record<string, unknown>;
    const empty = {
      type,
      ...rest,
      ...(text !== undefined && { text: "" }),
      ...(thinking !== undefined && { thinking: "" }),
      ...(input !== undefined && { input: {} }),
    };
    const deltas = [
      ...(text === undefined
        ? []
        : [
            { type: "text_delta", text: "" },
            { type: "text_delta", text },
          ]),
      ...(thinking === undefined ? [] : [{ type: "thinking_delta", thinking }]),
      ...(input === undefined
        ? []
        : [
            { type: "input_json_delta", partial_json: "" },
            { type: "input_json_delta", partial_json: JSON.stringify(input) },
          ]),
      { type: "delta_of_tomorrow", x: 1 },
    ];
    return [
      { type: "content_block_start", index, content_block: empty },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "ping" },
      { type: "content_block_stop", index },
    ];
  });
  return [
    { type: "message_start", message: { id: "m", model: "c", content: [], usage: { ...usage, output_tokens: 1 } } },
    ...blocks,
    { type: "event_of_tomorrow", index: 99 },
    { type: "message_delta", delta: { stop_reason: stop }, usage: { output_tokens: 4 } },
    { type: "message_stop" },
  ];
}

describe.each(Object.entries(MESSAGES))("a message %s", (_, { content, stop = "end_turn", usage = COUNTED }) => {
  const message = { id: "m", type: "message", role: "assistant", model: "c", content, stop_reason: stop, usage };
  const events = eventsOf(content, stop, usage);

  test("is a chat completion, and a response", () => {
    const chat = chatCompletion(message, 1);
    expect(censusOfChat(chat)).toEqual(censusOfMessage(message));
    const response = responsesAnswer(chat, {});
    expect(censusOfResponse(response)).toEqual(censusOfMessage(message));
    if (hasData) conforms("CreateChatCompletionResponse", chat);
    if (hasData) conformsToResponses("Response", response);
  });

  test("is the same streamed", () => {
    const chunks = fed(
      new ChatStream({ created: 1, includeUsage: true }),
      sse(events.map((each) => JSON.stringify(each))),
    );
    expect(censusOfChunks(eventsIn(chunks))).toEqual(censusOfMessage(message));
    const told = eventsIn(fed(new ResponsesStream({}), Buffer.from(chunks)));
    expect(censusOfResponseEvents(told)).toEqual(censusOfMessage(message));
    if (hasData) for (const event of told) conformsToResponses("ResponseStreamEvent", event);
  });
});
