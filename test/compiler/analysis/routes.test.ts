import { describe, expect, it } from "vitest";
import { expectClean, expectDiagnostic, route, spanned } from "../support.ts";

describe("a route decides every request", () => {
  it("or shows one that it forgets", () => {
    const finding = expectDiagnostic(
      route("when tier == free -> small\nwhen tier == pro -> big"),
      "RT3001",
      "does not decide every request",
    );
    expect(finding.witness).toEqual({
      route: "chat",
      attributes: { tier: "enterprise" },
      written: ["send chat { tier enterprise }"],
    });
  });
  it("by enums and bools without `otherwise`", () => {
    expectClean(
      route("when tier in {free, pro} -> small\nwhen tier == enterprise and critical -> big\nwhen not critical -> big"),
    );
  });
  it("by numbers, where whole ones leave no gap and others do", () => {
    expectClean(route("when weight < 5 -> small\nwhen weight > 4 -> big"));
    const gap = expectDiagnostic(route("when risk < 0.5 -> small\nwhen risk > 0.5 -> big"), "RT3001", "");
    expect(gap.witness?.attributes).toEqual({ risk: 0.5 });
  });
  it("by texts", () => {
    const finding = expectDiagnostic(
      route('when tenant starts_with "a" -> small\nwhen not tenant starts_with "ab" and tenant != "b" -> big'),
      "RT3001",
      "",
    );
    expect(finding.witness?.attributes).toEqual({ tenant: "b" });
  });
  it("counted over the attribute's own range", () => {
    expectClean(route("when time.hour <= 11 -> small\nwhen time.hour in 12..23 -> big"));
    expectClean(route("when prompt_tokens >= 0 -> small"));
  });
  it("shows money in dollars", () => {
    const finding = expectDiagnostic(route("when spent < $2.50 -> small"), "RT3001", "");
    expect(finding.witness?.attributes).toEqual({ spent: 2.5 });
  });
  it("over the names that it serves", () => {
    const served = 'provider lab { protocol simulated }\nmodel m = lab "m" { context 1k price free }\n';
    expectClean(`${served}route a, b { when model == "a" -> m\nwhen model == "b" -> m with { timeout 3s } }`);
    expectDiagnostic(`${served}route a, b { when model == "a" -> m }`, "RT3001", "");
  });
});

describe("route *", () => {
  const served =
    'provider lab { protocol simulated }\nmodel m = lab "m" { context 1k price free }\nmodel n = lab "n" { context 1k price free }\n';
  it("is asked for no name that another route has", () => {
    expectClean(`${served}route * { when model != "x" -> m }\nroute "x" -> n`);
    expectDiagnostic(`${served}route * { when model == "x" -> m\notherwise -> n }\nroute "x" -> n`, "RT3002", "");
  });
});

describe("a match decides every request that reaches it", () => {
  it("and is over attributes, not over a `let`", () => {
    expectDiagnostic(
      `let x = critical\n${route("match x { true -> small\n false -> big }")}`,
      "RT2011",
      "`x` is a `let`",
    );
  });
  it("or shows the arm that is missing", () => {
    const source = route("match tier, critical { free, _ -> small\n _, true -> big\n pro, _ -> big }");
    const finding = expectDiagnostic(source, "RT3001", "this `match` does not decide");
    expect(finding.help).toContain("enterprise, false");
  });
  it("given what the rules before it took", () => {
    expectClean(route("when tier == enterprise -> big\nmatch tier { free -> small\n pro -> big }"));
  });
  it("and within its group", () => {
    expectClean(
      route("when tier == free { match tier, critical { free, true -> big\n _, false -> small } }\notherwise -> big"),
    );
    expectDiagnostic(
      route("when critical { match tier { free -> small } }\notherwise -> big"),
      "RT3001",
      "this `match`",
    );
  });
  it("with bands", () => {
    expectClean(route("match weight { < 0 -> small\n 0..9 -> big\n >= 10 -> small }"));
  });
});

describe("a rule that can never match", () => {
  it("is an error that names the fewest rules in its way", () => {
    const source = route(
      "when tier == free -> small\nwhen critical -> small\nwhen tier == pro -> big\nwhen tier in {free, pro} -> big\notherwise -> big",
    );
    const finding = expectDiagnostic(source, "RT3002", "this rule can never match");
    expect(spanned(source, finding)).toBe("when tier in {free, pro} -> big");
    expect(finding.related?.map(({ span }) => source.slice(span.start, span.end))).toEqual([
      "when tier == free -> small",
      "when tier == pro -> big",
    ]);
  });
  it("and those that take most of it come first", () => {
    const source = route(
      "when tier == pro and critical -> big\nwhen tier == free -> big\nwhen tier != free -> big\notherwise -> small",
    );
    const { related = [] } = expectDiagnostic(source, "RT3002", "this rule can never match");
    expect(related.map(({ span }) => source.slice(span.start, span.end))).toEqual([
      "when tier != free -> big",
      "when tier == free -> big",
    ]);
  });
  it("and where they run the same, also one that decides some of it otherwise", () => {
    const source = route(
      "when tier == free -> big\nwhen weight > 5 -> big\nwhen critical or not critical -> small\notherwise -> small",
    );
    const { related = [] } = expectDiagnostic(source, "RT3002", "this rule can never match");
    expect(related.map(({ span, message }) => [source.slice(span.start, span.end), message])).toEqual([
      ["when critical or not critical -> small", "takes them first"],
      ["when tier == free -> big", "takes some of them before, and runs something else"],
    ]);
  });
  it("because it contradicts itself", () => {
    expectDiagnostic(
      route("when tier == free and tier == pro -> small\notherwise -> big"),
      "RT3002",
      "contradicts itself",
    );
    expectDiagnostic(
      route("when weight > 5 and weight < 6 -> small\notherwise -> big"),
      "RT3002",
      "contradicts itself",
    );
  });
  it("counts for arms too", () => {
    expectDiagnostic(route("match tier { free -> small\n _ -> big\n pro -> small }"), "RT3002", "");
  });
});
