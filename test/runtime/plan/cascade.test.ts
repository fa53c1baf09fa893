/** The first answer that its gate accepts. */
import { describe, expect, test } from "vitest";
import { HELD_BYTES } from "../../../runtime/plan/call.ts";
import type { GateCondition, ValueTest } from "../../../runtime/table/index.ts";
import { chatCompletion } from "../../support/fake-provider.ts";
import { answer, failing, type Script, silence, steps, stream, wait } from "../../support/scripted-transport.ts";
import {
  atLeast,
  begin,
  COST,
  call,
  carryOut,
  cascade,
  chain,
  isTrue,
  judged,
  on,
  plan,
  reject,
  type Setting,
} from "./harness.ts";

interface Said {
  readonly content?: string | null;
  readonly refusal?: string;
  readonly finish?: string;
  /** The probability of each token. */
  readonly probabilities?: readonly number[];
}

function choiceOf(
  { content = "Hello.", refusal, finish = "stop", probabilities }: Said,
  part: "message" | "delta",
): object {
  const tokens = probabilities?.map((probability) => ({ token: "x", logprob: Math.log(probability) }));
  return {
    index: 0,
    [part]: { role: "assistant", content, ...(refusal !== undefined && { refusal }) },
    logprobs: tokens === undefined ? null : { content: tokens },
    finish_reason: finish,
  };
}

function saying(said: Said): Script {
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  return answer({ choices: [choiceOf(said, "message")], usage });
}

function streaming(said: Said): Script {
  return stream([JSON.stringify({ choices: [choiceOf(said, "delta")] }), "[DONE]"]);
}

function accepts(gate: GateCondition, said: Said, more: Partial<Setting> = {}): boolean {
  const run = carryOut({
    run: cascade([call("a"), gate], [call("b")]),
    scripts: { a: saying(said), b: answer() },
    ...more,
  });
  return !run.tried().includes("b");
}

function finish(...members: string[]): GateCondition {
  return { kind: "test", fact: "finish", test: { kind: "members", members } };
}

function text(test: ValueTest): GateCondition {
  return { kind: "test", fact: "answer", test };
}

const NOT_REFUSED: GateCondition = { kind: "not", of: [isTrue("refused")] };

test("an answer that is accepted is the last one asked for", () => {
  const run = carryOut({ run: cascade([call("a"), NOT_REFUSED], [call("b")]), scripts: [answer()] });
  expect(run.told).toEqual([`whole 200 by a at attempt 1 for ${COST}`]);
});

test("one that is not is paid for, and the next step is asked", () => {
  const scripts = [saying({ refusal: "no" }), answer()];
  const run = carryOut({ run: cascade([call("a"), NOT_REFUSED], [call("b")]), scripts });
  expect(run.told).toEqual([`whole 200 by b at attempt 2 for ${COST}`]);
  expect(run.failures).toEqual([]);
});

test("a step that fails does not accept, and the last one decides how the whole fails", () => {
  const run = carryOut({
    run: cascade([call("a"), NOT_REFUSED], [call("b"), NOT_REFUSED], [call("c")]),
    scripts: [failing(400), saying({ refusal: "no" }), failing(429)],
  });
  expect(run.told).toEqual(["exhausted after 3: a invalid, c rate_limited"]);
});

test("a reject within ends the whole", () => {
  const run = carryOut({
    run: cascade([chain(call("a"), reject(503)), NOT_REFUSED], [call("b")]),
    scripts: [failing(500)],
  });
  expect(run.told).toEqual(["reject 503 undefined"]);
});

