/** Prices by size and hour, as the catalog's script computes with them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CatalogPrice, Rates } from "../../../compiler/catalog/index.ts";
import { dearer, difference, dollars, nano, priceFrom, rates } from "../../../tools/catalog/price.ts";

/** What a price is for a prompt of `tokens` at `minute`, by going through what it says. */
function naive(price: CatalogPrice, tokens: number, minute: number): Rates {
  let found: Rates = price;
  for (const tier of price.tiers ?? []) if (tokens > tier.above) found = tier;
  for (const { from, to, ...window } of price.during ?? [])
    for (let m = from; m !== to; m = (m + 1) % 1440) if (m === minute) found = window;
  return found;
}

const amount = fc.integer({ min: 1, max: 5 });
const someRates = fc
  .record({ input: amount, output: amount, cached: fc.option(amount, { nil: undefined }) })
  .map(rates);
const flat = someRates.map((each) => priceFrom(() => each, [], []));
const tiered = fc
  .tuple(someRates, fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9 }), someRates), { selector: ([at]) => at }))
  .map(([base, steps]) => {
    const sorted = steps.map(([at, each]) => [at * 10, each] as const).sort(([a], [b]) => a - b);
    return priceFrom(
      (tokens) => sorted.findLast(([at]) => at <= tokens)?.[1] ?? base,
      sorted.map(([at]) => at),
      [],
    );
  });
const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 1439 }), { minLength: 2, maxLength: 2 });
const daily = fc.tuple(someRates, someRates, minutes).map(([day, night, [from = 0, to = 0]]) => {
  const inside = (minute: number) => (from < to ? from <= minute && minute < to : minute >= from || minute < to);
  return priceFrom((_, minute) => (inside(minute) ? night : day), [], [from, to]);
});
const pairs = fc.oneof(fc.tuple(tiered, tiered), fc.tuple(daily, daily), fc.tuple(flat, tiered), fc.tuple(daily, flat));
const tokens = fc.integer({ min: 0, max: 120 });
const minute = fc.integer({ min: 0, max: 1439 });

describe("the dearer of two prices", () => {
  test("is rate by rate the higher one, at every size and hour", () =>
    fc.assert(
      fc.property(pairs, tokens, minute, ([a, b], size, at) => {
        const [x, y, both] = [naive(a, size, at), naive(b, size, at), naive(dearer(a, b), size, at)];
        for (const key of ["input", "output", "cached"] as const)
          expect(both[key] ?? 0).toBe(Math.max(x[key] ?? 0, y[key] ?? 0));
      }),
    ));

  test("of a price and itself is that price", () =>
    fc.assert(
      fc.property(pairs, ([a]) => {
        expect(dearer(a, a)).toEqual(a);
      }),
    ));

  test("takes 271999 and 272000 for one limit", () => {
    const [x, y] = [271_999, 272_000].map((above) => ({
      input: 1,
      output: 1,
      tiers: [{ above, input: 2, output: 2 }],
    }));
    expect(dearer(x as CatalogPrice, y as CatalogPrice)).toEqual(x);
  });
});

test("a price's own rates are the dearest of the day", () =>
  fc.assert(
    fc.property(daily, minute, (price, at) => {
      const { input, output } = naive(price, 0, at);
      expect(price.input + price.output).toBeGreaterThanOrEqual(input + output);
    }),
  ));

test("a zero beside a price of input is a rate that is not known", () => {
  expect(rates({ input: 5, output: 0, cached: 0, cache_write: 0 })).toEqual({ input: 5, output: 0 });
});

const differs = (a: CatalogPrice, b: CatalogPrice, context = 1_000_000) => difference(["x", a], ["y", b], context);
const usd = (input: number, output: number, cached?: number) =>
  rates({ input: nano(input), output: nano(output), cached: cached && nano(cached) });

test("two prices differ by what both state, and by more than a thousandth", () => {
  expect(differs(usd(1, 2, 0.1), usd(1, 2))).toBeUndefined();
  expect(differs(usd(1, 2), usd(1.0009, 2))).toBeUndefined();
  expect(differs(usd(1.25, 2), usd(1.1, 2))).toBe(
    "x says input $1.25 per million tokens, y input $1.10: the dearer is taken",
  );
});

test("two prices differ above a size of prompt that the model can read", () => {
  const large = { ...usd(1, 2), tiers: [{ above: 200_000, ...usd(2, 3) }] };
  expect(differs(large, usd(1, 2))).toBe(
    "for prompts above 200,000 tokens x says input $2.00, output $3.00 per million tokens, y input $1.00, output $2.00: the dearer is taken",
  );
  expect(differs(large, usd(1, 2), 200_000)).toBeUndefined();
});

test.each([
  [0.0028, "$0.0028"],
  [10, "$10.00"],
  [0.049999999999999996, "$0.05"],
  [1.5, "$1.50"],
])("%s dollars are written %s", (amount, text) => {
  expect(dollars(nano(amount))).toBe(text);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("%s is no price", (amount) => {
  expect(() => nano(amount)).toThrow(`\`${amount}\` is not a price`);
});
