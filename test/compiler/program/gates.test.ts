import { describe, expect, it } from "vitest";
import { expectClean, expectDiagnostic, spanned, tableOf } from "../support.ts";

/** `sure` gives log-probabilities, `small` and `big` do not. */
const DECLARED = `
request { tier free | pro from header "x-tier" default free }
signal rude bool = keywords ["hey"]
let paying = tier == pro
provider lab { protocol simulated }
model small = lab "small-1" { context 8k  price free }
model big = lab "big-1" { context 8k  price free }
model sure = lab "sure-1" { context 8k  price free  can [tools, logprobs] }
`;

const cascade = (steps: string): string => `${DECLARED}plan careful = cascade { ${steps} }\nroute chat -> careful`;
const policy = (gate: string, step = "sure"): string => cascade(`${step} accept when ${gate}\n big`);

/** What the table has for the gate of the first step. */
function lowered(gate: string): unknown {
  const run = tableOf(policy(gate)).plans[0]?.run;
  return run?.kind === "cascade" ? run.steps[0]?.accept : undefined;
}

const test = (fact: string, test: object): object => ({ kind: "test", fact, test });

describe("a gate", () => {
  it.each([
    ["refused", test("refused", { kind: "true" })],
    ["not refused", { kind: "not", of: [test("refused", { kind: "true" })] }],
    ["valid_json == false", { kind: "not", of: [test("valid_json", { kind: "true" })] }],
    ["confidence >= 0.8", test("confidence", { kind: "interval", from: { value: 0.8, included: true } })],
    ["output_tokens < 2k", test("output_tokens", { kind: "interval", to: { value: 2_000, included: false } })],
    ["finish == stop", test("finish", { kind: "members", members: ["stop"] })],
    ['answer == "yes"', test("answer", { kind: "equals", text: "yes" })],
    ['answer starts_with "{"', test("answer", { kind: "prefix", text: "{" })],
    [
      "refused or (valid_json and refused)",
      {
        kind: "or",
        of: [
          test("refused", { kind: "true" }),
          { kind: "and", of: [test("valid_json", { kind: "true" }), test("refused", { kind: "true" })] },
        ],
      },
    ],
  ])("%s", (gate, expected) => expect(lowered(gate)).toEqual(expected));

  it("matches regular expressions as automata", () => {
    expect(lowered("answer matches /^a$/")).toEqual(
      test("answer", expect.objectContaining({ kind: "regex", source: "/^a$/", states: expect.any(Array) })),
    );
  });

  it("has the text of a judge's prompt, and the judge in the table", () => {
    const source = policy('judge(small, "./rubric.md") >= 0.7');
    expect(tableOf(source).plans[0]?.run).toMatchObject({
      steps: [
        { accept: { fact: "judge", judge: { model: "small", prompt: "How good is this answer, from 0 to 1?" } } },
        {},
      ],
    });
    expect(tableOf(source).models.map(({ name }) => name)).toEqual(["small", "big", "sure"]);
  });

  it.each([
    ["tier == free", "RT2011", "tier", "`tier` is an attribute: a gate tests the answer"],
    ["rude", "RT2011", "rude", "`rude` is a signal"],
    ["paying", "RT2011", "paying", "`paying` is a `let`"],
    ["small", "RT2011", "small", "`small` is a model"],
    ["prompt_tokens > 3", "RT2001", "prompt_tokens", "`prompt_tokens` is nothing that a gate sees"],
    ["confidense > 0.3", "RT2001", "confidense", "`confidense` is nothing that a gate sees"],
    ["can tools", "RT2011", "can tools", "`can` is asked of models, not of answers"],
    ["confidence", "RT2003", "confidence", "`confidence` is not a bool"],
    ['judge(small, "./rubric.md")', "RT2003", 'judge(small, "./rubric.md")', "`judge` is not a bool"],
    ["confidence > 80%", "RT2003", "80%", "expected a score"],
    ["confidence > 1.5", "RT2004", "1.5", "out of range"],
    ["output_tokens > -1", "RT2004", "-1", "expected at least `0`"],
    ["finish == stopped", "RT2005", "stopped", "expected one of `stop`, `length`, `tools`, `filtered`"],
    ["answer matches /(a)\\1/", "RT2012", "\\1", "refers back to a group"],
    ["refused > 3", "RT2003", "refused > 3", "`>` compares numbers"],
    ['judge(nobody, "./rubric.md") > 0.5', "RT2001", "nobody", "`nobody` is not declared: expected a model"],
    ['judge(model, "./rubric.md") > 0.5', "RT2011", "model", "expected a model"],
    ['judge(small, "./gone.md") > 0.5', "RT2009", '"./gone.md"', "there is no such file"],
    ['judge(small, "./blank.md") > 0.5', "RT2017", '"./blank.md"', "is empty"],
  ])("cannot be %s: %s at `%s`", (gate, code, place, message) => {
    const source = policy(gate);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });

  it("says what it sees where nothing near is meant", () => {
    expect(expectDiagnostic(policy("tier == free"), "RT2011", "").help).toBe(
      'a gate sees the answer only: `confidence`, `refused`, `valid_json`, `finish`, `output_tokens`, `answer` and `judge(model, "file")`',
    );
    expect(expectDiagnostic(policy("refuse"), "RT2001", "").help).toBe("did you mean `refused`?");
  });
});