test.each<[string, GateCondition, Said, boolean]>([
  ["refused", isTrue("refused"), { refusal: "no" }, true],
  ["refused: not", isTrue("refused"), {}, false],
  ["finish", finish("stop"), {}, true],
  ["finish: another", finish("stop"), { finish: "length" }, false],
  ["finish: a call of a tool", finish("tools"), { finish: "tool_calls" }, true],
  ["finish: one that no word stands for", { kind: "not", of: [finish("stop")] }, { finish: "weather" }, false],
  ["output_tokens", atLeast("output_tokens", 4), {}, true],
  ["output_tokens: too few", atLeast("output_tokens", 5), {}, false],
  ["confidence: the geometric mean of the tokens'", atLeast("confidence", 0.6), { probabilities: [0.9, 0.4] }, true],
  ["confidence: and no more", atLeast("confidence", 0.61), { probabilities: [0.9, 0.4] }, false],
  ["confidence: of no tokens there is none", { kind: "not", of: [atLeast("confidence", 0.5)] }, {}, false],
  ["answer: equal", text({ kind: "equals", text: "Hello." }), {}, true],
  ["answer: beginning", text({ kind: "prefix", text: "Hell" }), {}, true],
  ["answer: end", text({ kind: "suffix", text: "o" }), {}, false],
  ["answer: within", text({ kind: "contains", text: "ello" }), {}, true],
  [
    "answer: as an automaton",
    text({
      kind: "regex",
      source: "^[a-z]",
      states: [{ next: [[97, 122, 1]] }, { accepts: true, next: [[0, 65535, 1]] }],
    }),
    {},
    false,
  ],
  ["valid_json", isTrue("valid_json"), { content: '{"a": 1}' }, true],
  ["valid_json: half of it", isTrue("valid_json"), { content: '{"a": 1' }, false],
  ["valid_json: nothing said", isTrue("valid_json"), { content: null }, false],
])("a gate sees %s", (_what, gate, said, expected) => {
  expect(accepts(gate, said)).toBe(expected);
});

test.each([
  ["any JSON where nothing more is asked for", undefined, "[1]", true],
  ["an object for `json_object`", { type: "json_object" }, "[1]", false],
  ["an object for a schema of one", { type: "json_schema", json_schema: { schema: { type: "object" } } }, "7", false],
  ["what such a schema wants", { type: "json_schema", json_schema: { schema: { type: "object" } } }, "{}", true],
])("valid_json takes %s", (_what, format, content, expected) => {
  const request = { json: () => ({ response_format: format }) };
  expect(accepts(isTrue("valid_json"), { content }, { request })).toBe(expected);
});

describe("a streamed answer", () => {
  const gated = cascade([call("a"), NOT_REFUSED], [call("b")]);

  test("is held back until its gate has decided", () => {
    const [head = [], content = [], done = []] = streaming({}).map((step) => [step]);
    const run = begin({ stream: true, run: gated, scripts: [[...head, ...content, ...wait(5), ...done]] });
    run.clock.advance(4);
    expect(run.told).toEqual([]);
    run.clock.advance(1);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
  });

  test("that is not accepted is never seen", () => {
    const scripts = [streaming({ content: null, refusal: "no" }), stream()];
    const run = carryOut({ stream: true, run: gated, scripts });
    expect(run.told).toEqual(["begin 200 by b at attempt 2", "data", `end for ${COST}`]);
    expect(run.text()).not.toContain('refusal":"no');
  });

  test("is put together from its events", () => {
    const part = (content: string): string => JSON.stringify({ choices: [{ index: 0, delta: { content } }] });
    const scripts = [
      stream([part("He"), part("llo"), '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}', "[DONE]"]),
    ];
    const run = carryOut({
      stream: true,
      run: cascade([call("a"), text({ kind: "equals", text: "Hello" })], [call("b")]),
      scripts,
    });
    expect(run.tried()).toEqual(["a"]);
  });

  test("that goes to a reader who leaves at its first byte is not told to the end", () => {
    const held: { cancel(): void } = { cancel: () => {} };
    const run = begin({
      stream: true,
      run: gated,
      scripts: [streaming({})],
      takes: () => {
        held.cancel();
        return true;
      },
    });
    held.cancel = () => run.execution.cancel();
    run.clock.run();
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
  });
});

test.each([false, true])("an answer that is too large for its gate is not accepted (streamed: %s)", (streamed) => {
  const huge: Script = [
    ...steps((events) => events.head(200, [])),
    ...streaming({}).slice(1, 2),
    ...steps((events) => events.data(Buffer.alloc(HELD_BYTES, 0x20))),
    ...steps((events) => events.data(Buffer.alloc(1, 0x20))),
  ];
  const last = streamed ? stream() : answer();
  const run = carryOut({
    stream: streamed,
    run: cascade([call("a"), NOT_REFUSED], [call("b")]),
    scripts: [huge, last],
  });
  expect(run.told.at(-1)).toBe(streamed ? `end for ${COST}` : `whole 200 by b at attempt 2 for ${COST}`);
  expect(run.transport.calls[0]?.aborted).toBe(true);
});

