/** Answers of Anthropic's, whole and streamed, as chat completions. */
import { describe, expect, test } from "vitest";
import { type ChatCompletion, ChatStream, chatCompletion, chatError } from "../../../runtime/dialects/index.ts";
import { classifyAnswer, classifyContent } from "../../../runtime/plan/failure.ts";
import { endOfStream } from "../../../runtime/plan/stream-end.ts";
import { usageOfStream } from "../../../runtime/plan/usage.ts";
import {
  conforms,
  eventsIn,
  fed,
  gathered,
  hasData,
  recorded,
  recordedEvents,
  recordings,
  sse,
  strangers,
  told,
  withData,
} from "./harness.ts";

const CREATED = 1_767_225_600;
const chatStream = (): ChatStream => new ChatStream({ created: CREATED, includeUsage: true });

type Block = Readonly<Record<string, unknown>>;

/** A message of these blocks. */
function message(content: readonly Block[], more: object = {}): object {
  const usage = { input_tokens: 3, cache_creation_input_tokens: 4, cache_read_input_tokens: 5, output_tokens: 2 };
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    content,
    stop_reason: "end_turn",
    usage,
    ...more,
  };
}

const words = (text: string): Block => ({ type: "text", text });
const use = (input: object, name = "f"): Block => ({ type: "tool_use", id: "toolu_1", name, input });

function saidBy(content: readonly Block[], more?: object): ChatCompletion["choices"][0] {
  return (chatCompletion(message(content, more), CREATED) as ChatCompletion).choices[0];
}

/** The events in which Anthropic would stream `whole`, texts in pieces of two characters. */
function streamOf(whole: object): string[] {
  const { content, stop_reason, stop_details, usage, ...rest } = whole as Record<string, unknown>;
  const blocks = content as Block[];
  const events: object[] = [
    { type: "message_start", message: { ...rest, content: [], stop_reason: null, usage } },
    { type: "ping" },
  ];
  for (const [index, block] of blocks.entries()) {
    const { text, input, thinking, signature, citations, ...start } = block;
    const pieces = (text: string): string[] => text.match(/[\s\S]{1,2}/gu) ?? [];
    const empty = {
      ...("text" in block && { text: "" }),
      ...("input" in block && { input: {} }),
      ...("thinking" in block && { thinking: "" }),
    };
    const deltas = [
      ...pieces(String(text ?? "")).map((each) => ({ type: "text_delta", text: each })),
      ...pieces(String(thinking ?? "")).map((each) => ({ type: "thinking_delta", thinking: each })),
      ...(signature === undefined ? [] : [{ type: "signature_delta", signature }]),
      ...((citations as object[] | undefined) ?? []).map((citation) => ({ type: "citations_delta", citation })),
      ...(input === undefined
        ? []
        : pieces(JSON.stringify(input)).map((each) => ({ type: "input_json_delta", partial_json: each }))),
    ];
    events.push({ type: "content_block_start", index, content_block: { ...start, ...empty } });
    events.push(...deltas.map((delta) => ({ type: "content_block_delta", index, delta })));
    events.push({ type: "content_block_stop", index });
  }
  events.push({ type: "message_delta", delta: { stop_reason, stop_details }, usage });
  return [...events, { type: "message_stop" }].map((event) => JSON.stringify(event));
}

