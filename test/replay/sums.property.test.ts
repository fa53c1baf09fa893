/** Sums that do not grow with what is summed up, against those that do. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Capped, OTHERS, TOLD_APART } from "../../compiler/replay/sums/capped.ts";
import { Quantiles } from "../../compiler/replay/sums/quantiles.ts";
import { add, last, Series } from "../../compiler/replay/sums/series.ts";

const sample = fc.tuple(fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 0, max: 1_000 }));
const samples = fc.array(sample, { minLength: 1, maxLength: 60 }).map((all) => all.sort(([a], [b]) => a - b));

describe("a series", () => {
  it("loses nothing of a sum, in few stretches, each of which has what came in it", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 1e12 }), (all, start) => {
        const series = new Series(add);
        for (const [time, value] of all) series.put(start + time, value);
        const points = series.points();
        expect(points.length).toBeLessThanOrEqual(240);
        for (const { x, y } of points) {
          const own = all.filter(([time]) => start + time >= x && start + time < x + series.width);
          expect(y).toBe(own.reduce((sum, [, value]) => sum + value, 0));
        }
        expect(points.reduce((sum, { y }) => sum + y, 0)).toBe(all.reduce((sum, [, value]) => sum + value, 0));
      }),
    );
  });

  it("of what stands has the last value of each stretch", () => {
    fc.assert(
      fc.property(samples, (all) => {
        const series = new Series(last);
        for (const [time, value] of all) series.put(time, value);
        expect(series.points().at(-1)?.y).toBe(all.at(-1)?.[1]);
      }),
    );
  });
});

it("percentiles are within a hundredth of those of all values", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 200 }), (values) => {
      const sketch = new Quantiles();
      for (const value of values) sketch.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      const { p50 = 0, p99 = 0, max } = sketch.percentiles() ?? {};
      const near = (told: number, q: number): boolean => {
        // Between which two values a percentile lies is a matter of convention.
        const at = q * (sorted.length - 1);
        const [low = 0, high = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
        return told >= low * 0.99 && told <= high * 1.01;
      };
      expect([near(p50, 0.5), near(p99, 0.99), max]).toEqual([true, true, sorted.at(-1)]);
    }),
  );
});

it("keys past so many are one, and their sum is right", () => {
  const counts = new Capped(() => ({ count: 0 }));
  for (let key = 0; key < TOLD_APART + 500; key++) counts.of(`tenant ${key}`).count++;
  expect(counts.entries.size).toBe(TOLD_APART + 1);
  expect(counts.of(OTHERS).count).toBe(500);
});
