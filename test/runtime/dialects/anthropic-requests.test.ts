/** Chat completion requests as messages requests: what becomes of each member, and what is named as dropped. */
import type { MessageCreateParamsBase } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { DialectError, type MessagesRequestResult, messagesRequest } from "../../../runtime/dialects/index.ts";
import type { Writable } from "./harness.ts";

const OUTPUT = 64_000;
const BUDGETED = "claude-sonnet-4-5";
const CURRENT = "claude-sonnet-5";
const OLD = "claude-3-5-sonnet-20241022";

const HELLO = { role: "user", content: "Hello." };

function translated(chat: object, model = BUDGETED, overrides?: object): MessagesRequestResult {
  const terms = overrides === undefined ? undefined : { capMember: "max_tokens" as const, ...overrides };
  const result = messagesRequest({ model: "x", messages: [HELLO], ...chat }, { model, output: OUTPUT }, terms);
  // What is written is what Anthropic's own SDK would take.
  result.body as Writable<typeof result.body> satisfies MessageCreateParamsBase;
  return result;
}

/** What the members come to, without those that every request has; and what was dropped. */
function comesTo(chat: object, model?: string, overrides?: object): object {
  const { body, dropped } = translated(chat, model, overrides);
  const { model: _model, max_tokens: _max, messages: _messages, ...rest } = body;
  return dropped.length === 0 ? rest : { ...rest, dropped };
}

/** What the messages come to. */
function turns(...messages: readonly unknown[]): object {
  const { body, dropped } = translated({ messages });
  return {
    ...(body.system !== undefined && { system: body.system }),
    turns: body.messages,
    ...(dropped.length > 0 && { dropped }),
  };
}

const call = (id: string, written: string) => ({ id, type: "function", function: { name: "f", arguments: written } });
const calling = (...calls: readonly object[]) => ({ role: "assistant", content: null, tool_calls: calls });
const result = (id: string, content: unknown) => ({ role: "tool", tool_call_id: id, content });
const tool = (name: string, more: object = {}) => ({
  type: "function",
  function: { name, parameters: { type: "object" }, ...more },
});

