import { describe, expect, it } from "vitest";
import { load } from "../../../runtime/table/index.ts";
import { expectClean, expectDiagnostic, spanned, tableOf } from "../support.ts";

const DECLARED = `
request { tenant string from header "x-tenant" default "" }
provider lab { protocol simulated }
model a = lab "a-1" { context 8k  price free }
model b = lab "b-1" { context 8k  price free }
model c = lab "c-1" { context 8k  price free }
plan no = reject 403
plan spare = b else c
`;

const policy = (expression: string): string => `${DECLARED}plan main = ${expression}\nroute chat -> main`;

/** What the table has for a plan, in a table that loads. */
function lowered(expression: string): unknown {
  const table = tableOf(policy(expression));
  expect(() => load(JSON.parse(JSON.stringify(table)))).not.toThrow();
  return table.plans.find(({ name }) => name === "main")?.run;
}

const call = (model: string) => ({ kind: "call", model });

describe("an expression in the table", () => {
  it.each([
    ["cheapest { a, b }", { kind: "select", order: "cheapest", models: ["a", "b"] }],
    ["fastest { models where provider == lab }", { kind: "select", order: "fastest", models: ["a", "b", "c"] }],
    ["best { b, a }", { kind: "select", order: "best", models: ["b", "a"] }],
    ["least_busy { a }", { kind: "select", order: "least_busy", models: ["a"] }],
    [
      "spread { 70% a, 30% b } by tenant",
      {
        kind: "spread",
        name: "main",
        by: "tenant",
        sides: [
          { model: "a", share: 70 },
          { model: "b", share: 30 },
        ],
      },
    ],
    [
      "spread { a b }",
      {
        kind: "spread",
        name: "main",
        sides: [
          { model: "a", share: 50 },
          { model: "b", share: 50 },
        ],
      },
    ],
    [
      "adaptive { a, b } by { cost 0.5, errors 2 }",
      { kind: "adaptive", models: ["a", "b"], weights: { cost: 0.5, errors: 2 } },
    ],
    [
      "split { 99% a, 1% no } by tenant",
      {
        kind: "split",
        name: "main",
        by: "tenant",
        sides: [
          { share: 99, run: call("a") },
          { share: 1, run: { kind: "plan", plan: "no" } },
        ],
      },
    ],
    ["hedge { a after 2s b }", { kind: "hedge", first: call("a"), then: [{ after: 2_000, run: call("b") }] }],
    [
      "cascade { a accept when refused  b }",
      {
        kind: "cascade",
        steps: [
          { run: call("a"), accept: { kind: "test", fact: "refused", test: { kind: "true" } } },
          { run: call("b") },
        ],
      },
    ],
    [
      "cheapest { a, b } with { timeout 3s }",
      { kind: "select", order: "cheapest", models: ["a", "b"], with: { timeout: 3_000 } },
    ],
    ["a", call("a")],
  ])("%s", (expression, expected) => expect(lowered(expression)).toEqual(expected));

  it("has even shares that make 100", () => {
    const { sides } = lowered("spread { a, b, c }") as { sides: { share: number }[] };
    expect(sides.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100, 9);
  });

  it("draws within a side of a split by a name of its own, so that one draw does not decide the other", () => {
    expect(
      lowered("split { 50% a, 50% (b else split { 50% b, 50% spread { a, c } by tenant } by tenant) }"),
    ).toMatchObject({
      name: "main",
      sides: [{}, { run: { then: [{ run: { name: "main/2", sides: [{}, { run: { name: "main/2/2" } }] } }] } }],
    });
  });
});

