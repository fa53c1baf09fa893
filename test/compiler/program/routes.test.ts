import { describe, expect, it } from "vitest";
import { expectClean, expectDiagnostic, MODELS, REQUEST, tableOf } from "../support.ts";

function policy(settings: string, rules = "otherwise -> small"): string {
  return `${REQUEST}${MODELS}route chat {\n${settings}\n${rules}\n}`;
}

describe("settings of a route", () => {
  it("are in the table", () => {
    const [route] = tableOf(policy("for tier == pro\nstrict\ndeadline 30s\nreuse 5m per tenant")).routes;
    expect(route).toMatchObject({
      for: [{ tier: [[1, 1]] }],
      strict: true,
      deadline: 30_000,
      reuse: { for: 300_000, per: ["tenant"] },
    });
  });

  it.each([
    ["strict\nstrict", "RT2008", "`strict` is given twice"],
    ["deadlne 30s", "RT2006", "a route has no setting `deadlne`"],
    ["deadline 30", "RT2003", "expected a duration"],
    ["reuse 5m per tennant", "RT2001", "`tennant` is not declared"],
    ["for weight > 3", "RT2011", "`weight` cannot be tested here"],
    ["for stream", "RT2011", "`stream` cannot be tested here"],
  ])("refuse `%s`", (settings, code, message) => {
    expectDiagnostic(policy(settings), code, message);
  });
});

describe("`for`", () => {
  it("says which requests the rules are about", () => {
    expectClean(policy("for tier in { free, pro }", "when tier == free -> small\nwhen tier == pro -> big"));
    expectDiagnostic(
      policy("for tier in { free, pro }", "when tier == enterprise -> big\notherwise -> small"),
      "RT3002",
      "can never match",
    );
  });

  it("leaves what it allows to be decided", () => {
    const { witness } = expectDiagnostic(
      policy("for tier in { free, pro }", "when tier == free -> small"),
      "RT3001",
      "does not decide every request",
    );
    expect(witness?.attributes).toEqual({ tier: "pro" });
  });
});

describe("`route each`", () => {
  const each = (pattern: string, run = "model else small"): string =>
    `${MODELS}route chat -> small\nroute each lab as "${pattern}" -> ${run}`;

  it("is one route for each model of the provider, which `model` stands for", () => {
    const { routes } = tableOf(each("lab/*"));
    expect(routes.map(({ names }) => names)).toEqual([["chat"], ["lab/small-1"], ["lab/big-1"]]);
    expect(routes.at(-1)?.rules[0]?.run).toMatchObject({ first: { kind: "call", model: "big" } });
  });

  it("yields to a route of the same name", () => {
    const source = `${MODELS}route "lab/big-1" -> small\nroute each lab as "lab/*" -> model`;
    expect(tableOf(source).routes.map(({ names }) => names[0])).toEqual(["lab/big-1", "lab/small-1"]);
  });

  it("does not share a name with another: neither provider would be meant", () => {
    const other = 'provider eu { protocol simulated }\nmodel far = eu "big-1" { context 8k  price free }';
    const twice = `${each("x/*")}\n${other}\nroute each eu as "x/*" -> model`;
    expectDiagnostic(twice, "RT2002", "`x/big-1` has a route already, from another `route each`");
  });

  it("needs one place for the model's name", () => {
    expectDiagnostic(each("lab/"), "RT2004", "has not one `*`");
    expectDiagnostic(each("*/*"), "RT2004", "has not one `*`");
  });

  it("is of a provider, and says what is wrong with its plan once", () => {
    expectDiagnostic(`${MODELS}route each big as "x/*" -> model`, "RT2011", "`big` is a model");
    expectDiagnostic(each("lab/*", "model else smal"), "RT2001", "`smal`");
  });
});