describe("a message", () => {
  test("says its text, and what it counted: the cache's tokens are part of the prompt's", () => {
    expect(chatCompletion(message([words("Hi.")]), CREATED)).toEqual({
      id: "msg_1",
      object: "chat.completion",
      created: CREATED,
      model: "claude-x",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hi.", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 12,
        completion_tokens: 2,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 4 },
      },
    });
  });

  test("calls tools, with no content beside them", () => {
    const { message: said, finish_reason } = saidBy([use({ a: 1 })], { stop_reason: "tool_use" });
    expect(said.content).toBeNull();
    expect(said.tool_calls).toEqual([
      { id: "toolu_1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
    ]);
    expect(finish_reason).toBe("tool_calls");
  });

  test("keeps what was thought, and the signature for who sends it back", () => {
    const thinking = { type: "thinking", thinking: "Hm.", signature: "sig" };
    const { message: said } = saidBy([thinking, { type: "redacted_thinking", data: "xyz" }, words("Yes.")]);
    expect(said).toMatchObject({ content: "Yes.", reasoning_content: "Hm." });
    expect(said.thinking_blocks).toEqual([thinking, { type: "redacted_thinking", data: "xyz" }]);
  });

  test("puts a paragraph between texts that a tool of Anthropic's stood between, and none in a cited sentence", () => {
    const search = { type: "server_tool_use", id: "s", name: "web_search", input: {} };
    expect(saidBy([words("A."), search, words("B"), words(" C.")]).message.content).toBe("A.\n\nB C.");
  });

  test("refers to its sources where they have a url", () => {
    const citations = [
      { type: "web_search_result_location", url: "https://example.com/", title: "Example", cited_text: "…" },
      { type: "char_location", document_index: 0, document_title: "a.pdf" },
    ];
    const url_citation = { start_index: 4, end_index: 9, url: "https://example.com/", title: "Example" };
    expect(saidBy([words("See "), { ...words("there"), citations }]).message.annotations).toEqual([
      { type: "url_citation", url_citation },
    ]);
  });

  test("that answers by way of the tool for JSON is that JSON", () => {
    const { message: said, finish_reason } = saidBy([use({ a: 1 }, "routec_json_answer")], { stop_reason: "tool_use" });
    expect(said).toEqual({ role: "assistant", content: '{"a":1}', refusal: null });
    expect(finish_reason).toBe("stop");
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "content_filter"],
    ["something_new", "stop"],
  ])("that ended by %s ends by %s", (stop_reason, finish) => {
    expect(saidBy([words("a")], { stop_reason }).finish_reason).toBe(finish);
  });

  test.each([{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, {}, null, []])(
    "that is none is an error: %j",
    (value) => {
      const answer = chatCompletion(value, CREATED);
      expect(answer).toHaveProperty("error.message");
      expect(classifyContent(answer)).toBeDefined();
    },
  );
});

describe("a stream", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["text", message([words("Grüße aus 東京 🗼."), words(" Und mehr.")])],
    [
      "thinking and tools",
      message([{ type: "thinking", thinking: "Hm 🤔", signature: "sig" }, words("I ask."), use({ q: "ü" }), use({})], {
        stop_reason: "tool_use",
      }),
    ],
    ["a refusal", message([], { stop_reason: "refusal", stop_details: { type: "refusal", explanation: "Not that." } })],
    ["citations", message([words("A "), { ...words("b"), citations: [{ url: "https://example.com/", title: "E" }] }])],
    ["JSON by way of a tool", message([use({ a: "ü" }, "routec_json_answer")], { stop_reason: "tool_use" })],
  ];

  test.each(cases)("of %s says what the whole message says", (_what, whole) => {
    const { created: _, object: __, ...expected } = { ...told(chatCompletion(whole, CREATED)), created: 0, object: "" };
    expect(gathered(fed(chatStream(), sse(streamOf(whole))))).toEqual(expected);
  });

  test.each(cases)("of %s is the same wherever it is cut in two", (_what, whole) => {
    const bytes = sse(streamOf(whole));
    const uncut = fed(chatStream(), bytes);
    for (let at = 1; at < bytes.length; at++) {
      expect(fed(chatStream(), bytes.subarray(0, at), bytes.subarray(at))).toBe(uncut);
    }
    expect(fed(chatStream(), ...Array.from(bytes, (byte) => Buffer.of(byte)))).toBe(uncut);
  });

  test.each(["\r\n", "\r"])("is the same with lines that end with %j, in single bytes", (end) => {
    const bytes = sse(streamOf(message([words("Grüße.")])));
    const other = Buffer.from(`\ufeff${bytes.toString().replaceAll("\n", end)}`);
    expect(fed(chatStream(), ...Array.from(other, (byte) => Buffer.of(byte)))).toBe(fed(chatStream(), bytes));
  });

  test("has its usage only where it was asked for", () => {
    const bytes = sse(streamOf(message([words("a")])));
    const unasked = fed(new ChatStream({ created: CREATED, includeUsage: false }), bytes);
    expect(unasked).not.toContain("usage");
    expect(usageOfStream(Buffer.from(fed(chatStream(), bytes)))).toEqual({
      prompt: 12,
      cached: 5,
      written: 4,
      completion: 2,
    });
  });

  test("keeps a client waiting audibly: a ping is a comment", () => {
    expect(chatStream().push(sse(['{"type":"ping"}']))).toBe(": ping\n\n");
  });

  test("that breaks off does not end", () => {
    const events = streamOf(message([words("Hello")]));
    const cut = fed(chatStream(), sse(events.slice(0, -2)));
    expect(endOfStream(Buffer.from(cut))).toMatchObject({ complete: false, error: undefined });
    expect(fed(chatStream(), sse(events.slice(0, -1)))).toBe(fed(chatStream(), sse(events)));
  });

  test("whose message comes with its content is complete", () => {
    const prefilled = JSON.stringify({
      type: "message_start",
      message: message([use({ a: 1 })], { stop_reason: "tool_use" }),
    });
    const said = gathered(fed(chatStream(), sse([prefilled, '{"type":"message_stop"}'])));
    expect(said).toMatchObject({ finish: "tool_calls", calls: [{ id: "toolu_1", arguments: '{"a":1}' }] });
  });

  const failing = (event: string): string =>
    fed(chatStream(), sse([...streamOf(message([words("a")])).slice(0, 4), event]));

  test("that reports an error says which, and nothing more", () => {
    const out = failing('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    expect(out).toMatch(
      /"a".*\n\ndata: \{"error":\{"message":"Overloaded","type":"server_error","param":null,"code":"overloaded"\}\}\n\n$/s,
    );
    expect(endOfStream(Buffer.from(out)).error?.failure).toBe("overloaded");
  });

  test("that begins a second time is an error: half a tool call cannot be taken back", () => {
    expect(failing('{"type":"message_start","message":{}}')).toContain("the provider began its answer a second time");
  });

  test("with an event that is no JSON is an error", () => {
    const bytes = Buffer.concat([sse(streamOf(message([words("a")])).slice(0, 4)), Buffer.from("data: {oops\n\n")]);
    expect(fed(chatStream(), bytes)).toContain("an event that is not one of its dialect");
  });
});

