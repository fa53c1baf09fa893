/** What is chosen is the best there is: against each number that a threshold could have, on small data. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMet, search, settingOf, type Target } from "../../compiler/calibration/search.ts";
import { cutBetween, type Order, passes, type Threshold } from "../../compiler/calibration/thresholds.ts";
import type { Way } from "../../compiler/calibration/ways.ts";

const GRID = 8;
/** Between and on all values that occur. */
const NUMBERS = Array.from({ length: 2 * GRID + 1 }, (_, i) => i / (2 * GRID));

function threshold(op: Order): Threshold {
  const span = { start: 0, end: 0 };
  const file = {
    name: "",
    path: "",
    text: "",
    tree: { declarations: [], comments: [] },
    imports: [],
    lacksImport: false,
  };
  const place = { file, literal: span, comparison: span };
  return { of: "confidence", isGate: true, op, value: 0.5, type: { kind: "score" }, range: [0, 1], ...place };
}

const value = fc.integer({ min: 0, max: GRID }).map((n) => n / GRID);
const end = fc
  .record({ quality: fc.constantFrom(0, 0.5, 1), cost: fc.integer({ min: 1, max: 20 }) })
  .map((each): Way => ({ kind: "end", model: "m", ...each }));
const test = (index: number, yes: fc.Arbitrary<Way>, no: fc.Arbitrary<Way>): fc.Arbitrary<Way> =>
  fc.record({ kind: fc.constant("test" as const), threshold: fc.constant(index), value, yes, no });
const mix = fc.tuple(end, test(0, end, end)).map(
  ([a, b]): Way => ({
    kind: "mix",
    parts: [
      { share: 0.25, way: a },
      { share: 0.75, way: b },
    ],
  }),
);
const way = fc.oneof(test(0, end, test(1, end, end)), test(1, test(0, end, end), end), end, mix);
const order = fc.constantFrom<Order>("<", "<=", ">", ">=");
const target: fc.Arbitrary<Target> = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }).map((least): Target => ({ kind: "quality", least })),
  fc.double({ min: 1, max: 20, noNaN: true }).map((most): Target => ({ kind: "cost", most })),
);

describe("the numbers that are chosen", () => {
  it("are as good as any two numbers can be", () => {
    fc.assert(
      fc.property(
        fc.array(way, { minLength: 1, maxLength: 12 }),
        order,
        order,
        target,
        (ways, first, second, target) => {
          const thresholds = [threshold(first), threshold(second)];
          const all = NUMBERS.flatMap((a) => NUMBERS.map((b) => settingOf(ways, thresholds, [a, b])));
          const met = all.filter((setting) => isMet(target, setting));
          const { best, exhaustive, frontier } = search(ways, thresholds, target);
          expect(exhaustive).toBe(true);
          expect(best).toEqual(settingOf(ways, thresholds, best.numbers));
          expect(isMet(target, best)).toBe(met.length > 0);
          if (met.length > 0 && target.kind === "quality")
            expect(best.cost).toBeCloseTo(Math.min(...met.map(({ cost }) => cost)), 9);
          if (met.length > 0 && target.kind === "cost")
            expect(best.quality).toBeCloseTo(Math.max(...met.map(({ quality }) => quality)), 9);
          for (const one of all)
            expect(frontier.some(({ quality, cost }) => quality >= one.quality - 1e-9 && cost <= one.cost + 1e-9)).toBe(
              true,
            );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a number between two values", () => {
  const OPS: readonly Order[] = ["<", "<=", ">", ">="];

  it("tells them apart, with as few digits as will do", () => {
    const cut = (op: Order, below: number, above: number) => cutBetween(threshold(op), below, above);
    expect(OPS.map((op) => cut(op, 0.2, 0.8))).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(OPS.map((op) => cut(op, 0.7312, 0.732))).toEqual([0.732, 0.7316, 0.7316, 0.732]);
  });

  it("is told apart by every operator, however near they are", () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(score, score, fc.constantFrom(...OPS), (a, b, op) => {
        fc.pre(a !== b);
        const [below, above] = [Math.min(a, b), Math.max(a, b)];
        const number = cutBetween(threshold(op), below, above) as number;
        expect(passes(op, below, number)).not.toBe(passes(op, above, number));
        expect(Number(String(number))).toBe(number);
      }),
    );
  });

  it("is whole for whole numbers", () => {
    const tokens = { op: "<=", type: { kind: "int" }, range: [0, 1e9] } as const;
    expect(cutBetween(tokens, 180, 240)).toBe(200);
    expect(cutBetween(tokens, 180, 181)).toBe(180);
  });

  it("is the edge of the type where all values are on one side, and none where there is no such number", () => {
    expect(cutBetween(threshold(">="), undefined, 0.4)).toBe(0);
    expect(cutBetween(threshold(">="), 0.9, undefined)).toBe(1);
    expect(cutBetween(threshold(">="), 1, undefined)).toBeUndefined();
    expect(cutBetween(threshold(">"), undefined, 0)).toBeUndefined();
    expect(cutBetween(threshold(">"), 1, undefined)).toBe(1);
  });
});