describe("log-probabilities", () => {
  const SURE = { probabilities: [0.9] };
  const run = cascade([chain(call("a"), call("b")), atLeast("confidence", 0.8)], [call("c")]);

  test("are asked for within a step whose gate needs them, and nowhere else", () => {
    const result = carryOut({ run, scripts: [failing(500), saying({ probabilities: [0.1] }), answer()] });
    const asked = result.transport.calls.map(({ call: { body } }) => JSON.parse(body.toString()).logprobs);
    expect(asked).toEqual([true, true, undefined]);
  });

  test("are not asked for where the same plan stands without such a gate", () => {
    const twice = cascade([plan("p"), atLeast("confidence", 0.8)], [plan("p")]);
    const result = carryOut({ run: twice, plans: { p: call("a") }, scripts: [answer(), answer()] });
    const asked = result.transport.calls.map(({ call: { body } }) => JSON.parse(body.toString()).logprobs);
    expect(asked).toEqual([true, undefined]);
  });

  test.each([
    ["whole", false, saying(SURE)],
    ["streamed", true, streaming(SURE)],
  ])("are taken out of what was not asked for with them: %s", (_how, streamed, script) => {
    const result = carryOut({ run, stream: streamed, scripts: [script] });
    expect(result.told[0]).toMatch(/by a/);
    expect(result.text()).toContain('"logprobs":null');
    expect(result.text()).toContain("Hello.");
  });

  test("stay where the client asked for them", () => {
    const result = carryOut({
      run,
      request: { needs: 1 << 5 },
      models: { a: { can: ["logprobs"] } },
      scripts: [saying(SURE)],
    });
    expect(result.text()).toContain('"logprob":');
  });
});

describe("the usage of a stream", () => {
  const run = cascade([call("a"), atLeast("output_tokens", 4)], [call("b")]);
  const counted = stream();

  test("is always asked for, and kept from a client that did not ask", () => {
    const result = carryOut({ run, stream: true, scripts: [counted] });
    expect(result.told).toEqual(["begin 200 by a at attempt 1", "data", `end for ${COST}`]);
    expect(JSON.parse(result.transport.calls[0]?.call.body.toString() ?? "")).toMatchObject({ usage: true });
    expect(result.text()).not.toContain("prompt_tokens");
    expect(result.text()).toContain("[DONE]");
  });

  test("is passed on to one that did", () => {
    const result = carryOut({ run, stream: true, request: { usageAsked: true }, scripts: [counted] });
    expect(result.text()).toContain("prompt_tokens");
  });
});

