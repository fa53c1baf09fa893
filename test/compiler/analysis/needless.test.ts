import { describe, expect, it } from "vitest";
import { check, type Diagnostic, overlaps } from "../../../compiler/index.ts";
import { route, spanned } from "../support.ts";

/** The warnings of what changes nothing, as `text: why`. */
function needless(rules: string): { source: string; found: Diagnostic[]; said: string[] } {
  const source = route(rules);
  const found = check({ text: source }).diagnostics.filter(({ code }) => code === "RT3009" || code === "RT3010");
  return { source, found, said: found.map((each) => `${spanned(source, each)}: ${each.message.split(": ")[1]}`) };
}

describe("a part of a condition that changes nothing", () => {
  it.each([
    ["weight > 5 and weight > 3", "weight > 3: another part says as much"],
    ["weight > 5 or weight > 7", "weight > 7: another part says as much"],
    ["critical and turns >= 0", "turns >= 0: it always holds"],
    ["critical or turns < 0", "turns < 0: it never holds"],
    ["critical and not (weight > 5 and weight > 3)", "weight > 3: another part says as much"],
    ['tenant starts_with "acme" and tenant contains "cm"', 'tenant contains "cm": another part says as much'],
  ])("`%s`", (condition, said) => {
    expect(needless(`when ${condition} -> big\notherwise -> small`).said).toEqual([said]);
  });

  it("because of earlier rules, which are shown", () => {
    const { said, found, source } = needless(
      "when critical -> big\nwhen tier == pro and not critical -> reject 429\notherwise -> small",
    );
    expect(said).toEqual(["not critical: an earlier rule takes all requests for which it would"]);
    expect(found[0]?.related?.map(({ span }) => source.slice(span.start, span.end))).toEqual(["when critical -> big"]);
    expect(found[0]?.fix?.unsafe).toBe(true);
  });

  it("because of its group", () => {
    expect(
      needless("when critical { when tier == pro and critical -> big\notherwise -> reject 429 }\notherwise -> small")
        .said,
    ).toEqual(["critical: what comes to this rule at all is so"]);
  });

  it("is removed with the word that joins it, where that is safe", () => {
    const { found, source } = needless("when weight > 3 and weight > 5 -> big\notherwise -> small");
    const [edit] = found[0]?.fix?.edits ?? [];
    expect(found[0]?.fix?.unsafe).toBeUndefined();
    expect(source.slice(edit?.span.start, edit?.span.end)).toBe("weight > 3 and ");
  });

  it.each([
    ["a whole condition", "when tier == free -> small\nwhen tier != free -> big"],
    ["a pattern of an arm", "match tier { free -> small\n pro -> big\n enterprise -> reject 429 }"],
  ])("is not %s, which says what is left", (_, rules) => expect(needless(rules).said).toEqual([]));
});

describe("a rule that repeats a later one", () => {
  it("is shown with the one that says the same", () => {
    const { said } = needless("when critical -> big\nwhen tier == pro -> small\notherwise -> small");
    expect(said).toEqual(["when tier == pro -> small: without it nothing would change"]);
  });
  it("is none where something else comes between", () => {
    expect(needless("when tier == pro -> small\nwhen critical -> big\notherwise -> small").said).toEqual([]);
  });
  it("is none where its `match` would not decide without it", () => {
    expect(
      needless("when critical { match tier { free -> big\n pro -> big\n enterprise -> small } }\notherwise -> big")
        .said,
    ).toEqual([]);
  });
});

describe("overlaps", () => {
  const pairs = (rules: string): string[] =>
    [...(overlaps({ text: route(rules) }).overlaps ?? [])].map(
      ({ first, second, witness }) => `${first} ${second} ${witness?.written[0]}`,
    );
  it("are of rules that run different things, with a request that both match", () => {
    expect(pairs("when critical -> big\nwhen tier == pro -> small\notherwise -> reject 429")).toEqual([
      "0 1 send chat { tier pro, critical true }",
    ]);
  });
  it("are none with what a rule is an exception from, nor where an earlier rule takes all of it", () => {
    expect(pairs("when tier == pro and critical -> big\nwhen tier == pro -> small\notherwise -> reject 429")).toEqual(
      [],
    );
    expect(
      pairs(
        "when critical and tier == pro -> small\nwhen critical -> big\nwhen tier == pro -> small\notherwise -> small",
      ),
    ).toEqual([]);
  });
});
