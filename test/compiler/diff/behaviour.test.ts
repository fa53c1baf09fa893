import { describe, expect, it } from "vitest";
import { differenceOf, kinds, route } from "./support.ts";

/** The kinds of change between two plans `p`, with the declarations of models before and after. */
const between = (before: string, after: string, declarations: [string, string] = ["", ""]) =>
  kinds(
    differenceOf(
      route("otherwise -> p", `${declarations[0]}plan p = ${before}`),
      route("otherwise -> p", `${declarations[1]}plan p = ${after}`),
    ),
  );

describe("two plans do the same", () => {
  it.each([
    ["small else big", "(small else big)"],
    ["(small else big) else other", "small else big else other"],
    ["small else (big else other)", "small else big else other"],
    ["(small else big) with { timeout 3s }", "small with { timeout 3s } else big with { timeout 3s }"],
    ["(small with { timeout 3s }) with { timeout 9s }", "small with { timeout 3s }"],
    ["cheapest { small }", "small"],
    ["split { 50% small, 50% big }", "split { 50% small  50% big }"],
    ["small else on timeout, refused big", "small else on refused, timeout big"],
  ])("%s and %s", (before, after) => {
    expect(between(before, after)).toEqual([]);
  });
  it("under other names", () => {
    const inner = "plan inner = big else other\n";
    expect(
      kinds(
        differenceOf(
          route("otherwise -> inner", inner),
          route("otherwise -> outer", inner.replaceAll("inner", "outer")),
        ),
      ),
    ).toEqual([]);
    expect(
      between("big", "renamed", [
        "",
        'model renamed = lab "big-1" { context 128k output 8k price { input $1, output $4 } }\n',
      ]),
    ).toEqual([]);
    expect(between("inner else small", "big else other else small", [inner, ""])).toEqual([]);
  });
});

describe("two plans do not do the same", () => {
  it.each([
    ["small else big", "big else small"],
    ["small else big", "small else on timeout big"],
    ["small else on timeout (big else other)", "small else on timeout big else other"],
    ["small", "small with { timeout 3s }"],
    ["small with { retries 2 on [timeout] }", "small with { retries 2 }"],
    ["split { 50% small, 50% big }", "split { 40% small, 60% big }"],
    ["cheapest { small, big }", "fastest { small, big }"],
    ["small", 'reject 429 "no"'],
    ["reject 429", "reject 503"],
    ["hedge { small after 1s big }", "hedge { small after 2s big }"],
    ["cascade { small accept when refused  big }", "cascade { small accept when not refused  big }"],
  ])("%s and %s", (before, after) => {
    expect(between(before, after)).toEqual(["p → p"]);
  });
  it("when one model of a name is another now", () => {
    const model = (upstream: string) => `model m = lab "${upstream}" { context 1k price free }\n`;
    const { decisions } = differenceOf(route("otherwise -> m", model("one")), route("otherwise -> m", model("two")));
    expect(decisions.map(({ redefined }) => redefined)).toEqual([
      [{ name: "m", before: 'lab "one"', after: 'lab "two"' }],
    ]);
  });
  it("when their sticky draw has another name", () => {
    const drawn = (name: string) =>
      route(`otherwise -> ${name}`, `plan ${name} = split { 50% small, 50% big } by tenant`);
    expect(kinds(differenceOf(drawn("a"), drawn("b")))).toEqual(["a → b"]);
  });
});

describe("two models of one provider and upstream id", () => {
  const twins = (quick: string, slow: string) =>
    `model quick = lab "x" { context 1k price free with { timeout ${quick} } }\nmodel slow = lab "x" { context 1k price free with { timeout ${slow} } }\n`;
  it("are told apart by their facts", () => {
    expect(
      kinds(
        differenceOf(route("otherwise -> quick", twins("1s", "9s")), route("otherwise -> slow", twins("1s", "9s"))),
      ),
    ).toEqual(["quick → slow"]);
    expect(
      kinds(
        differenceOf(route("otherwise -> quick", twins("1s", "9s")), route("otherwise -> slow", twins("9s", "1s"))),
      ),
    ).toEqual([]);
  });
  it("of which one has other facts now are still two", () => {
    const { decisions, beside } = differenceOf(
      route("when critical -> quick\notherwise -> slow", twins("1s", "9s")),
      route("when critical -> quick\notherwise -> slow", twins("2s", "9s")),
    );
    expect(decisions).toEqual([]);
    expect(beside).toMatchObject([{ kind: "model", name: "quick", field: "with.timeout", before: 1000, after: 2000 }]);
  });
});
