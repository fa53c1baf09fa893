import fc from "fast-check";
import { expect, test } from "vitest";
import { quantile, summarize } from "../../bench/statistics.ts";

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 });

test("a quantile between two values is interpolated", () => {
  expect(quantile([10, 30, 20, 40], 0.5)).toBe(25);
  expect(quantile([10, 20], 0.25)).toBe(12.5);
});

test("no values have no quantile", () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

test("a summary is in order, whatever the order of the values", () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const { min, lowerQuartile, median, upperQuartile, max, n } = summarize(values);
      const five = [min, lowerQuartile, median, upperQuartile, max];
      expect(five).toEqual(five.toSorted((a, b) => a - b));
      expect([min, max, n]).toEqual([Math.min(...values), Math.max(...values), values.length]);
      expect(summarize(values.toReversed())).toEqual(summarize(values));
    }),
  );
});
