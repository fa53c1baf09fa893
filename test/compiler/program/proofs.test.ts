import { describe, expect, it, test } from "vitest";
import { check } from "../../../compiler/index.ts";
import { expectClean, expectDiagnostic, findings, MODELS, REQUEST, spanned } from "../support.ts";
import { checked, programOf } from "./checked.ts";

const POLICY = `${REQUEST}${MODELS}
model home = lab "home-1" { context 8k  price free  residency eu  can [tools] }
budget month { per tenant  limit $500 per month }
signal pii bool = patterns [email]
let urgent = critical and pii
plan careful = small else home
route chat, "gpt-4o" {
  when urgent -> big
  otherwise -> careful
}
route * -> home
`;

/** The policy with one proof. */
function proving(body: string): string {
  return `${POLICY}prove it { ${body} }`;
}

/** Nothing is wrong with what it says, whether or not it holds. */
function expectUnderstood(source: string): void {
  expect(findings(source).filter((finding) => !finding.startsWith("RT4001 "))).toEqual([]);
}

/** What the policy's one proof came to. */
function proofOf(body: string) {
  return programOf({ "main.route": proving(body) }).proofs[0];
}

describe("a proof", () => {
  it.each([
    "always never big",
    "when region == eu and pii  every model is residency == eu",
    'on chat, "gpt-4o", * always no reject',
    "when month.used >= 90% and lab.health == down or urgent  never { big, home }",
    "always never { models where can tools }",
    "always every model is can tools and never big and never small",
    "when prompt_tokens <= 20k and max_tokens <= 2k  cost <= $2.50 and attempts <= 8 and providers >= 2 and time <= 30s",
  ])("may say: %s", (body) => {
    expectUnderstood(proving(body));
    expect(proofOf(body)).toBeDefined();
  });

  it("ranges over the routes that it names, or over all", () => {
    expect(proofOf("on chat, * always never big")?.on).toEqual(["chat", "*"]);
    expect(proofOf("always never big")).toMatchObject({ on: [], premise: { kind: "always" } });
  });

  it("has its claims in the units of the table, in order", () => {
    const claims = proofOf("always cost <= $2.50 and time <= 30s and attempts <= 8 and providers >= 2 and no reject");
    expect(claims?.claims.map(({ place, ...claim }) => claim)).toEqual([
      { kind: "cost", bound: 2.5e9 },
      { kind: "time", bound: 30_000 },
      { kind: "attempts", bound: 8 },
      { kind: "providers", bound: 2 },
      { kind: "no_reject" },
    ]);
  });

  it("names models one by one, however they were written", () => {
    const body = "always never big and never { small, home } and never { models where residency == eu }";
    expect(proofOf(body)?.claims).toMatchObject([
      { models: ["big"] },
      { models: ["small", "home"] },
      { models: ["home"] },
    ]);
  });

  it("knows where it and its claims stand", () => {
    const source = proving("always never big and cost <= $1");
    const proof = programOf({ "main.route": source }).proofs[0];
    const at = [proof, ...(proof?.claims ?? [])].map(
      (node) => node && source.slice(node.place.span.start, node.place.span.end),
    );
    expect(at).toEqual(["prove it", "never big", "cost <= $1"]);
  });
});

describe("a proof is about routes that exist", () => {
  it.each([
    ["on chatt always never big", "RT2001", "there is no route `chatt`", "did you mean `chat`?"],
    ['on "gpt-4" always never big', "RT2001", "there is no route `gpt-4`", "did you mean `gpt-4o`?"],
    ["on careful always never big", "RT2001", "there is no route `careful`", undefined],
    ["on chat, chat always never big", "RT2008", "`chat` is given twice", undefined],
  ])("%s", (body, code, message, help) => {
    expect(expectDiagnostic(proving(body), code, message).help).toBe(help);
  });

  it("`*` too", () => {
    const source = `${MODELS}route chat -> small\nprove it { on * always never big }`;
    expectDiagnostic(source, "RT2001", "there is no route `*`");
  });

  it("those of `route each` by the name that each has", () => {
    const source = `${MODELS}route each lab as "lab/*" -> model\n`;
    expectClean(`${source}prove it { on "lab/big-1" always never small }`);
    expectDiagnostic(`${source}prove it { on "lab/big" always never small }`, "RT2001", "there is no route `lab/big`");
  });

  it("and of a `route each` that could not be understood nothing is known", () => {
    const source = `${MODELS}route chat -> small\nroute each lbb as "lab/*" -> model\n`;
    expectDiagnostic(`${source}prove it { on "lab/big-1" always never small }`, "RT2001", "`lbb` is not declared");
  });
});