describe("an error", () => {
  test.each([
    [400, "invalid_request_error", "invalid"],
    [401, "authentication_error", "unauthorized"],
    [402, "billing_error", "rate_limited"],
    [403, "permission_error", "unauthorized"],
    [404, "not_found_error", "unreachable"],
    [413, "request_too_large", "too_long"],
    [429, "rate_limit_error", "rate_limited"],
    [500, "api_error", "server_error"],
    [529, "overloaded_error", "overloaded"],
  ])("%i %s is the failure %s, with its status and in a stream", (status, type, failure) => {
    const error = chatError({ type: "error", error: { type, message: "No." }, request_id: "req_1" });
    expect(classifyAnswer(status, Buffer.from(JSON.stringify(error))).failure).toBe(failure);
    expect(classifyContent(error)?.failure).toBe(failure);
    if (hasData) conforms("ErrorResponse", error);
  });

  test("of time is one of time in a stream", () => {
    expect(
      classifyContent(chatError({ type: "error", error: { type: "timeout_error", message: "No." } }))?.failure,
    ).toBe("timeout");
  });

  test.each([
    "prompt is too long: 208310 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
  ])("is that a prompt is too long: %s", (text) => {
    const error = chatError({ type: "error", error: { type: "invalid_request_error", message: text } });
    expect(error?.error.code).toBe("context_length_exceeded");
    expect(classifyAnswer(400, Buffer.from(JSON.stringify(error))).failure).toBe("too_long");
  });

  test("of a spend limit is not one that waiting helps against", () => {
    const details = { error_code: "enforced_spend_limit_reached" };
    expect(
      chatError({ type: "error", error: { type: "rate_limit_error", message: "Spent.", details } })?.error.code,
    ).toBe("insufficient_quota");
  });

  test("of another's making is none", () => {
    expect(chatError({ error: { message: "Bad gateway" } })).toBeUndefined();
    expect(chatError("<html>")).toBeUndefined();
  });
});

