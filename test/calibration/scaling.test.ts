/** Scores as chances: against gradient descent, and against the min-max formula. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fitIsotonic,
  fitPlatt,
  ISOTONIC_FROM,
  type Platt,
  type Scored,
  scalingOf,
} from "../../compiler/calibration/scaling.ts";
import { seeded } from "../../runtime/signals/training/random.ts";

const samples = fc.array(
  fc.record({ score: fc.integer({ min: 0, max: 12 }).map((n) => n / 12), right: fc.constantFrom(0, 1) }),
  { minLength: 2, maxLength: 40 },
);

/** Plain gradient descent on the same loss: slow, and nothing in it to get wrong. */
function descended(all: readonly Scored[]): Platt {
  const rights = all.reduce((sum, { right }) => sum + right, 0);
  const [high, low] = [(rights + 1) / (rights + 2), 1 / (all.length - rights + 2)];
  let [slope, shift] = [0, 0];
  for (let step = 0; step < 20_000; step++) {
    let [bySlope, byShift] = [0, 0];
    for (const { score, right } of all) {
      const error = 1 / (1 + Math.exp(-(slope * score + shift))) - (right === 1 ? high : low);
      bySlope += error * score;
      byShift += error;
    }
    slope -= (2 * bySlope) / all.length;
    shift -= (2 * byShift) / all.length;
  }
  return { slope, shift };
}

/** At each score the greatest, over where a block may begin, of the least mean, over where it may end. */
function minMax(all: readonly Scored[], at: number): number {
  const scores = [...new Set(all.map(({ score }) => score))].sort((a, b) => a - b);
  const mean = (from: number, to: number): number => {
    const block = all.filter(({ score }) => score >= from && score <= to);
    return block.reduce((sum, { right }) => sum + right, 0) / block.length;
  };
  const begins = scores.filter((score) => score <= at);
  const ends = scores.filter((score) => score >= at);
  return Math.max(...begins.map((from) => Math.min(...ends.map((to) => mean(from, to)))));
}

describe("Platt scaling", () => {
  it("is where gradient descent ends", () => {
    fc.assert(
      fc.property(samples, (all) => {
        fc.pre(new Set(all.map(({ score }) => score)).size > 1);
        const [fast, slow] = [fitPlatt(all), descended(all)];
        for (const { score } of all)
          expect(fast.slope * score + fast.shift).toBeCloseTo(slow.slope * score + slow.shift, 2);
      }),
      { numRuns: 15 },
    );
  });

  it("stays finite where the scores order all answers rightly", () => {
    const { slope, shift } = fitPlatt([0, 1, 2, 3].map((score) => ({ score, right: Number(score > 1) })));
    expect(slope).toBeGreaterThan(0);
    expect(Number.isFinite(slope) && Number.isFinite(shift)).toBe(true);
  });

  it("has one chance for all where all scores are the same", () => {
    const { slope, shift } = fitPlatt([1, 1, 1, 0].map((right) => ({ score: 0.9, right })));
    expect(slope).toBe(0);
    expect(1 / (1 + Math.exp(-shift))).toBeCloseTo(4 / 6);
  });

  it("does not mind the unit of a score", () => {
    const of = (unit: number) => fitPlatt([1, 2, 3, 4, 5].map((n) => ({ score: n * unit, right: n % 2 })));
    expect(of(1000).slope * 1000).toBeCloseTo(of(1).slope, 6);
  });
});

describe("isotonic regression", () => {
  const chanceAt = (all: readonly Scored[], at: number): number =>
    fitIsotonic(all).findLast(({ from }) => from <= at)?.chance ?? Number.NaN;

  it("is the min-max formula", () => {
    fc.assert(
      fc.property(samples, (all) => {
        for (const { score } of all) expect(chanceAt(all, score)).toBeCloseTo(minMax(all, score), 10);
      }),
      { numRuns: 100 },
    );
  });

  it("never falls, and keeps the mean", () => {
    fc.assert(
      fc.property(samples, (all) => {
        const chances = fitIsotonic(all).map(({ chance }) => chance);
        expect(chances).toEqual(chances.toSorted((a, b) => a - b));
        const sum = all.reduce((total, { score, right }) => total + chanceAt(all, score) - right, 0);
        expect(sum).toBeCloseTo(0, 8);
      }),
      { numRuns: 100 },
    );
  });
});

describe("scaling", () => {
  /** Answers that are right as often as their score says. */
  function honest(count: number): Scored[] {
    const random = seeded(3);
    return Array.from({ length: count }, () => {
      const score = random();
      return { score, right: Number(random() < score) };
    });
  }

  it.each([
    [ISOTONIC_FROM - 1, "platt"],
    [ISOTONIC_FROM, "isotonic"],
  ])("of %i answers is %s", (count, method) => {
    const scaling = scalingOf(honest(count), 1);
    expect(scaling.method).toBe(method);
    for (const score of [0.2, 0.5, 0.8]) expect(Math.abs(scaling.chance(score) - score)).toBeLessThan(0.1);
  });

  it("can fall: of a signal that says how hard a request is", () => {
    const hard = honest(2000).map(({ score, right }) => ({ score: 1 - score, right }));
    const { chance } = scalingOf(hard, -1);
    expect(chance(0.1)).toBeGreaterThan(chance(0.9));
  });
});
