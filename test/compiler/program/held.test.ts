/** An `else` behind a `hedge`: where its answer is held, one side that breaks off fails it alone. */
import { describe, expect, it, test } from "vitest";
import { check } from "../../../compiler/index.ts";

const MODELS = `
provider lab { protocol simulated }
model a = lab "a-1" { context 8k  price free }
model b = lab "b-1" { context 8k  price free }
model c = lab "c-1" { context 8k  price free }
`;

/** Where RT3004 stands, as it is written there. */
function neverTaken(policy: string): readonly string[] {
  const text = `${MODELS}${policy}`;
  return check({ text })
    .diagnostics.filter(({ code }) => code === "RT3004")
    .map(({ span }) => text.slice(span.start, span.end));
}

const RACE = "plan race = (hedge { a after 30s reject 503 }) else on server_error c";
const NEVER = ["else on server_error c"];

test.each<[string, string, readonly string[]]>([
  ["that nothing holds", "route chat -> race", NEVER],
  ["that a gate holds", "route chat -> cascade { race accept when not refused  b }", []],
  ["that is the last step of a cascade", "route chat -> cascade { b accept when not refused  race }", NEVER],
  ["that a later branch holds", "route chat -> race else on refused b", []],
  ["that stands behind such a branch", "route chat -> b else on refused race", NEVER],
  ["that is held in one place of two", "route chat -> race\nroute code -> race else on filtered b", []],
  [
    "that is held through another plan",
    "plan outer = race\nroute chat -> cascade { outer accept when not refused  b }",
    [],
  ],
  ["that stands nowhere, and may stand anywhere", "route chat -> b", []],
])("of a plan %s", (_, policy, expected) => {
  expect(neverTaken(`${RACE}\n${policy}`)).toEqual(expected);
});

describe("a side", () => {
  const held = (side: string): readonly string[] =>
    neverTaken(
      `route chat -> cascade { ((hedge { ${side} after 30s reject 503 }) else on timeout c) accept when refused  b }`,
    );
  const never = ["else on timeout c"];

  it("that lets its content out breaks off", () => {
    expect(held("a")).toEqual([]);
    expect(held("cheapest { a, b }")).toEqual([]);
    expect(held("cascade { a accept when not refused  b }")).toEqual([]);
    expect(held("hedge { a after 1s reject 503 }")).toEqual([]);
  });

  it("that holds it itself fails before the others are called off", () => {
    expect(held("(a else on refused reject 400)")).toEqual(never);
    expect(held("(a else on refused b)")).toEqual([]);
    expect(held("cascade { a accept when not refused  reject 503 }")).toEqual(never);
  });

  it("that takes its own failures does not break off with them", () => {
    expect(held("(a else on failed reject 503)")).toEqual(never);
  });
});
