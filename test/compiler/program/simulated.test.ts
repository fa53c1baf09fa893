/** How a policy says what a simulated provider does. */
import { describe, expect, it } from "vitest";
import { check, compile, type FileSystem } from "../../../compiler/index.ts";
import { expectClean, expectDiagnostic, spanned, tableOf } from "../support.ts";

const policy = (fields: string): string =>
  `provider p { ${fields} }\nmodel m = p "m" { context 1k output 1k price free can [] }\nroute chat -> m`;
const lab = (fields: string): string => policy(`protocol simulated ${fields}`);
const simulated = (fields: string) => tableOf(lab(fields)).providers[0]?.simulated;

describe("a simulated provider", () => {
  it("says nothing of how it behaves, or all of it", () => {
    expect(simulated("")).toBeUndefined();
    expect(
      simulated(`
        speaks  anthropic
        latency 200ms..800ms
        speed   80 tokens per second
        script  [overloaded, overloaded, answered]
        fail    { 5% overloaded, 1% timeout }`),
    ).toEqual({
      speaks: "anthropic",
      latency: { from: 200, to: 800 },
      speed: 80,
      script: ["overloaded", "overloaded", "answered"],
      fail: [
        { share: 5, failure: "overloaded" },
        { share: 1, failure: "timeout" },
      ],
    });
  });

  it.each([
    ["latency 0ms", { from: 0, to: 0 }],
    ["latency 300ms", { from: 300, to: 300 }],
    ["latency { p50 400ms, p99 3s }", { median: 400, sigma: 0.8661 }],
    ["latency { p90 1s p50 1s }", { median: 1_000, sigma: 0 }],
  ])("has a `%s`", (fields, latency) => {
    expect(simulated(fields)).toEqual({ latency });
  });

  it.each([
    ["speaks latin", "RT2005", "`latin` is no dialect of a simulated provider: expected one of openai,"],
    ["latency 300", "RT2003", "expected a duration"],
    ["latency 2s..1s", "RT2004", "this range ends before it begins"],
    ["latency 1s..2d", "RT2004", "`2d` is out of range"],
    ["latency soon", "RT2003", "takes a duration, a range of them, or quantiles"],
    ["latency { p50 1s }", "RT2007", "takes p50 and one of p90, p95, p99, p999"],
    ["latency {}", "RT2007", "takes p50 and one of p90, p95, p99, p999"],
    ["latency { p50 1s, p98 2s }", "RT2005", "`p98` is no quantile"],
    ["latency { p50 2s, p99 1s }", "RT2004", "the p99 of a latency cannot be below its median"],
    ["speed 80 tokens per minute", "RT2003", "takes tokens in a time, such as `80 tokens per second`"],
    ["speed 80 requests per second", "RT2003", "takes tokens in a time"],
    ["speed 0 tokens per second", "RT2004", "`0` is out of range"],
    ["speed fast", "RT2003", "takes tokens in a time"],
    ["fail { 5% overload }", "RT2001", "`overload` is no failure"],
    ["fail { 5% answered }", "RT2001", "`answered` is no failure"],
    ["fail { 5% over_budget }", "RT2005", "`over_budget` is found in routec, before a call leaves"],
    ["fail { 60% timeout, 50% refused }", "RT3006", "the shares make `110%`: expected `100%` at most"],
    ["fail { 5% timeout, 5% timeout }", "RT2008", "the share of `timeout` is given twice"],
    ["fail { 0% timeout }", "RT2004", "`0%` is out of range"],
    ["fail { 5 timeout }", "RT2003", "expected a percentage"],
    ["fail 5%", "RT2003", "takes shares of the calls"],
    ["script [answered, nevermore]", "RT2001", "`nevermore` is no failure: expected one of answered,"],
    ["script overloaded", "RT2003", "takes a list"],
    ["speaks cohere fail { 1% filtered }", "RT2005", "the dialect of cohere has no word for `filtered`"],
    ["speaks gemini script [refused]", "RT2005", "the dialect of gemini has no word for `refused`"],
    ["answers here", "RT2003", "takes a file"],
    ['answers "./none.jsonl"', "RT2009", "`./none.jsonl` cannot be read"],
  ])("cannot have `%s`", (fields, code, message) => {
    expectDiagnostic(lab(fields), code, message);
  });

  it("is found where it is wrong", () => {
    const source = lab("script [overloaded, unsupported]");
    expect(spanned(source, expectDiagnostic(source, "RT2005", "`unsupported`"))).toBe("unsupported");
  });

  it.each(["speaks openai", "latency 1s", "speed 1 tokens per second", "fail {}", "script []", 'answers "./a.jsonl"'])(
    "a real one has no `%s`",
    (field) => {
      const { help } = expectDiagnostic(policy(`protocol openai ${field}`), "RT2006", "of protocol `openai` has no");
      expect(help).toBe("it is for a provider of `protocol simulated`");
    },
  );

  it("gives log-probabilities where its dialect does", () => {
    const can = (fields: string) => lab(fields).replace("can []", "can [logprobs]");
    expectClean(can("speaks azure"));
    expectDiagnostic(can("speaks gemini"), "RT2016", "is lost on the way to a provider of protocol `gemini`");
  });
});