describe("a claim has one form", () => {
  it.each([
    ["cost < $1", "RT1001", "`cost` is claimed with `<=`, not `<`", "<"],
    ["attempts >= 3", "RT1001", "`attempts` is claimed with `<=`, not `>=`", ">="],
    ["providers <= 3", "RT1001", "`providers` is claimed with `>=`, not `<=`", "<="],
    ["providers == 2", "RT1001", "`providers` is claimed with `>=`, not `==`", "=="],
    ["time > 3s", "RT1001", "`time` is claimed with `<=`, not `>`", ">"],
    ["cost <= 1", "RT2003", "this is a whole number: expected an amount", "1"],
    ["attempts <= 8s", "RT2003", "this is a duration: expected a whole number", "8s"],
    ["attempts <= -1", "RT2004", "expected at least `0`", "-1"],
    ["providers >= 0", "RT2004", "expected at least `1`", "0"],
    ["time <= 30", "RT2003", "expected a duration", "30"],
    ["time <= soon", "RT2003", "`soon` is a word: expected a duration", "soon"],
    ["cost <= $1 and cost <= $2", "RT2008", "`cost` is claimed twice", "cost <= $2"],
    ["no reject and no reject", "RT2008", "`no reject` is claimed twice", "no reject"],
    ["never bgi", "RT2001", "`bgi` is not declared: expected a model", "bgi"],
    ["never careful", "RT2011", "`careful` is a plan: expected a model", "careful"],
    ["never model", "RT2011", "`model` is the name that a request asks for", "model"],
    ["never { big, bgi }", "RT2001", "`bgi` is not declared: expected a model", "bgi"],
    ["never { models where quality > 0.9 }", "RT3007", "there is no model where `quality > 0.9`", "quality > 0.9"],
    ["every model is tier == pro", "RT2001", "`tier` is no fact of a model", "tier"],
    ["every model is can fly", "RT2005", "`fly` is no capability", "fly"],
  ])("%s", (claim, code, message, at) => {
    const source = proving(`always ${claim}`);
    expect(spanned(source, expectDiagnostic(source, code, message))).toBe(at);
  });

  it("a second `every` or `never` says more, and a second mistake is one more message", () => {
    expectUnderstood(proving("always every model is can tools and every model is residency == eu"));
    const { diagnostics } = check({ text: proving("always cost <= 1 and time <= 2") });
    expect(diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
      "RT2003",
      "RT2003",
    ]);
  });
});

describe("the premise", () => {
  it("is a condition over attributes, signals and state", () => {
    expectDiagnostic(proving("when teir == pro never big"), "RT2001", "`teir` is not declared");
    expectDiagnostic(proving("when tier == gold never big"), "RT2005", "`gold` is not a member");
    expectDiagnostic(proving("when can tools never big"), "RT2011", "`can` is asked of models");
  });

  test("is no rule: an attribute that only a proof tests is still one that no rule tests", () => {
    const source = `request { vip bool from claim "vip" default false }\n${MODELS}route chat -> small\n`;
    const unused = (text: string) =>
      check({ text }).diagnostics.flatMap(({ code, message }) => (code === "RT5001" ? [message] : []));
    expect(unused(`${source}prove it { when vip never big }`)).toEqual(["no rule tests the attribute `vip`"]);
    expect(unused(`${source}let first = vip\nprove it { when first never big }`)).toEqual([]);
  });

  test("but what a proof names is used: to remove it would break the proof", () => {
    const { diagnostics } = check({ text: `${MODELS}route chat -> small\nprove it { always never big }` });
    expect(diagnostics.filter(({ code }) => code === "RT5001")).toEqual([]);
  });
});

test("a faulty proof is left out, and the others stay", () => {
  const { program } = checked({
    "main.route": `${proving("on chatt always never big")}\nprove other { always never big }`,
  });
  expect(program.proofs.map(({ name }) => name)).toEqual(["other"]);
});

test("an imported file's proofs are part of the program", () => {
  const files = {
    "main.route": 'import "./models.route"\nroute chat -> small',
    "models.route": `${MODELS}prove it { on chat always never big }`,
  };
  expect(programOf(files).proofs).toMatchObject([{ name: "it", place: { file: "models.route" } }]);
});
