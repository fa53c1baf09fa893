import { describe, expect, it } from "vitest";
import { changes, differenceOf, MODELS, REQUEST, route } from "./support.ts";

const policy = (request: string, rules: string) => `request { ${request} }\n${MODELS}\nroute chat {\n${rules}\n}\n`;

describe("a request that is decided differently", () => {
  it("is shown, one for each kind of change", () => {
    expect(
      changes(
        route("when tier == pro -> big\nwhen critical -> other\notherwise -> small"),
        route("when tier in { pro, enterprise } -> big\nwhen critical -> big\notherwise -> small"),
      ),
    ).toEqual([
      "other → big: send chat { tier enterprise, critical true }",
      "small → big: send chat { tier enterprise, critical false }",
    ]);
  });
  it("says no more than matters", () => {
    expect(
      changes(
        route("when weight > 10 and critical -> big\notherwise -> small"),
        route("when weight > 10 -> big\notherwise -> small"),
      ),
    ).toEqual(["small → big: send chat { critical false, weight 11 }"]);
  });
  it("is found at the edge of a number", () => {
    expect(
      changes(
        route("when weight < 5 -> small\notherwise -> big"),
        route("when weight <= 5 -> small\notherwise -> big"),
      ),
    ).toEqual(["big → small: send chat { weight 5 }"]);
  });
  it("is found in texts, where prefixes and regular expressions meet", () => {
    expect(
      changes(
        route('when tenant starts_with "eu-" -> small\notherwise -> big'),
        route("when tenant matches /^eu-[a-z]/ -> small\notherwise -> big"),
      ),
    ).toEqual(['small → big: send chat { tenant "eu-" }']);
  });
  it("may depend on signals and state", () => {
    const declarations = "budget month { limit $100 per month }\nsignal pii bool = patterns [email]\n";
    expect(
      changes(
        route("when pii and month.used >= 90% -> small\notherwise -> big", declarations),
        route("when pii and month.used >= 95% -> small\notherwise -> big", declarations),
      ),
    ).toEqual(["small → big: send chat {}  given pii true  given month used 90%"]);
  });
});

describe("no difference is made", () => {
  it("by how a condition is written", () => {
    expect(
      changes(
        route("when not (tier == free or critical) -> big\notherwise -> small"),
        route("when paid { when not critical -> big }\notherwise -> small", "let paid = tier in { pro, enterprise }"),
      ),
    ).toEqual([]);
  });
  it("by the order of rules that do not meet", () => {
    expect(
      changes(
        route("when tier == free -> small\nwhen tier == pro -> big\notherwise -> other"),
        route("when tier == pro -> big\nwhen tier == free -> small\notherwise -> other"),
      ),
    ).toEqual([]);
  });
  it("by a match in place of rules", () => {
    expect(
      changes(
        route("when tier == free and critical -> big\nwhen tier == free -> small\notherwise -> other"),
        route("match tier, critical { free, true -> big\n free, _ -> small\n _, _ -> other }"),
      ),
    ).toEqual([]);
  });
});