describe("shares", () => {
  it.each([
    ["split { 90% a, 5% b }", "RT3006", "split", "the shares make `95%`: expected `100%`"],
    ["split { 90% a, 20% b }", "RT3006", "split", "the shares make `110%`"],
    ["split { }", "RT3006", "split", "the shares make `0%`"],
    ["spread { 60% a, 60% b }", "RT3006", "spread", "the shares make `120%`"],
    ["spread { 60% a, b, c }", "RT3006", "b", "`b`, `c` have no share, while others have"],
    ["spread { 60% a, b }", "RT3006", "b", "`b` has no share, while others have"],
    ["spread { }", "RT3007", "spread { }", "this `spread` has no model"],
    ["spread { 60% a, 40% a }", "RT2002", "a", "`a` is in the list already"],
    ["spread { 60% a, 40% spare }", "RT2011", "spare", "`spare` is a plan: expected a model"],
    ["spread { 0.6 a, 40% b }", "RT2003", "0.6", "this is a decimal number: expected a percentage"],
    ["split { 90 a, 10% b }", "RT2003", "90", "this is a whole number: expected a percentage"],
    ["split { 101% a }", "RT2004", "101%", "expected `1%` to `100%`"],
    ["split { 100% a, 0% b }", "RT2004", "0%", "expected `1%` to `100%`"],
    ["split { 12.5% a, 87% b }", "RT1002", "12.5%", "percents"],
    ["split { 100% a } by tenat", "RT2001", "tenat", "`tenat` is not declared: expected an attribute"],
    ["split { 100% a } by spare", "RT2011", "spare", "`spare` is a plan: expected an attribute"],
    ["split { 100% a } by model", "RT2011", "model", "`model` is built in"],
    ["adaptive { a } by { cots 1 }", "RT2006", "cots", "there is no weight `cots`: expected cost, latency, errors"],
    ["adaptive { a } by { cost 1 cost 2 }", "RT2008", "cost", "`cost` is given twice"],
    ["adaptive { a } by { cost -1 }", "RT2004", "-1", "expected at least `0`"],
    ["adaptive { a } by { cost 50% }", "RT2003", "50%", "expected a number such as `0.8`"],
    ["adaptive { a } by { cost 0 }", "RT2007", "adaptive", "has at least one weight above 0"],
    ["adaptive { a } by { }", "RT2007", "adaptive", "has at least one weight above 0"],
    ["hedge { a after 0s b }", "RT2004", "0s", "is out of range: expected `1ms`"],
    ["hedge { a after 2 b }", "RT2003", "2", "expected a duration"],
    ["model", "RT2011", "model", "`model` is the model asked for, in a `route each` only"],
  ])("%s is %s at `%s`", (expression, code, place, message) => {
    const source = policy(expression);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(place);
  });
});

describe("an `else`", () => {
  it.each([
    "cheapest { a, b } else c",
    "spread { a, b } else on refused c",
    "adaptive { a, b } by { cost 1 } else on over_budget, timeout c",
    "split { 50% a, 50% no } else c",
    "cascade { a accept when refused  b } else c",
    "hedge { a after 1s b } else c",
    "(a with { retries 3 on [timeout] }) else on timeout c",
  ])("can be taken after %s", (expression) => expectClean(policy(expression)));

  it.each([
    ["split { 50% no, 50% reject 503 } else c", "else c"],
    ["split { 50% (a else on failed reject 503), 50% no } else on timeout c", "else on timeout c"],
    ["cascade { a accept when refused  no } else c", "else c"],
    ["hedge { a after 1s no } else c", "else c"],
    ["(a else reject 503) else c", "else c"],
    ["no with { timeout 1s } else c", "else c"],
    // within
    ["split { 50% (no else b), 50% c }", "else b"],
    ["cascade { (no else b) accept when refused  c }", "else b"],
    ["cascade { a accept when refused  (no else b) }", "else b"],
    ["hedge { a after 1s b after 1s no else c }", "else c"],
    ["a else ((b else b) else on failed c)", "else on failed c"],
    // a side of a hedge
    ["hedge { no after 1s a }", "after 1s a"],
    ["hedge { a after 1s no after 1s b }", "after 1s b"],
  ])("can never be taken in %s: `%s`", (expression, place) => {
    const source = policy(expression).replace("b else b", "b else reject 503");
    const message = place.startsWith("after") ? "this side can never start" : "this `else` can never be taken";
    const finding = expectDiagnostic(source, "RT3004", message);
    expect(spanned(source, finding)).toBe(place);
    expect(finding.fix?.edits).toMatchObject([{ span: finding.span, text: "" }]);
  });
});

describe("a plan that leads back to itself", () => {
  it.each([
    "a else round",
    "split { 90% a, 10% round }",
    "cascade { a accept when refused  round }",
    "cascade { (a else round) accept when refused  b }",
    "hedge { a after 1s round }",
    "hedge { round after 1s a }",
    "((a else b) else round with { timeout 1s })",
  ])("through %s is told its way round", (expression) => {
    const source = `${policy(expression)}\nplan round = c else main`;
    expectDiagnostic(source, "RT3003", "`main` → `round` → `main`");
  });
});

describe("one mistake within", () => {
  it.each([
    ["split { 50% smal, 50% a } else c else b", "`smal` is not declared"],
    ["cascade { smal accept when refused  a }", "`smal` is not declared"],
    ["hedge { a after 1s smal }", "`smal` is not declared"],
    ["cheapest { smal } else c", "`smal` is not declared"],
  ])("%s is one message, whatever names the plan", (expression, message) => {
    expectDiagnostic(`${policy(expression)}\nplan outer = main else on timeout reject 504`, "RT2001", message);
  });
});
