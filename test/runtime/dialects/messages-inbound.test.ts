/** Clients of Anthropic's before providers of OpenAI's dialect: requests in, answers and streams out. */
import type { Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { describe, expect, test } from "vitest";
import {
  type ChatRequestOptions,
  type ChatRequestResult,
  chatRequest,
  DialectError,
  MessagesStream,
  messagesAnswer,
  messagesError,
} from "../../../runtime/dialects/index.ts";
import { fed, hasData, recorded, recordedEvents, recordings, sse, told, type Writable, withData } from "./harness.ts";

const HELLO = { role: "user", content: "Hello." };

function translated(request: object, options?: ChatRequestOptions): ChatRequestResult {
  const result = chatRequest({ model: "m", max_tokens: 100, messages: [HELLO], ...request }, options);
  // What is written is what OpenAI's own SDK would take.
  result.chat as Writable<typeof result.chat> satisfies ChatCompletionCreateParams;
  return result;
}

/** What the members come to, without those that every request has; and what was dropped. */
function comesTo(request: object): object {
  const { chat, dropped } = translated(request);
  const { model: _model, max_completion_tokens: _max, messages: _messages, ...rest } = chat;
  return dropped.length === 0 ? rest : { ...rest, dropped };
}

function messages(turns: readonly object[], more: object = {}): object {
  const { chat, dropped } = translated({ messages: turns, ...more });
  return dropped.length === 0 ? { messages: chat.messages } : { messages: chat.messages, dropped };
}

describe("turns", () => {
  test("with the system's in front of them", () => {
    expect(messages([HELLO], { system: "Be brief." })).toEqual({
      messages: [{ role: "system", content: "Be brief." }, HELLO],
    });
    const blocks = [
      { type: "text", text: "A." },
      { type: "text", text: "B.", cache_control: { type: "ephemeral" } },
    ];
    expect(messages([HELLO], { system: blocks })).toEqual({
      messages: [
        {
          role: "system",
          content: [
            { type: "text", text: "A." },
            { type: "text", text: "B." },
          ],
        },
        HELLO,
      ],
      dropped: ["cache_control"],
    });
  });

  test("with images and documents", () => {
    const content = [
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Words." } },
      { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
      {
        type: "search_result",
        title: "T",
        source: "https://example.com/",
        content: [{ type: "text", text: "Found." }],
      },
    ];
    expect(messages([{ role: "user", content }])).toEqual({
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" } },
            { type: "text", text: "Words." },
            { type: "text", text: "T\nhttps://example.com/\nFound." },
          ],
        },
      ],
      dropped: ["document"],
    });
  });

  test("with calls of tools and their results; what is no text of these is said by the user", () => {
    const use = { type: "tool_use", id: "t1", name: "f", input: { a: 1 } };
    const image = { type: "image", source: { type: "url", url: "https://example.com/a.png" } };
    const result = {
      type: "tool_result",
      tool_use_id: "t1",
      content: [{ type: "text", text: "Seen." }, image],
      is_error: true,
    };
    expect(
      messages([
        HELLO,
        { role: "assistant", content: [use] },
        { role: "user", content: [result, { type: "text", text: "Go on." }] },
      ]),
    ).toEqual({
      messages: [
        HELLO,
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "t1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
        },
        { role: "tool", tool_call_id: "t1", content: "Seen." },
        {
          role: "user",
          content: [
            { type: "text", text: "From the tool call t1:" },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
            { type: "text", text: "Go on." },
          ],
        },
      ],
      dropped: ["is_error"],
    });
  });

  test("with thoughts, which most providers refuse", () => {
    const content = [
      { type: "thinking", thinking: "Hm.", signature: "s" },
      { type: "text", text: "Yes." },
    ];
    expect(messages([HELLO, { role: "assistant", content }])).toMatchObject({
      messages: [HELLO, { content: "Yes." }],
      dropped: ["thinking"],
    });
    const { chat, dropped } = translated(
      { messages: [HELLO, { role: "assistant", content }] },
      { keepReasoning: true },
    );
    expect([chat.messages[1], dropped]).toEqual([{ role: "assistant", content: "Yes.", reasoning_content: "Hm." }, []]);
  });

  test.each([
    [{ messages: [{ role: "robot" }] }, '`messages[0].role` must be user or assistant, not `"robot"`'],
    [{ messages: undefined }, "`messages` must be an array, not left out"],
    [{ max_tokens: "many" }, '`max_tokens` must be a whole number, at least 0, not `"many"`'],
    [{ model: "" }, '`model` must be a model name, not `""`'],
    [{ tools: {} }, "`tools` must be an array, not an object"],
  ])("%j is a mistake", (request, message) => {
    const [, param = ""] = /^`([^`]+)`/.exec(message) ?? [];
    expect(() => translated(request)).toThrow(new DialectError(param, message));
  });
});

describe("members of a request", () => {
  const tool = { name: "f", description: "F.", input_schema: { type: "object" } };

  test.each<[object, object]>([
    [
      { temperature: 0.5, top_p: 0.9, top_k: 5 },
      { temperature: 0.5, top_p: 0.9, dropped: ["top_k"] },
    ],
    [{ stop_sequences: ["a", "b", "c", "d", "e"] }, { stop: ["a", "b", "c", "d"], dropped: ["stop_sequences"] }],
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [{ metadata: { user_id: "u" } }, { user: "u" }],
    [{ service_tier: "standard_only" }, { service_tier: "default" }],
    [{ thinking: { type: "enabled", budget_tokens: 90 } }, { reasoning_effort: "high" }],
    [{ thinking: { type: "enabled", budget_tokens: 50 } }, { reasoning_effort: "medium" }],
    [{ thinking: { type: "adaptive" } }, { reasoning_effort: "high" }],
    [{ thinking: { type: "adaptive" }, output_config: { effort: "max" } }, { reasoning_effort: "max" }],
    [{ thinking: { type: "disabled" } }, {}],
    [
      { tools: [tool] },
      { tools: [{ type: "function", function: { name: "f", description: "F.", parameters: { type: "object" } } }] },
    ],
    [{ tools: [{ type: "bash_20250124", name: "bash" }] }, { dropped: ["bash_20250124"] }],
    [
      { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] },
      { web_search_options: {}, dropped: ["max_uses"] },
    ],
    [{ container: "c", mcp_servers: [{}], "x\n": 1 }, { dropped: ["container", "mcp_servers", "others"] }],
  ])("%j", (request, expected) => {
    expect(comesTo(request)).toEqual(expected);
  });

  test.each([
    [{ type: "auto" }, { tool_choice: "auto" }],
    [
      { type: "any", disable_parallel_tool_use: true },
      { tool_choice: "required", parallel_tool_calls: false },
    ],
    [{ type: "tool", name: "f" }, { tool_choice: { type: "function", function: { name: "f" } } }],
    [{ type: "none" }, { tool_choice: "none" }],
  ])("tool_choice %j", (tool_choice, expected) => {
    expect(comesTo({ tools: [tool], tool_choice })).toMatchObject(expected);
    expect(comesTo({ tool_choice })).toEqual({});
  });

  test("output_config.format", () => {
    const schema = { type: "object", properties: {}, additionalProperties: false };
    expect(comesTo({ output_config: { format: { type: "json_schema", schema } } })).toEqual({
      response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    });
  });
});

const USAGE = {
  prompt_tokens: 12,
  completion_tokens: 2,
  total_tokens: 14,
  prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 1 },
};

/** An answer of one choice. */
function completion(message: object, finish_reason = "stop", usage: object | undefined = USAGE): object {
  return {
    id: "chatcmpl-1",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
    usage,
  };
}

const call = (id: string, name: string, written: string) => ({
  id,
  type: "function",
  function: { name, arguments: written },
});

describe("an answer", () => {
  const answer = (message: object, finish?: string): Message => {
    const made = messagesAnswer(completion(message, finish));
    if (made.type === "error") throw new Error(made.error.message);
    return made satisfies Message as Message;
  };

  test("says what was said, called and thought", () => {
    const made = answer({ content: "I ask.", reasoning: "Hm.", tool_calls: [call("c", "f", '{"a":1}')] }, "tool_calls");
    expect(made.content).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "" },
      { type: "text", text: "I ask.", citations: null },
      { type: "tool_use", id: "c", name: "f", input: { a: 1 }, caller: { type: "direct" } },
    ]);
    expect(made).toMatchObject({
      stop_reason: "tool_use",
      usage: { input_tokens: 3, cache_read_input_tokens: 5, cache_creation_input_tokens: 4, output_tokens: 2 },
    });
  });

  test("says how long what it wrote to the cache is kept", () => {
    const prompt_tokens_details = { cached_tokens: 5, cache_write_tokens: 4, cache_write_1h_tokens: 3 };
    const usage = { prompt_tokens: 12, completion_tokens: 2, prompt_tokens_details };
    const kept = messagesAnswer({ ...completion({ content: "a" }), usage });
    expect(kept).toMatchObject({
      usage: {
        cache_creation_input_tokens: 4,
        cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 3 },
      },
    });
    const none = { ...usage, prompt_tokens_details: undefined };
    expect(messagesAnswer({ ...completion({ content: "a" }), usage: none })).toMatchObject({
      usage: { cache_creation: null },
    });
  });

  test.each([
    ["stop", {}, "end_turn"],
    ["length", {}, "max_tokens"],
    ["content_filter", {}, "refusal"],
    ["stop", { refusal: "No." }, "refusal"],
    ["stop", { tool_calls: [call("c", "f", "")] }, "tool_use"],
  ])("that ended by %s, with %j, ended by %s", (finish, message, stop) => {
    expect(answer({ content: "a", ...message }, finish).stop_reason).toBe(stop);
  });

  test("that is an error is one", () => {
    expect(messagesAnswer({ error: { message: "No.", code: "rate_limit_exceeded" } })).toEqual({
      type: "error",
      error: { type: "rate_limit_error", message: "No." },
    });
  });
});

describe("an error", () => {
  test.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [502, "api_error"],
    [503, "overloaded_error"],
    [504, "timeout_error"],
  ])("of status %i is %s", (status, type) => {
    expect(messagesError({ error: { message: "No." } }, status, "req_1")).toEqual({
      type: "error",
      error: { type, message: "No." },
      request_id: "req_1",
    });
  });

  test("of a prompt that is too long has Anthropic's words, which clients look for", () => {
    const error = { error: { message: "maximum context length is 8192", code: "context_length_exceeded" } };
    expect(messagesError(error, 400).error.message).toBe("prompt is too long: maximum context length is 8192");
  });
});

type Delta = Readonly<Record<string, unknown>>;

/** Chunks of these deltas, and their end. */
function chunks(deltas: readonly Delta[], finish = "stop"): Buffer {
  const chunk = (choices: readonly object[], more: object = {}) =>
    JSON.stringify({ id: "chatcmpl-1", model: "m", choices, ...more });
  const events = [
    ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: finish }]),
    chunk([], { usage: USAGE }),
  ];
  return Buffer.concat([sse(events, false), Buffer.from("data: [DONE]\n\n")]);
}

/** What Anthropic's own SDK makes of a stream, by its rules; it also checks that the sequence is well-formed. */
function assembled(stream: string): Record<string, unknown> {
  let message: Record<string, unknown> = {};
  const content: Record<string, unknown>[] = [];
  let open = -1;
  let ended = false;
  for (const block of stream.split("\n\n").filter((each) => each !== "")) {
    const [, name, data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    const event = JSON.parse(data) as RawMessageStreamEvent;
    expect([name, ended]).toEqual([event.type, false]);
    switch (event.type) {
      case "message_start":
        expect(message).toEqual({});
        message = { ...event.message };
        break;
      case "content_block_start":
        expect([open, event.index]).toEqual([-1, content.length]);
        open = event.index;
        content.push({ ...event.content_block, json: "" });
        break;
      case "content_block_delta": {
        expect(event.index).toBe(open);
        const at = content[open] as Record<string, string>;
        if (event.delta.type === "text_delta") at.text += event.delta.text;
        if (event.delta.type === "thinking_delta") at.thinking += event.delta.thinking;
        if (event.delta.type === "signature_delta") at.signature = event.delta.signature;
        if (event.delta.type === "input_json_delta") at.json += event.delta.partial_json;
        break;
      }
      case "content_block_stop":
        expect(event.index).toBe(open);
        open = -1;
        break;
      case "message_delta":
        expect(open).toBe(-1);
        Object.assign(message, event.delta, { usage: { ...(message.usage as object), ...event.usage } });
        break;
      case "message_stop":
        ended = true;
    }
  }
  expect(ended).toBe(true);
  const blocks = content.map(({ json, ...block }) =>
    block.type === "tool_use" ? { ...block, input: JSON.parse(String(json) || "{}") } : block,
  );
  return { ...message, content: blocks };
}

describe("a stream", () => {
  /** Its last event has no word for how long what is cached is kept. */
  const inPieces = (whole: object): object => {
    const message = messagesAnswer(whole) as Message;
    return { ...message, usage: { ...message.usage, cache_creation: null } };
  };
  const made = (deltas: readonly Delta[], finish?: string) =>
    assembled(fed(new MessagesStream(), chunks(deltas, finish)));
  const piece = (index: number, id: string | undefined, name: string | undefined, written: string) => ({
    tool_calls: [
      { index, ...(id !== undefined && { id }), function: { ...(name !== undefined && { name }), arguments: written } },
    ],
  });

  test("has the blocks one after the other, and the usage at its end", () => {
    const deltas = [
      { role: "assistant", content: "" },
      { reasoning_content: "H" },
      { reasoning_content: "m." },
      { content: "Yes" },
      { content: "." },
    ];
    expect(made(deltas)).toEqual(inPieces(completion({ content: "Yes.", reasoning_content: "Hm." })));
  });

  test("calls tools one after the other", () => {
    const deltas = [
      { content: "a" },
      piece(0, "c0", "f", ""),
      piece(0, undefined, undefined, '{"a"'),
      piece(0, undefined, undefined, ":1}"),
      piece(1, "c1", "g", "{}"),
    ];
    expect(made(deltas, "tool_calls")).toEqual(
      inPieces(
        completion({ content: "a", tool_calls: [call("c0", "f", '{"a":1}'), call("c1", "g", "{}")] }, "tool_calls"),
      ),
    );
  });

  test("puts calls in order whose pieces come mixed, and what is said meanwhile behind them", () => {
    const deltas = [
      piece(0, "c0", "f", ""),
      piece(1, "c1", "g", ""),
      piece(0, undefined, undefined, '{"a":'),
      piece(1, undefined, undefined, '{"b":'),
      { content: "Well." },
      piece(1, undefined, undefined, "2}"),
      piece(0, undefined, undefined, "1}"),
    ];
    const { content } = made(deltas, "tool_calls");
    expect(content).toMatchObject([
      { id: "c0", input: { a: 1 } },
      { id: "c1", input: { b: 2 } },
      { type: "text", text: "Well." },
    ]);
  });

  test("keeps calls apart that all have the index 0", () => {
    const { content } = made([piece(0, "c0", "f", "{}"), piece(0, "c1", "g", '{"b":2}')], "tool_calls");
    expect(content).toMatchObject([
      { id: "c0", input: {} },
      { id: "c1", input: { b: 2 } },
    ]);
  });

  test("keeps signatures with what was thought", () => {
    const deltas = [
      { reasoning_content: "Hm." },
      { thinking_blocks: [{ type: "thinking", thinking: "Hm.", signature: "s" }] },
      { thinking_blocks: [{ type: "redacted_thinking", data: "x" }] },
      { content: "a" },
    ];
    expect(made(deltas).content).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "s" },
      { type: "redacted_thinking", data: "x" },
      { type: "text", text: "a", citations: null },
    ]);
  });

  test("refuses", () => {
    expect(made([{ refusal: "No" }, { refusal: "." }])).toMatchObject({
      content: [{ text: "No." }],
      stop_reason: "refusal",
      stop_details: { explanation: "No." },
    });
  });

  test("is the same in single bytes", () => {
    const bytes = chunks([{ content: "Grüße aus 東京 🗼" }, piece(0, "c0", "f", '{"a":"ü"}')], "tool_calls");
    expect(fed(new MessagesStream(), ...Array.from(bytes, (byte) => Buffer.of(byte)))).toBe(
      fed(new MessagesStream(), bytes),
    );
  });

  test("without [DONE] ends where there was a reason to, and not where it broke off", () => {
    const whole = chunks([{ content: "a" }]).toString();
    const events = whole.split("\n\n");
    const upTo = (count: number): string =>
      fed(new MessagesStream(), Buffer.from(`${events.slice(0, count).join("\n\n")}\n\n`));
    expect(upTo(3)).toBe(fed(new MessagesStream(), Buffer.from(whole)));
    expect(upTo(1)).not.toContain("message_stop");
  });

  test("that fails ends with an error", () => {
    const bytes = sse([JSON.stringify({ error: { message: "Busy.", code: "overloaded" } })], false);
    expect(fed(new MessagesStream(), bytes)).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy."}}\n\n',
    );
  });
});

describe.skipIf(!hasData)(withData("recorded answers of OpenAI's dialect"), () => {
  const DIALECT = /^(alibaba|azure|deepseek|groq|mistral|openai\/chat|openai-compatible|togetherai|xai)\//;
  const isChat = (file: string): boolean => DIALECT.test(file);
  const whole = recordings("", ".json").filter((file) => isChat(file) && "choices" in (recorded(file) as object));
  const streams = recordings("", ".chunks.txt").filter(
    (file) => isChat(file) && recordedEvents(file)[0]?.includes('"choices"'),
  );

  test("are found", () => {
    expect([whole.length >= 5, streams.length >= 5]).toEqual([true, true]);
  });

  test.each(whole)("%s", (file) => {
    const answer = messagesAnswer(recorded(file)) as Message;
    const said = told(recorded(file)) as { content: string; calls: { id: string; name: string; arguments: string }[] };
    const texts = answer.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
    if (typeof said.content === "string") expect(texts.join("")).toBe(said.content);
    const uses = answer.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
    );
    expect(uses).toEqual(
      said.calls.map(({ id, name, arguments: written }) => ({ id, name, input: JSON.parse(written || "{}") })),
    );
    const { finish } = told(recorded(file));
    expect(answer.stop_reason).toBe(finish === "length" ? "max_tokens" : uses.length > 0 ? "tool_use" : "end_turn");
    const { usage } = recorded(file) as { usage: { prompt_tokens: number } };
    expect(answer.usage.input_tokens + Number(answer.usage.cache_read_input_tokens)).toBe(usage.prompt_tokens);
  });

  test.each(streams)("%s", (file) => {
    const events = recordedEvents(file);
    const message = assembled(fed(new MessagesStream(), sse(events, false)));
    const deltas = events.flatMap((event) =>
      (JSON.parse(event).choices as { delta: Record<string, unknown> }[]).map(({ delta }) => delta),
    );
    const expected = deltas.map(({ content }) => (typeof content === "string" ? content : "")).join("");
    const content = message.content as Record<string, string>[];
    const texts = content.filter(({ type }) => type === "text").map(({ text }) => text);
    if (!deltas.some((delta) => Array.isArray(delta.content))) expect(texts.join("")).toBe(expected);
    const named = deltas
      .flatMap(({ tool_calls }) => (tool_calls as { id?: string }[] | undefined) ?? [])
      .flatMap(({ id }) => (id ? [id] : []));
    expect(content.filter(({ type }) => type === "tool_use").map(({ id }) => id)).toEqual([...new Set(named)]);
    expect(Number((message.usage as { output_tokens: number }).output_tokens)).toBeGreaterThan(0);
  });
});