describe("the answers of a file", () => {
  const SOURCE = lab('answers "./answers.jsonl"');
  const holding = (text: string): FileSystem => ({ read: () => new TextEncoder().encode(text), real: (path) => path });
  const found = (text: string) => check({ text: SOURCE }, { fileSystem: holding(text) }).diagnostics;

  it("stand a line each, what is no text as JSON", () => {
    const text = `{ "prompt": "Hello?", "answer": "Hi." }\r\n
{ "contains": "refund", "model": "m", "answer": { "sure": true }, "confidence": 0.4 }
{ "calls": [{ "name": "weather", "arguments": { "city": "Basel" } }, { "name": "clock" }] }\n`;
    const { table } = compile({ text: SOURCE }, { fileSystem: holding(text) });
    expect(table?.providers[0]?.simulated?.answers).toEqual([
      { prompt: "Hello?", answer: "Hi." },
      { contains: "refund", model: "m", answer: '{"sure":true}', confidence: 0.4 },
      { calls: [{ name: "weather", arguments: { city: "Basel" } }, { name: "clock" }] },
    ]);
  });

  it.each([
    ["{}", "has no `answer`"],
    ["[]", "is no answer: expected an object such as"],
    ['"Hi."', "is no answer: expected an object such as"],
    ['{ "prompt": 7, "answer": "" }', "has a `prompt` that is no text"],
    [
      '{ "promt": "x", "answer": "" }',
      "has a member `promt`: expected model, prompt, contains, answer, calls, confidence",
    ],
    ['{ "answer": "", "confidence": 1.5 }', "has a `confidence` that is no number above 0 and up to 1"],
    ['{ "calls": [] }', "has `calls` that are none"],
    ['{ "calls": "weather" }', "has `calls` that are none"],
    ['{ "calls": [{ "name": "weather", "arguments": "Basel" }] }', "has `calls` that are none"],
    ['{ "calls": [{ "name": "weather", "args": {} }] }', "has `calls` that are none"],
    ['{ "answer": "" ', "is no JSON: expected ',' or '}' after property value at column 16"],
    ["Hi.", "is no JSON: unexpected `H` in `Hi.`"],
  ])("are not `%s`", (line, why) => {
    const [finding, ...more] = found(`{ "answer": "Hi." }\n\n${line}\n`);
    expect(finding).toMatchObject({
      code: "RT2017",
      message: expect.stringContaining(`line 3 of \`./answers.jsonl\` ${why}`),
    });
    expect(more).toEqual([]);
  });
});