describe("the steps of a cascade", () => {
  it("have gates, all but the last", () => {
    expectDiagnostic(cascade("small big"), "RT3008", "every step of a `cascade` but the last has a gate");
    expectDiagnostic(
      cascade("small accept when refused\nbig accept when refused"),
      "RT3008",
      "the last step of a `cascade` has no gate",
    );
    expectDiagnostic(cascade(""), "RT3007", "this `cascade` has no step");
    expectDiagnostic(cascade("small"), "RT3015", "a `cascade` of one step is that step");
    expectClean(cascade("small accept when not refused\nreject 503"));
  });

  it.each(["reject 503", '(reject 503 "no")', "no", "(no)"])("have something to test: %s has not", (step) => {
    const source = `${cascade(`${step} accept when refused\n big`)}\nplan no = reject 403`;
    expect(spanned(source, expectDiagnostic(source, "RT3008", "this step only rejects"))).toBe(step);
  });
});

describe("confidence", () => {
  it.each([
    ["a model", "small", "`small` gives"],
    ["one of a chain", "(sure else small)", "`small` gives"],
    ["one of a selector", "cheapest { sure, big, small }", "`big`, `small` give"],
    ["one of a selected set", "best { models where residency == eu or provider == lab }", "`small`, `big` give"],
    ["one of a spread", "spread { sure, small }", "`small` gives"],
    ["one of an adaptive order", "adaptive { sure, small } by { cost 1 }", "`small` gives"],
    ["one of a split", "split { 90% sure, 10% small }", "`small` gives"],
    ["one of a hedge", "hedge { sure after 1s small }", "`small` gives"],
    ["one of a cascade within", "cascade { small accept when not refused  sure }", "`small` gives"],
    ["one of a plan", "inner", "`small` gives"],
    ["one of a plan that a plan names", "outer", "`small` gives"],
  ])("needs log-probabilities: of %s", (_, step, message) => {
    const source = `${policy("not refused and (confidence >= 0.8 or confidence >= 0.5)", step)}
plan outer = inner with { timeout 3s }
plan inner = sure else on timeout small`;
    expect(spanned(source, expectDiagnostic(source, "RT2016", `${message} no \`confidence\``))).toBe("confidence");
  });

  it("is there where every model of the step gives them, whatever judges and later steps give", () => {
    expectClean(policy('confidence >= 0.8 and judge(small, "./rubric.md") > 0.5', "(sure else reject 503)"));
  });

  it("is not spoken of where what is faulty may be what a model gives", () => {
    const source = policy("confidence >= 0.8").replace("can [tools, logprobs]", "cn [tools, logprobs]");
    expectDiagnostic(source, "RT2006", "no field `cn`");
  });

  it("points at the models that do not say so", () => {
    const { related } = expectDiagnostic(policy("confidence >= 0.8", "small"), "RT2016", "");
    expect(related?.map(({ message }) => message)).toEqual(["`small` does not say that it can"]);
  });
});
