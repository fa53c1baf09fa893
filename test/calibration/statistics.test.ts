/** Intervals hold what they should as often as they say, and figures of samples are those of the rows written out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrap } from "../../compiler/calibration/bootstrap.ts";
import { weightedAuc } from "../../compiler/calibration/meaning.ts";
import { mixtureAt } from "../../compiler/calibration/measures.ts";
import { auc } from "../../runtime/signals/training/measure.ts";
import { seeded } from "../../runtime/signals/training/random.ts";

describe("bootstrap intervals", () => {
  it("hold the true mean about 95 times in 100", () => {
    const random = seeded(11);
    const [trials, rows, chance] = [120, 80, 0.7];
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const right = Array.from({ length: rows }, () => Number(random() < chance));
      const mean = (times: Uint32Array) => ({ mean: times.reduce((sum, n, i) => sum + n * (right[i] ?? 0), 0) / rows });
      const { low, high } = bootstrap(rows, mean, trial).mean;
      if (low <= chance && chance <= high) held++;
    }
    expect(held / trials).toBeGreaterThan(0.9);
    expect(held / trials).toBeLessThan(0.99);
  });

  it("are the same for the same seed", () => {
    const first = (times: Uint32Array) => ({ first: times[0] ?? 0 });
    expect(bootstrap(20, first, 5)).toEqual(bootstrap(20, first, 5));
    expect(bootstrap(20, first, 5).first.value).toBe(1);
  });
});

it("the area under the ROC curve of a sample is that of its rows written out", () => {
  const row = fc.record({ score: fc.integer({ min: 0, max: 5 }), positive: fc.boolean(), times: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const ascending = rows.toSorted((a, b) => a.score - b.score);
      const written = ascending.flatMap((each) => new Array<typeof each>(each.times).fill(each));
      const times = Uint32Array.from(ascending, (each) => each.times);
      const [fast, slow] = [weightedAuc(ascending, times), auc(written)];
      if (Number.isNaN(slow)) expect(fast).toBeNaN();
      else expect(fast).toBeCloseTo(slow, 10);
    }),
  );
});

it("no mixture of two models for the money is better than the one that is taken, and one is as good", () => {
  const amount = fc.integer({ min: 1, max: 20 }).map((n) => n / 20);
  const models = fc.array(fc.record({ quality: amount, cost: amount }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(models, amount, (singles, cost) => {
      const all = [{ quality: 0, cost: 0 }, ...singles];
      const shares = Array.from({ length: 401 }, (_, i) => i / 400);
      const possible = all.flatMap((a) =>
        all.flatMap((b) =>
          shares.flatMap((s) =>
            (1 - s) * a.cost + s * b.cost <= cost + 1e-12 ? [(1 - s) * a.quality + s * b.quality] : [],
          ),
        ),
      );
      const best = Math.max(...possible);
      expect(mixtureAt(singles, cost)).toBeGreaterThanOrEqual(best - 1e-9);
      // The grid of shares can miss the best by one of its steps.
      expect(mixtureAt(singles, cost)).toBeLessThanOrEqual(best + 1 / 400 + 1e-9);
    }),
    { numRuns: 50 },
  );
});