describe.skipIf(!hasData)(withData("recorded answers"), () => {
  const isMessage = (file: string): boolean => (recorded(file) as { type?: unknown }).type === "message";
  const whole = recordings("anthropic/", ".json").filter(isMessage);
  const streams = recordings("anthropic/", ".chunks.txt");

  test("are found", () => {
    expect([whole.length >= 10, streams.length >= 10]).toEqual([true, true]);
  });

  test.each(whole)("%s", (file) => {
    const answer = chatCompletion(recorded(file), CREATED) as ChatCompletion;
    conforms("CreateChatCompletionResponse", answer);
    expect(strangers("ChatCompletionResponseMessage", answer.choices[0].message)).toEqual([]);
    losesNothing(recorded(file) as Message, told(answer));
  });

  test.each(whole)("%s, streamed, says the same", (file) => {
    const said = gathered(fed(chatStream(), sse(streamOf(recorded(file) as object))));
    expect(said).toEqual(told(chatCompletion(recorded(file), CREATED)));
  });

  test.each(streams.flatMap((file) => messagesOf(file).map((events, at) => [`${file} #${at}`, events] as const)))(
    "%s",
    (file, events) => {
      const out = fed(chatStream(), sse(events));
      const chunks = eventsIn(out);
      for (const chunk of chunks)
        if (!("error" in (chunk as object))) conforms("CreateChatCompletionStreamResponse", chunk);
      if (file.includes("spliced")) {
        expect(chunks.at(-1)).toHaveProperty("error");
        return;
      }
      expect(out.endsWith("data: [DONE]\n\n")).toBe(true);
      losesNothing(assembled(events), gathered(out));
    },
  );

  test.each(streams)("%s is the same in pieces of every size", (file) => {
    const bytes = sse(recordedEvents(file).slice(0, 60));
    const uncut = fed(chatStream(), bytes);
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(fed(chatStream(), ...pieces)).toBe(uncut);
    }
  });
});

interface Message {
  readonly content: readonly Record<string, unknown>[];
  readonly usage: Readonly<Record<string, unknown>>;
}

/** One recording holds several answers, one behind the other. */
function messagesOf(file: string): string[][] {
  const messages: string[][] = [];
  let current: string[] = [];
  for (const event of recordedEvents(file)) {
    current.push(event);
    if (event.includes('"type":"message_stop"')) {
      messages.push(current);
      current = [];
    }
  }
  return messages;
}

interface AnyEvent {
  readonly type: string;
  readonly index: number;
  readonly message: Message;
  readonly content_block: Record<string, unknown>;
  readonly delta: Record<string, string>;
  readonly usage: object;
}

/** A naive reading of a stream: what the messages API says of how its events add up. */
function assembled(events: readonly string[]): Message {
  let content: Record<string, unknown>[] = [];
  let usage: Record<string, unknown> = {};
  for (const event of events.map((each): AnyEvent => JSON.parse(each))) {
    if (event.type === "message_start") [content, usage] = [[...event.message.content], { ...event.message.usage }];
    if (event.type === "content_block_start") content[event.index] = { ...event.content_block, json: "" };
    const block = content[event.index];
    if (event.type === "content_block_delta" && block !== undefined) {
      const { text, thinking, partial_json } = event.delta;
      if (text !== undefined) block.text += text;
      if (thinking !== undefined) block.thinking += thinking;
      if (partial_json !== undefined) block.json += partial_json;
    }
    if (event.type === "content_block_stop" && block?.json) block.input = JSON.parse(String(block.json));
    if (event.type === "message_delta") Object.assign(usage, event.usage);
  }
  return { content, usage };
}

/** Every text, thought and call of the message is in what came out, and so is what was counted. */
function losesNothing({ content, usage }: Message, said: Record<string, unknown>): void {
  const texts = content.filter(({ type }) => type === "text").map(({ text }) => String(text));
  const thoughts = content.filter(({ type }) => type === "thinking").map(({ thinking }) => String(thinking));
  const bare = (text: unknown): string => String(text).replaceAll("\n", "");
  expect(bare(said.content)).toBe(bare(texts.join("")));
  expect(bare(said.reasoning_content)).toBe(bare(thoughts.join("")));
  const calls = content.filter(({ type }) => type === "tool_use").map(({ id, name, input }) => ({ id, name, input }));
  expect(
    (said.calls as { id: string; name: string; arguments: string }[]).map(({ id, name, arguments: written }) => ({
      id,
      name,
      input: JSON.parse(written),
    })),
  ).toEqual(calls);
  const count = (name: string): number => Number(usage[name] ?? 0);
  expect(said.usage).toMatchObject({
    prompt_tokens: count("input_tokens") + count("cache_read_input_tokens") + count("cache_creation_input_tokens"),
    completion_tokens: count("output_tokens"),
  });
}
