import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearest } from "../../../compiler/diagnostics/suggest.ts";

const names = ["haiku", "sonnet", "opus", "gpt5", "tenant_month"];

test.each([
  ["haiko", "haiku"],
  ["hiaku", "haiku"],
  ["Haiku", "haiku"],
  ["sonet", "sonnet"],
  ["sonnets", "sonnet"],
  ["tenantmonth", "tenant_month"],
  ["gpt-5", "gpt5"],
])("%s was meant to be %s", (word, meant) => {
  expect(nearest(word, names)).toBe(meant);
});

test.each(["mistral", "x", "", "haikus_of_old"])("%j is near to none of them", (word) => {
  expect(nearest(word, names)).toBeUndefined();
});

/** What a policy may have in sight: its own names, built-in ones, and fields. */
const many = [
  ...["tier", "team", "tenant", "region", "critical", "model", "stream", "prompt", "prompt_tokens", "max_tokens"],
  ...["needs.tools", "needs.vision", "time.hour", "time.weekday", "small", "big", "a", "b", "eu", "us", "m1", "m2"],
];

test.each([
  ["teir", "tier"],
  ["Tier", "tier"],
  ["TIER", "tier"],
  ["tiers", "tier"],
  ["models", "model"],
  ["prompts", "prompt"],
  ["prompt_token", "prompt_tokens"],
  ["promt_tokens", "prompt_tokens"],
  ["maxtokens", "max_tokens"],
  ["needs_tools", "needs.tools"],
  ["time.hours", "time.hour"],
  ["tennant", "tenant"],
  ["EU", "eu"],
])("of many, %s is %s", (word, meant) => {
  expect(nearest(word, many)).toBe(meant);
});

test.each([
  ["boolean", "bool"],
  ["str", "string"],
  ["monday", "mon"],
  ["api_key", "key"],
  ["Warsaw", "Europe/Warsaw"],
])("%s, which nothing is near to, is %s, of which it is a part or which is one of it", (word, meant) => {
  expect(nearest(word, ["bool", "string", "mon", "key", "Europe/Warsaw"])).toBe(meant);
});

test("of two parts none is taken", () => {
  expect(nearest("price", ["price.input", "price.output"])).toBeUndefined();
});

test.each(["c", "x", "uk", "m3", "d1", "ab"])("%s is too short to be another with a slip in it", (word) => {
  expect(nearest(word, many)).toBeUndefined();
});

test("the nearest wins, and of equally near ones the first", () => {
  expect(nearest("cart", ["cars", "car", "cards"])).toBe("cars");
  expect(nearest("small", ["smelt", "smal"])).toBe("smal");
});

test("a word is not its own correction", () => {
  expect(nearest("haiku", ["haiku"])).toBeUndefined();
});

/** The definition, word for word: nothing remembered, nothing bounded. */
function naiveDistance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [a1 = "", a2] = a;
  const [b1 = "", b2] = b;
  const choices = [
    naiveDistance(a.slice(1), b) + 1,
    naiveDistance(a, b.slice(1)) + 1,
    naiveDistance(a.slice(1), b.slice(1)) + (a1 === b1 ? 0 : 1),
  ];
  if (a1 === b2 && a2 === b1) choices.push(naiveDistance(a.slice(2), b.slice(2)) + 1);
  return Math.min(...choices);
}

test("the distance is that of the definition, up to the limit", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 6 }), (a, b, limit) => {
      expect(editDistance(a, b, limit)).toBe(Math.min(naiveDistance(a, b), limit + 1));
    }),
  );
});
