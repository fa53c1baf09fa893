/** What a step's options change in a request's body. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Overrides } from "../../../runtime/plan/index.ts";
import { rewritten } from "../../../runtime/proxy/rewrite.ts";

const NOTHING: Overrides = { capMember: "max_tokens" };

/** The text of a body after some options. */
function rewrite(body: string, overrides: Partial<Overrides>): string | undefined {
  return rewritten(Buffer.from(body), { ...NOTHING, ...overrides })?.toString();
}

const tool = (name: string): object => ({ type: "function", function: { name, parameters: { maximum: 1.5 } } });

/** The same for a body that is a value. */
function of(body: object, overrides: Partial<Overrides>): unknown {
  return JSON.parse(rewrite(JSON.stringify(body), overrides) ?? "");
}

describe("a cap on output tokens", () => {
  test.each([
    ["is put in where there is none", {}, { max_tokens: 50 }],
    ["lowers a higher one", { max_tokens: 80 }, { max_tokens: 50 }],
    ["leaves a lower one", { max_tokens: 20 }, { max_tokens: 20 }],
    ["lowers it by the name that it has", { max_completion_tokens: 80 }, { max_completion_tokens: 50 }],
    ["sees to both", { max_tokens: 80, max_completion_tokens: 20 }, { max_tokens: 50, max_completion_tokens: 20 }],
    ["stands in the place of null", { max_completion_tokens: null }, { max_tokens: 50 }],
  ])("%s", (_what, body, expected) => {
    expect(of(body, { maxTokens: 50 })).toEqual(expected);
  });

  test("is put in by the name that the provider knows", () => {
    expect(of({}, { maxTokens: 50, capMember: "max_completion_tokens" })).toEqual({ max_completion_tokens: 50 });
  });
});

test("temperature, reasoning and log-probabilities are set, whatever the request has", () => {
  const body = { temperature: 2, reasoning_effort: "high", logprobs: false, seed: 1 };
  expect(of(body, { temperature: 0, reasoningEffort: "low", logprobs: true })).toEqual({
    temperature: 0,
    reasoning_effort: "low",
    logprobs: true,
    seed: 1,
  });
});

test("the usage of a stream is asked for beside its other options", () => {
  const body = { stream: true, stream_options: { include_obfuscation: false } };
  const asked = { include_obfuscation: false, include_usage: true };
  expect(of(body, { usage: true })).toEqual({ stream: true, stream_options: asked });
  expect(of({ stream: true, stream_options: null }, { usage: true })).toMatchObject({
    stream_options: { include_usage: true },
  });
});

describe("a system prompt", () => {
  test("stands in the place of all that the request has, before the other messages", () => {
    const messages = [
      { role: "system", content: "Old." },
      { role: "user", content: "Hi" },
      { role: "developer", content: "Older." },
      { role: "assistant", content: "Hello" },
    ];
    expect(of({ messages }, { system: "New." })).toEqual({
      messages: [{ role: "system", content: "New." }, messages[1], messages[3]],
    });
  });
});

describe("tools", () => {
  const both = { tools: [tool("search"), tool("buy")] };

  test("none: are left out, with all that chooses among them", () => {
    const body = {
      ...both,
      tool_choice: "auto",
      parallel_tool_calls: true,
      functions: [],
      function_call: "auto",
      n: 1,
    };
    expect(of(body, { tools: [] })).toEqual({ n: 1 });
  });

  test("only: those of that name", () => {
    expect(of({ ...both, tool_choice: "required" }, { tools: ["buy", "sell"] })).toEqual({
      tools: [tool("buy")],
      tool_choice: "required",
    });
  });

  test.each([
    ["a tool", { type: "function", function: { name: "search" } }],
    ["tools", { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [tool("buy"), tool("search")] } }],
  ])("a choice of %s that was taken out is taken out too", (_what, tool_choice) => {
    expect(of({ ...both, tool_choice }, { tools: ["buy"] })).toEqual({ tools: [tool("buy")] });
  });

  test("a choice of one that stays stays", () => {
    const tool_choice = { type: "function", function: { name: "buy" } };
    expect(of({ ...both, tool_choice }, { tools: ["buy"] })).toEqual({ tools: [tool("buy")], tool_choice });
  });

  test("of the older kind are functions, and a provider's own go by their type", () => {
    const body = { functions: [{ name: "search" }, { name: "buy" }], tools: [{ type: "web_search" }, tool("buy")] };
    expect(of(body, { tools: ["search", "web_search"] })).toEqual({
      functions: [{ name: "search" }],
      tools: [{ type: "web_search" }],
    });
  });

  test("a request without any stays without", () => {
    expect(of({ n: 1 }, { tools: ["buy"] })).toEqual({ n: 1 });
  });
});

describe("all else", () => {
  test("stays byte by byte", () => {
    const body = ' { "seed" : 9223372036854775807, "temperature": 1, "x": [1.0, "\\u00e9"]  }';
    expect(rewrite(body, { temperature: 0 })).toBe(
      '{"seed" : 9223372036854775807,"x": [1.0, "\\u00e9"],"temperature":0}',
    );
  });

  test("is found by what a key says, and however often it is said", () => {
    expect(rewrite('{"temp\\u0065rature":1,"n":1,"temperature":2}', { temperature: 0 })).toBe(
      '{"n":1,"temperature":0}',
    );
  });

  test("is not there: an empty object", () => {
    expect(rewrite("{}", { temperature: 0 })).toBe('{"temperature":0}');
  });
});

test("a body that is nested too deeply is not rewritten", () => {
  expect(rewrite(`{"x":${"[".repeat(300)}${"]".repeat(300)}}`, { temperature: 0 })).toBeUndefined();
});

test("agrees with what one would do to the value", () => {
  const message = fc.record({
    role: fc.constantFrom("system", "user", "developer"),
    content: fc.string({ unit: "grapheme" }),
  });
  const bodies = fc.record(
    {
      model: fc.string(),
      messages: fc.array(message, { maxLength: 4 }),
      temperature: fc.double({ noNaN: true, noDefaultInfinity: true }),
      max_tokens: fc.option(fc.nat(100)),
      tools: fc.array(fc.constantFrom("a", "b", "c").map(tool), { maxLength: 3 }),
      metadata: fc.dictionary(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: ["messages"] },
  );
  const overrides = fc.record(
    {
      maxTokens: fc.nat(100),
      temperature: fc.constantFrom(0, 1),
      system: fc.string(),
      tools: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(bodies, overrides, fc.constantFrom(undefined, 1), (body, wanted, indent) => {
      const { maxTokens, temperature, system, tools } = wanted;
      const expected: Record<string, unknown> = { ...body };
      if (maxTokens !== undefined) expected.max_tokens = Math.min(maxTokens, body.max_tokens ?? maxTokens);
      if (temperature !== undefined) expected.temperature = temperature;
      if (system !== undefined) {
        expected.messages = [
          { role: "system", content: system },
          ...body.messages.filter(({ role }) => role === "user"),
        ];
      }
      if (tools !== undefined) {
        const left = body.tools?.filter((each) => tools.includes(Reflect.get(Reflect.get(each, "function"), "name")));
        if (left === undefined || left.length === 0) delete expected.tools;
        else expected.tools = left;
      }
      const result = JSON.parse(rewrite(JSON.stringify(body, null, indent), wanted) ?? "");
      expect(result).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
    { numRuns: 2_000 },
  );
});
