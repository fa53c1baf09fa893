import { describe, expect, it } from "vitest";
import { besideText } from "../../../compiler/diff/wording.ts";
import { differenceOf, route } from "./support.ts";

/** What differs beside decisions, of which none does. */
const beside = (before: string, after: string, rules = "otherwise -> small") => {
  const difference = differenceOf(route(rules, before), route(rules, after));
  expect(difference.decisions).toEqual([]);
  return difference.beside.map(besideText);
};

const model = (facts: string) => `model m = lab "m" { context 8k price { input $1, output $2 } ${facts} }`;

describe("beside decisions", () => {
  it.each([
    [model("output 1k"), model("output 2k"), "model m: output 1000 → 2000"],
    [model("output 1k"), model("output 1k").replace("$1", "$1.50"), "model m: price.input $1 → $1.50"],
    [model("output 1k"), model("output 1k residency eu"), "model m: residency none → eu"],
    [model("output 1k"), model("output 1k with { timeout 20s }"), "model m: with.timeout none → 20s"],
    ["budget b { limit $500 per month }", "budget b { limit $2k per month }", "budget b: limit $500 → $2000"],
    ["", "budget b { limit $500 per month }", "budget b: added"],
    ["limit l { allow 5 requests per hour }", "", "limit l: removed"],
    [
      "limit l { for tier == pro  allow 5 requests per hour }",
      "limit l { for tier != free  allow 5 requests per hour }",
      "limit l: for some requests → other requests",
    ],
    ['signal s bool = keywords ["a"]', 'signal s bool = keywords ["b"]', 'signal s: source.words ["a"] → ["b"]'],
    ["", 'time zone "Europe/Warsaw"', "program: time zone UTC → Europe/Warsaw"],
  ])("%s and %s", (before, after, said) => {
    expect(beside(before, after)).toEqual([said]);
  });

  it("are the settings of routes", () => {
    const settings = (before: string, after: string) =>
      differenceOf(route(`${before}\notherwise -> small`), route(`${after}\notherwise -> small`)).beside.map(
        besideText,
      );
    expect(settings("", "deadline 30s\nstrict")).toEqual([
      "route chat: strict false → true",
      "route chat: deadline 10m → 30s",
    ]);
    expect(settings("reuse 5m per tenant", "reuse 1h per tenant")).toEqual(["route chat: reuse.for 5m → 1h"]);
  });

  it("are declarations of attributes", () => {
    const text = route("otherwise -> small");
    const changed = text.replace('from header "x-tenant"', 'from claim "org"');
    expect(differenceOf(text, changed).beside.map(besideText)).toEqual([
      'attribute tenant: from header "x-tenant" → claim "org"',
    ]);
    const added = text.replace("request {", 'request { vip bool from header "vip" default false\n');
    expect(differenceOf(text, added).beside.map(besideText)).toEqual(["attribute vip: added"]);
  });

  it("is no difference where a meter counts the same requests in other words", () => {
    expect(
      beside(
        "limit l { for not (tier == free)  allow 5 requests per hour }",
        "limit l { for tier in { pro, enterprise }  allow 5 requests per hour }",
      ),
    ).toEqual([]);
  });
});

describe("a budget that begins anew is a warning", () => {
  const warnings = (before: string, after: string) =>
    differenceOf(route("otherwise -> small", before), route("otherwise -> small", after)).warnings;
  it("when it is renamed", () => {
    expect(warnings("budget a { limit $5 per day }", "budget b { limit $6 per day }")).toEqual([
      "budget `a` is gone and `b` is like it: if that is a new name, what was spent so far is forgotten",
    ]);
    expect(warnings("budget a { limit $5 per day }", "budget b { limit $5 per month }")).toEqual([]);
  });
  it("when its keys or its window are others", () => {
    const forgotten = ["budget `a` has other keys or another window: what was spent so far is forgotten"];
    expect(warnings("budget a { limit $5 per day }", "budget a { per tenant limit $5 per day }")).toEqual(forgotten);
    expect(warnings("budget a { limit $5 per day }", "budget a { limit $5 per month }")).toEqual(forgotten);
    expect(warnings("budget a { limit $5 per day }", "budget a { limit $9 per day }")).toEqual([]);
  });
  it("when its window is one of the calendar, and the time zone another", () => {
    const budgets = "budget a { limit $5 per day }\nbudget b { limit $5 per 24h }";
    expect(warnings(budgets, `time zone "Europe/Warsaw"\n${budgets}`)).toEqual([
      "budget `a` has its window in another time zone: what was spent so far is forgotten",
    ]);
  });
});

describe("the verdict", () => {
  const verdict = (before: string, after: string) => differenceOf(before, after).verdict;
  it.each([
    ["otherwise -> big", "otherwise -> big", "equivalent"],
    ["otherwise -> big", "otherwise -> other", "costlier"],
    ["otherwise -> other", "otherwise -> big", "cheaper"],
    ["when critical -> big\notherwise -> other", "when critical -> other\notherwise -> big", "changed"],
    ["otherwise -> big", "otherwise -> big else big with { retries 1 }", "costlier"],
    ["otherwise -> big", "otherwise -> big with { max_tokens 1 }", "cheaper"],
    ["otherwise -> big", "otherwise -> small", "changed"],
    ["otherwise -> big", "otherwise -> reject 429", "changed"],
    ["otherwise -> big", "otherwise -> big with { timeout 1s }", "changed"],
    ["otherwise -> big", "deadline 1s\notherwise -> big", "changed"],
  ])("of %s and %s is %s", (before, after, expected) => {
    expect(verdict(route(before), route(after))).toBe(expected);
  });
  it("tells of prices", () => {
    const text = route("otherwise -> big");
    expect(verdict(text, text.replace("$1,", "$2,"))).toBe("costlier");
    expect(verdict(text, text.replace("$1,", "$0.50,"))).toBe("cheaper");
  });
});
