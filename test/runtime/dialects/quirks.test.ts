/** Providers that speak OpenAI's dialect, each in its own way. */
import { describe, expect, test } from "vitest";
import { quirksAt } from "../../../compiler/catalog/index.ts";
import {
  ConformedStream,
  conformedAnswer,
  conformedError,
  conformedRequest,
  departures,
} from "../../../runtime/dialects/index.ts";
import { fed } from "./harness.ts";

const OPENAI = "https://api.openai.com/v1";
const DEEPSEEK = "https://api.deepseek.com";
const MISTRAL = "https://api.mistral.ai/v1";
const COHERE = "https://api.cohere.ai/compatibility/v1";
const UNKNOWN = "https://llm.example.com/v1";

const comesTo = (url: string, chat: object): object => {
  const quirks = quirksAt(url) ?? {};
  if (departures(quirks)?.test(JSON.stringify(chat)) !== true) return chat;
  const { body, dropped } = conformedRequest({ ...chat }, quirks);
  return dropped.length === 0 ? body : { ...body, dropped };
};

describe("requests", () => {
  test.each<[string, object, object]>([
    [OPENAI, { max_tokens: 5, seed: 1 }, { max_tokens: 5, seed: 1 }],
    [UNKNOWN, { max_completion_tokens: 5, n: 2 }, { max_completion_tokens: 5, n: 2 }],
    [DEEPSEEK, { max_completion_tokens: 5 }, { max_tokens: 5 }],
    [DEEPSEEK, { messages: [{ role: "user" }], temperature: 1 }, { messages: [{ role: "user" }], temperature: 1 }],
    [DEEPSEEK, { n: 1, seed: 7 }, { dropped: ["seed"] }],
    [
      DEEPSEEK,
      { response_format: { type: "json_schema", json_schema: {} } },
      { response_format: { type: "json_object" }, dropped: ["json_schema"] },
    ],
    [MISTRAL, { seed: 7, stream_options: { include_usage: true } }, { random_seed: 7 }],
    [MISTRAL, { tool_choice: "required" }, { tool_choice: "any" }],
    [COHERE, { user: "u", max_completion_tokens: 5 }, { max_tokens: 5, dropped: ["user"] }],
  ])("to %s: %j", (url, chat, expected) => {
    expect(comesTo(url, chat)).toEqual(expected);
  });

  test("that name a tool have that tool alone, where none can be named", () => {
    const tool = (name: string) => ({ type: "function", function: { name } });
    expect(comesTo(MISTRAL, { tools: [tool("a"), tool("b")], tool_choice: tool("b") })).toEqual({
      tools: [tool("b")],
      tool_choice: "any",
    });
  });

  test("give calls and results the same short id", () => {
    const messages = [
      { role: "assistant", tool_calls: [{ id: "toolu_0123456789" }] },
      { role: "tool", tool_call_id: "toolu_0123456789" },
    ];
    const { messages: made } = comesTo(MISTRAL, { messages }) as {
      messages: { tool_calls: { id: string }[]; tool_call_id: string }[];
    };
    expect(made[0]?.tool_calls[0]?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(made[1]?.tool_call_id).toBe(made[0]?.tool_calls[0]?.id);
  });

  test("have what the model thought where it wants that back", () => {
    const messages = [{ role: "assistant", content: "a", reasoning_content: "Hm.", thinking_blocks: [] }];
    expect(comesTo(DEEPSEEK, { messages })).toEqual({
      messages: [{ role: "assistant", content: "a", reasoning_content: "Hm." }],
    });
    expect(comesTo(MISTRAL, { messages })).toEqual({ messages: [{ role: "assistant", content: "a" }] });
  });
});

describe("answers", () => {
  test("have their reasoning and their usage in one place", () => {
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };
    const said = [{ reasoning: "Hm.", content: "a" }, { content: [thinking, { type: "text", text: "a" }] }];
    for (const message of said) {
      expect(conformedAnswer({ choices: [{ index: 0, message, finish_reason: "model_length" }] })).toEqual({
        choices: [
          {
            index: 0,
            message: { refusal: null, content: "a", reasoning_content: "Hm." },
            logprobs: null,
            finish_reason: "length",
          },
        ],
      });
    }
    expect(conformedAnswer({ choices: [], x_groq: { usage: { prompt_tokens: 1 } } })).toMatchObject({
      usage: { prompt_tokens: 1 },
    });
  });

  test.each<[string, unknown, object | undefined]>([
    [
      "OpenAI",
      { error: { message: "No.", type: "t", param: "p", code: "c" } },
      { message: "No.", type: "t", param: "p", code: "c" },
    ],
    [
      "Mistral",
      { object: "error", message: "No.", type: "t", param: null, code: "3505" },
      { message: "No.", type: "t", param: null, code: "3505" },
    ],
    ["Cohere", { message: "No." }, { message: "No.", type: "invalid_request_error", param: null, code: null }],
    [
      "Gemini",
      [{ error: { code: 429, message: "No.", status: "RESOURCE_EXHAUSTED" } }],
      { message: "No.", type: "invalid_request_error", param: null, code: "429" },
    ],
    ["a text", { error: "No." }, { message: "No.", type: "invalid_request_error", param: null, code: null }],
    ["nothing", { ok: true }, undefined],
  ])("that are errors of %s", (_who, answer, error) => {
    expect(conformedError(answer)).toEqual(error === undefined ? undefined : { error });
  });

  test("that come in a stream are conformed event by event, and comments go on saying that it lives", () => {
    const chunk = (delta: object) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
    const stream = Buffer.from(`: wait\n\n${chunk({ reasoning: "Hm." })}data: [DONE]\n\n`);
    const expected =
      '{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}]}';
    for (let cut = 0; cut <= stream.length; cut++) {
      const said = fed(new ConformedStream(), stream.subarray(0, cut), stream.subarray(cut));
      expect(said.replaceAll(": keep-alive\n\n", "")).toBe(`data: ${expected}\n\ndata: [DONE]\n\n`);
    }
    expect(new ConformedStream().push(Buffer.from(": wait\n\n"))).toBe(": keep-alive\n\n");
  });
});