describe("messages", () => {
  test("of the system stand apart", () => {
    expect(turns({ role: "system", content: "Be brief." }, HELLO)).toEqual({ system: "Be brief.", turns: [HELLO] });
    expect(turns({ role: "developer", content: "A." }, { role: "system", content: "B." }, HELLO)).toMatchObject({
      system: [
        { type: "text", text: "A." },
        { type: "text", text: "B." },
      ],
    });
  });

  test("of the system in the middle move to the front", () => {
    expect(turns(HELLO, { role: "system", content: "Be brief." })).toEqual({
      system: "Be brief.",
      turns: [HELLO],
      dropped: ["system_position"],
    });
  });

  test("of the system alone are what is asked", () => {
    expect(turns({ role: "system", content: "Tell a joke." })).toEqual({
      turns: [{ role: "user", content: "Tell a joke." }],
      dropped: ["system_position"],
    });
  });

  test("of one role become one turn; empty ones none", () => {
    expect(
      turns(HELLO, { role: "user", content: [{ type: "text", text: "You?" }] }, { role: "assistant", content: " " }),
    ).toEqual({
      turns: [
        {
          role: "user",
          content: [
            { type: "text", text: "Hello." },
            { type: "text", text: "You?" },
          ],
        },
      ],
    });
  });

  test("with images, by url and by data", () => {
    const content = [
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      { type: "image_url", image_url: { url: "data:image/jpg;base64,AAAA", detail: "low" } },
      { type: "image_url", image_url: { url: "data:image/tiff;base64,AAAA" } },
    ];
    expect(turns({ role: "user", content })).toEqual({
      turns: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AAAA" } },
          ],
        },
      ],
      dropped: ["detail", "image_url"],
    });
  });

  test("with files: PDF and text", () => {
    const file = (data: string) => ({ type: "file", file: { filename: "a", file_data: data } });
    const content = [
      file("data:application/pdf;base64,JVBERi0="),
      file("data:text/csv,a%2Cb"),
      { type: "file", file: { file_id: "file-1" } },
    ];
    expect(turns({ role: "user", content })).toEqual({
      turns: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
              title: "a",
            },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" }, title: "a" },
          ],
        },
      ],
      dropped: ["file"],
    });
  });

  test("with results of tools, which come first in the user's turn", () => {
    expect(
      turns(HELLO, calling(call("a", '{"q":1}'), call("b", "")), HELLO, result("a", "1"), result("b", "")),
    ).toEqual({
      turns: [
        HELLO,
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "a", name: "f", input: { q: 1 } },
            { type: "tool_use", id: "b", name: "f", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: "1" },
            { type: "tool_result", tool_use_id: "b" },
            { type: "text", text: "Hello." },
          ],
        },
      ],
    });
  });

  test("with ids of other providers, which go on belonging together", () => {
    expect(turns(HELLO, calling(call("functions.f:0", "{}")), result("functions.f:0", "1"))).toMatchObject({
      turns: [HELLO, { content: [{ id: "functions_2ef_3a0" }] }, { content: [{ tool_use_id: "functions_2ef_3a0" }] }],
    });
  });

  test("with arguments that are no object", () => {
    expect(turns(HELLO, calling(call("a", '{"q":')), result("a", "1"))).toMatchObject({
      turns: [HELLO, { content: [{ input: { arguments: '{"q":' } }] }, {}],
      dropped: ["arguments"],
    });
  });

  test("with functions of before there were tools", () => {
    const called = { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } };
    expect(turns(HELLO, called, { role: "function", name: "f", content: "1" })).toMatchObject({
      turns: [
        HELLO,
        { content: [{ type: "tool_use", id: "call_1" }] },
        { content: [{ tool_use_id: "call_1", content: "1" }] },
      ],
    });
  });

  test("with thoughts: those that are signed", () => {
    const thinking = { type: "thinking", thinking: "Hm.", signature: "sig" };
    const signed = { role: "assistant", content: "Yes.", reasoning_content: "Hm.", thinking_blocks: [thinking] };
    expect(turns(HELLO, signed, HELLO)).toMatchObject({
      turns: [HELLO, { content: [thinking, { text: "Yes." }] }, HELLO],
    });
    const unsigned = { role: "assistant", content: "Yes.", reasoning_content: "Hm." };
    expect(turns(HELLO, unsigned, HELLO)).toMatchObject({
      turns: [HELLO, { content: "Yes." }, HELLO],
      dropped: ["reasoning_content"],
    });
  });

  test("that the model is to go on from end without white space", () => {
    expect(turns(HELLO, { role: "assistant", content: "Well, \n" })).toMatchObject({
      turns: [HELLO, { content: "Well," }],
    });
  });

  test("with marks of what to cache", () => {
    const content = [
      { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
      { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } },
    ];
    expect(turns({ role: "user", content })).toMatchObject({
      turns: [
        { content: [{ cache_control: { type: "ephemeral", ttl: "1h" } }, { cache_control: { type: "ephemeral" } }] },
      ],
    });
  });

  test.each([
    [
      { messages: [{ role: "robot", content: "a" }] },
      '`messages[0].role` must be one of system, developer, user, assistant, tool, not `"robot"`',
    ],
    [{ messages: ["a"] }, "`messages[0].role` must be one of system, developer, user, assistant, tool, not left out"],
    [{ messages: {} }, "`messages` must be an array, not an object"],
  ])("%j is a mistake", (chat, message) => {
    const [, param = ""] = /^`([^`]+)`/.exec(message) ?? [];
    expect(() => translated(chat)).toThrow(new DialectError(param, message));
  });
});

describe("the cap on output", () => {
  const cap = (chat: object, overrides?: object): number => translated(chat, BUDGETED, overrides).body.max_tokens;

  test("is the least of the request's, the step's and the model's", () => {
    expect(cap({})).toBe(OUTPUT);
    expect(cap({ max_tokens: 100 })).toBe(100);
    expect(cap({ max_completion_tokens: 50, max_tokens: 100 })).toBe(50);
    expect(cap({ max_tokens: 100_000 })).toBe(OUTPUT);
    expect(cap({ max_tokens: 100 }, { maxTokens: 60 })).toBe(60);
    expect(cap({}, { maxTokens: 60 })).toBe(60);
  });
});

describe("what a step sets", () => {
  test("stands in the place of what the request says", () => {
    const { body } = translated(
      {
        messages: [{ role: "system", content: "A." }, HELLO],
        temperature: 0.9,
        tools: [tool("a"), tool("b")],
        tool_choice: tool("b"),
      },
      BUDGETED,
      { system: "B.", temperature: 0.1, tools: ["a"] },
    );
    expect(body).toMatchObject({ system: "B.", temperature: 0.1, tools: [{ name: "a" }] });
    expect(body.tool_choice).toBeUndefined();
  });
});

describe("tools", () => {
  test("with their schemas; strict ones in the part of JSON Schema that is held to", () => {
    const parameters = { type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"] };
    expect(
      comesTo({ tools: [tool("a", { parameters, description: "A." }), tool("b", { parameters, strict: true })] }),
    ).toEqual({
      tools: [
        { name: "a", description: "A.", input_schema: parameters },
        {
          name: "b",
          input_schema: {
            type: "object",
            properties: { n: { type: "integer", description: "{minimum: 1}" } },
            required: ["n"],
            additionalProperties: false,
          },
          strict: true,
        },
      ],
    });
    expect(comesTo({ tools: [tool("a", { strict: true })] }, OLD)).toMatchObject({ dropped: ["strict"] });
  });

  test("without a schema, of old, and of other kinds", () => {
    const tools = [
      { type: "function", function: { name: "a" } },
      { type: "custom", custom: { name: "c" } },
    ];
    expect(comesTo({ tools, functions: [{ name: "b" }] })).toEqual({
      tools: [
        { name: "a", input_schema: { type: "object" } },
        { name: "b", input_schema: { type: "object" } },
      ],
      dropped: ["custom_tools"],
    });
  });

  test("for the web", () => {
    const user_location = { type: "approximate", approximate: { country: "DE" } };
    expect(comesTo({ web_search_options: { user_location } })).toEqual({
      tools: [
        { type: "web_search_20250305", name: "web_search", user_location: { type: "approximate", country: "DE" } },
      ],
    });
  });

  test.each([
    ["auto", { type: "auto" }],
    ["none", { type: "none" }],
    ["required", { type: "any" }],
    [
      { type: "function", function: { name: "b" } },
      { type: "tool", name: "b" },
    ],
  ])("are chosen by %j", (tool_choice, expected) => {
    expect(translated({ tools: [tool("a"), tool("b")], tool_choice }).body.tool_choice).toEqual(expected);
  });

  test("that are allowed are those that are there", () => {
    const allowed_tools = { mode: "required", tools: [{ type: "function", function: { name: "b" } }] };
    expect(
      comesTo({ tools: [tool("a"), tool("b")], tool_choice: { type: "allowed_tools", allowed_tools } }),
    ).toMatchObject({
      tools: [{ name: "b" }],
      tool_choice: { type: "any" },
    });
  });

  test("one at a time", () => {
    const one = { disable_parallel_tool_use: true };
    expect(comesTo({ tools: [tool("a")], parallel_tool_calls: false })).toMatchObject({
      tool_choice: { type: "auto", ...one },
    });
    expect(comesTo({ tools: [tool("a")], tool_choice: "required", parallel_tool_calls: false })).toMatchObject({
      tool_choice: { type: "any", ...one },
    });
  });

  test("are not forced on a model that refuses it, and nothing is chosen of none", () => {
    expect(comesTo({ tools: [tool("a")], tool_choice: "required" }, "claude-opus-5-5")).toMatchObject({
      dropped: ["tool_choice"],
    });
    expect(comesTo({ tool_choice: "auto", parallel_tool_calls: false })).toEqual({});
  });
});

describe("JSON", () => {
  const schema = {
    type: "object",
    properties: { a: { type: ["string", "null"], pattern: "x" } },
    required: ["a"],
    additionalProperties: false,
  };
  const response_format = { type: "json_schema", json_schema: { name: "n", schema, strict: true } };

  test("by a schema", () => {
    const restricted = { ...schema, properties: { a: { type: ["string", "null"], description: '{pattern: "x"}' } } };
    expect(comesTo({ response_format })).toEqual({
      output_config: { format: { type: "json_schema", schema: restricted } },
    });
  });

  test("by a tool that must be called, of models from before there were schemas", () => {
    expect(comesTo({ response_format }, OLD)).toEqual({
      tools: [{ name: "routec_json_answer", description: "Gives the answer: a JSON object.", input_schema: schema }],
      tool_choice: { type: "tool", name: "routec_json_answer", disable_parallel_tool_use: true },
    });
    expect(comesTo({ response_format, tools: [tool("a")] }, OLD)).toMatchObject({
      tools: [{ name: "a" }, { name: "routec_json_answer" }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
  });

  test("without a schema, by word alone", () => {
    expect(comesTo({ response_format: { type: "json_object" } })).toMatchObject({
      system: expect.stringContaining("one JSON object"),
      dropped: ["response_format"],
    });
    expect(comesTo({ response_format: { type: "text" } })).toEqual({});
  });
});

describe("sampling", () => {
  test.each<[string, object, object]>([
    [BUDGETED, { temperature: 0.5 }, { temperature: 0.5 }],
    [BUDGETED, { temperature: 1, top_p: 1 }, {}],
    [BUDGETED, { temperature: 1.5 }, { dropped: ["temperature"] }],
    [BUDGETED, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, dropped: ["top_p"] }],
    [OLD, { temperature: 0.5, top_p: 0.9, top_k: 5 }, { temperature: 0.5, top_p: 0.9, top_k: 5 }],
    [CURRENT, { temperature: 0.5, top_p: 0.9 }, { dropped: ["temperature", "top_p"] }],
    [CURRENT, { temperature: 1 }, {}],
    ["MiniMax-M2", { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
  ])("of %s by %j", (model, chat, expected) => {
    expect(comesTo(chat, model)).toEqual(expected);
  });

  test("stops at texts", () => {
    expect(comesTo({ stop: "END" })).toEqual({ stop_sequences: ["END"] });
    expect(comesTo({ stop: ["a", "\n"] })).toEqual({ stop_sequences: ["a"], dropped: ["stop"] });
    expect(comesTo({ stop: null })).toEqual({});
  });
});

describe("reasoning", () => {
  const adaptive = { type: "adaptive", display: "summarized" };
  test.each<[string, object, object]>([
    [
      BUDGETED,
      { reasoning_effort: "medium", max_tokens: 10_000 },
      { thinking: { type: "enabled", budget_tokens: 5000 } },
    ],
    [
      BUDGETED,
      { reasoning_effort: "minimal", max_tokens: 2000 },
      { thinking: { type: "enabled", budget_tokens: 1024 } },
    ],
    [BUDGETED, { reasoning_effort: "xhigh", max_tokens: 1025 }, { thinking: { type: "enabled", budget_tokens: 1024 } }],
    [BUDGETED, { reasoning_effort: "high", max_tokens: 1024 }, { dropped: ["reasoning_effort"] }],
    [BUDGETED, { reasoning_effort: "none" }, {}],
    [
      BUDGETED,
      { reasoning_effort: "high", temperature: 0.2, max_tokens: 10_000 },
      { thinking: { type: "enabled", budget_tokens: 8000 }, dropped: ["temperature"] },
    ],
    [CURRENT, { reasoning_effort: "minimal" }, { thinking: adaptive, output_config: { effort: "low" } }],
    [CURRENT, { reasoning_effort: "xhigh" }, { thinking: adaptive, output_config: { effort: "xhigh" } }],
    [CURRENT, { reasoning_effort: "none" }, { thinking: { type: "disabled" } }],
    ["claude-opus-4-6", { reasoning_effort: "xhigh" }, { thinking: adaptive, output_config: { effort: "max" } }],
    ["claude-fable-5", { reasoning_effort: "none" }, { dropped: ["reasoning_effort"] }],
    [OLD, { reasoning_effort: "high" }, { dropped: ["reasoning_effort"] }],
    [OLD, { reasoning_effort: "none" }, {}],
    [CURRENT, { reasoning_effort: "extreme" }, { dropped: ["reasoning_effort"] }],
  ])("of %s by %j", (model, chat, expected) => {
    expect(comesTo(chat, model)).toEqual(expected);
  });

  test("by a number of tokens, which a policy can state", () => {
    expect(comesTo({ max_tokens: 10_000 }, BUDGETED, { reasoningEffort: "3000" })).toEqual({
      thinking: { type: "enabled", budget_tokens: 3000 },
    });
    expect(comesTo({ max_tokens: 10_000 }, CURRENT, { reasoningEffort: "5000" })).toMatchObject({
      output_config: { effort: "medium" },
    });
    expect(comesTo({}, CURRENT, { reasoningEffort: "0" })).toEqual({ thinking: { type: "disabled" } });
  });

  test("by a budget does not begin where a tool is forced, or within a tool loop without it", () => {
    const forced = { tools: [tool("a")], tool_choice: "required", reasoning_effort: "high" };
    expect(comesTo(forced)).toMatchObject({ tool_choice: { type: "any" }, dropped: ["reasoning_effort"] });
    const loop = { messages: [HELLO, calling(call("a", "{}")), result("a", "1")], reasoning_effort: "high" };
    expect(comesTo(loop)).toEqual({ dropped: ["reasoning_effort"] });
    expect(comesTo(loop, CURRENT)).toMatchObject({ thinking: adaptive });
    const thought = {
      ...calling(call("a", "{}")),
      thinking_blocks: [{ type: "thinking", thinking: "Hm.", signature: "s" }],
    };
    expect(comesTo({ ...loop, messages: [HELLO, thought, result("a", "1")] })).toMatchObject({
      thinking: { type: "enabled" },
    });
  });
});

describe("the rest", () => {
  test("has a place, or is named", () => {
    expect(
      comesTo({ stream: true, stream_options: { include_usage: true }, user: "u", service_tier: "default" }),
    ).toEqual({
      stream: true,
      metadata: { user_id: "u" },
      service_tier: "standard_only",
    });
    expect(
      comesTo({
        n: 2,
        logprobs: true,
        top_logprobs: 3,
        seed: 7,
        presence_penalty: 0.5,
        frequency_penalty: -1,
        logit_bias: { 5: 1 },
        modalities: ["text", "audio"],
        prediction: { type: "content" },
      }),
    ).toEqual({
      dropped: [
        "n",
        "logprobs",
        "top_logprobs",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "modalities",
        "prediction",
      ],
    });
  });

  test("that says nothing is not named", () => {
    expect(
      comesTo({
        n: 1,
        logprobs: false,
        seed: null,
        presence_penalty: 0,
        logit_bias: {},
        modalities: ["text"],
        store: false,
        metadata: { a: "b" },
      }),
    ).toEqual({});
  });

  test("cannot break the header that names it", () => {
    expect(comesTo({ "x\r\ny: z": 1, [`long${"g".repeat(60)}`]: 1 })).toEqual({ dropped: ["others"] });
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`m${index}`, 1]));
    expect(translated(many).dropped).toHaveLength(20);
  });
});