describe("the same request", () => {
  it("may be refused by one side, which is told of values", () => {
    expect(
      changes(
        policy('tier free | pro from header "t" default free', "when tier == free -> small\notherwise -> big"),
        policy('tier free | team from header "t" default free', "when tier == free -> small\notherwise -> big"),
      ),
    ).toEqual([
      "400, `tier` has no such value → big: send chat { tier team }",
      "big → 400, `tier` has no such value: send chat { tier pro }",
    ]);
  });
  it("or by what it does not give", () => {
    expect(
      changes(
        policy('a bool from header "a" default true', "otherwise -> small"),
        policy('a bool from header "a"', "otherwise -> small"),
      ),
    ).toEqual(["small → 400, `a` is missing: send chat {}"]);
    expect(changes(policy("", "otherwise -> small"), policy('a bool from header "a"', "otherwise -> small"))).toEqual([
      "small → 400, `a` is missing: send chat {}",
    ]);
  });
  it("is taken for the default of either side", () => {
    const rules = "when tier == pro -> big\notherwise -> small";
    expect(
      changes(
        policy('tier free | pro from header "t" default free', rules),
        policy('tier free | pro from header "t" default pro', rules),
      ),
    ).toEqual(["small → big: send chat {}"]);
  });
  it("has two values of an attribute that is something else now", () => {
    expect(
      changes(
        policy('vip bool from header "vip" default false', "when vip -> big\notherwise -> small"),
        policy('vip int from header "vip" default 0', "when vip > 3 -> big\notherwise -> small"),
      ),
    ).toEqual([
      "big → small: send chat { vip (before) true, vip (after) 0 }",
      "small → big: send chat { vip (before) false, vip (after) 4 }",
    ]);
  });
  it("has spent the same of a budget, whatever its limit", () => {
    const rules = "when month.used >= 90% -> small\notherwise -> big";
    expect(
      changes(
        route(rules, "budget month { limit $100 per month }"),
        route(rules, "budget month { limit $200 per month }"),
      ),
    ).toEqual(["small → big: send chat {}  given month.spent $90"]);
    const full = "when month.used == 100% -> small\notherwise -> big";
    expect(
      changes(
        route(full, "budget month { limit $200 per month }"),
        route(full, "budget month { limit $100 per month }"),
      ),
    ).toEqual(["big → small: send chat {}  given month.spent $100"]);
  });
  it("has the same value of a signal, as far as the signal has it on both sides", () => {
    const rules = "when tongue == de -> big\notherwise -> small";
    expect(
      changes(
        route(rules, "signal tongue de | other = language"),
        route(rules, "signal tongue de | fr | other = language"),
      ),
    ).toEqual(["`tongue` has no such value → small: send chat {}  given tongue fr"]);
  });
  it("is for a caller that may call the route", () => {
    const open = "otherwise -> small";
    expect(changes(route(open), route(`for tier == pro\n${open}`))).toEqual([
      "small → 404, the route is not for this caller: send chat { tier free }",
    ]);
  });
});

it("what takes more than the bound allows is said to be undecided, and to be changed", () => {
  const containing = (letters: string) => {
    const tests = [...letters].map((letter) => `tenant contains "${letter}${letter}"`);
    return route(`when ${tests.join(" or ")} -> big\notherwise -> small`);
  };
  expect(differenceOf(containing("abcdefg"), containing("abcdefg")).verdict).toBe("equivalent");
  expect(differenceOf(containing("abcdefg"), containing("hijklmn"))).toMatchObject({
    verdict: "changed",
    undecided: [expect.stringMatching(/^what the rules say of `tenant`: /)],
  });
});

describe("names", () => {
  const named = (names: string, rules = "otherwise -> small") => `${REQUEST}${MODELS}route ${names} {\n${rules}\n}\n`;
  it("that only one of the two serves are told", () => {
    expect(differenceOf(named("chat, old"), named("chat, new_one")).names).toEqual({
      added: ["new_one"],
      removed: ["old"],
    });
  });
  it("may be served by `*`", () => {
    expect(differenceOf(named("chat, old"), named("*")).names).toEqual({ added: ["*"], removed: [] });
    expect(changes(`${named("chat")}route * -> big\n`, `${named("chat, x")}route * -> big\n`)).toEqual([
      "big → small: send x {}",
    ]);
  });
  it("decide within a route", () => {
    expect(changes(named("a, b"), named("a, b", 'when model == "b" -> big\notherwise -> small'))).toEqual([
      "small → big: send b {}",
    ]);
    const star = (name: string) =>
      `${REQUEST}${MODELS}route * {\nwhen model starts_with "${name}" -> big\notherwise -> small\n}\n`;
    expect(changes(star("gpt"), star("gpt-4"))).toEqual(["big → small: send gpt {}"]);
  });
  it("may be those of all models of a provider", () => {
    const each = (rest: string) => `${named("chat")}route each lab as "lab/*" -> model ${rest}\n`;
    expect(changes(each(""), each("with { timeout 3s }"))).toHaveLength(3);
    expect(differenceOf(named("chat"), each("")).names.added).toEqual(["lab/small-1", "lab/big-1", "lab/other-1"]);
  });
  it("of several routes share a kind of change", () => {
    const routes = (run: string) => `${named("a", `otherwise -> ${run}`)}route b -> ${run}\n`;
    expect(differenceOf(routes("small"), routes("big")).decisions.map(({ names }) => names)).toEqual([["a", "b"]]);
  });
});