describe("a judge", () => {
  const run = cascade([call("a"), judged("d", 0.7)], [call("b")]);

  test("is asked about the answer, with its prompt and what the user said last", () => {
    const json = () => ({
      messages: [
        { role: "user", content: "Old." },
        { role: "user", content: [{ type: "text", text: "What is it?" }] },
        { role: "assistant", content: "Hm." },
      ],
    });
    const result = carryOut({
      run,
      request: { json, needs: 1 },
      scripts: [saying({ content: "It is." }), answer(chatCompletion("0.9"))],
    });
    expect(result.tried()).toEqual(["a", "d"]);
    expect(JSON.parse(result.transport.calls[1]?.call.body.toString() ?? "")).toEqual({
      model: "upstream-name",
      messages: [
        { role: "system", content: "How good?" },
        { role: "user", content: "<request>\nWhat is it?\n</request>\n<answer>\nIt is.\n</answer>" },
      ],
    });
    expect(result.told).toEqual([`whole 200 by a at attempt 2 for ${COST}`]);
  });

  test.each([
    ["0.7", true],
    ["I would say .75, as it is short.", true],
    ["1", true],
    ["0.69", false],
    ["9 of 10", false],
    ["-1", false],
    ["good", false],
  ])("that says `%s` lets it pass: %s", (said, expected) => {
    const result = carryOut({ run, scripts: { a: answer(), b: answer(), d: answer(chatCompletion(said)) } });
    expect(result.tried()).toEqual(expected ? ["a", "d"] : ["a", "d", "b"]);
  });

  test("that fails does not accept, and nor does the opposite of what it would say", () => {
    const not: GateCondition = { kind: "not", of: [judged("d", 0.7)] };
    const result = carryOut({
      run: cascade([call("a"), not], [call("b")]),
      scripts: { a: answer(), b: answer(), d: failing(500) },
    });
    expect(result.told).toEqual([`whole 200 by b at attempt 3 for ${COST}`]);
  });

  test("is not asked where its answer changes nothing", () => {
    const scripts = { a: answer(), b: answer() };
    const either: GateCondition = { kind: "or", of: [judged("d", 0.7), NOT_REFUSED] };
    expect(carryOut({ run: cascade([call("a"), either], [call("b")]), scripts }).tried()).toEqual(["a"]);
    const both: GateCondition = { kind: "and", of: [judged("d", 0.7), isTrue("refused")] };
    expect(carryOut({ run: cascade([call("a"), both], [call("b")]), scripts }).tried()).toEqual(["a", "b"]);
  });

  test("is asked once, however often its score is tested", () => {
    const twice: GateCondition = { kind: "and", of: [judged("d", 0.5), judged("d", 0.6)] };
    const scripts = { a: answer(), d: answer(chatCompletion("0.6")) };
    expect(carryOut({ run: cascade([call("a"), twice], [call("b")]), scripts }).tried()).toEqual(["a", "d"]);
  });

  test("has the options of its own model, and tries again by them", () => {
    const models = {
      d: { with: { retries: 1, retry_on: ["server_error" as const], temperature: 0, max_tokens: 9, system: "Rhyme." } },
    };
    const scripts = [answer(), failing(500), answer(chatCompletion("0.8"))];
    const result = carryOut({
      run: cascade([call("a", { temperature: 2 }), judged("d", 0.7)], [call("b")]),
      models,
      scripts,
    });
    expect(result.tried()).toEqual(["a", "d", "d"]);
    const body = JSON.parse(result.transport.calls[1]?.call.body.toString() ?? "");
    expect(body).toMatchObject({ temperature: 0, max_tokens: 9, messages: [{ content: "How good?" }, {}] });
  });

  test("that cannot take so much text is no attempt, and does not accept", () => {
    const result = carryOut({ run, models: { d: { context: 20 } }, scripts: { a: answer(), b: answer() } });
    expect(result.tried()).toEqual(["a", "b"]);
  });

  test("that never stops talking is given up, and does not accept", () => {
    const endless: Script = steps(
      (events) => events.head(200, []),
      (events) => events.data(Buffer.alloc(HELD_BYTES + 1, 0x20)),
    );
    const result = carryOut({ run, scripts: { a: answer(), b: answer(), d: endless } });
    expect(result.tried()).toEqual(["a", "d", "b"]);
    expect(result.transport.calls[1]?.aborted).toBe(true);
  });

  test("is called off with the request", () => {
    const result = begin({ run, scripts: [answer(), silence] });
    result.clock.advance(1);
    result.execution.cancel();
    result.clock.run();
    expect(result.told).toEqual([]);
    expect(result.transport.calls[1]?.aborted).toBe(true);
  });
});

test("of cascades within cascades each gate has its say", () => {
  const inner = cascade([call("a"), NOT_REFUSED], [call("b")]);
  const outer = cascade([inner, text({ kind: "contains", text: "good" })], [call("c")]);
  const tried = (a: Said): readonly string[] =>
    carryOut({ run: outer, scripts: { a: saying(a), b: saying({ content: "good" }), c: answer() } }).tried();
  expect(tried({ content: "good" })).toEqual(["a"]);
  expect(tried({ content: "bad" })).toEqual(["a", "c"]);
  expect(tried({ refusal: "no" })).toEqual(["a", "b"]);
});

test("a refusal that an `else` around takes is a failure before it is an answer", () => {
  const run = on(cascade([call("a"), isTrue("refused")], [call("b")]), ["refused"], call("c"));
  const scripts = { a: saying({ refusal: "no" }), b: saying({ refusal: "no" }), c: answer() };
  expect(carryOut({ run, scripts }).tried()).toEqual(["a", "b", "c"]);
});
