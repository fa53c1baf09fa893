/** The cofactor search against the only oracle there is: every point of a small space. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Box,
  boxContains,
  boxesDisjoint,
  intersectBoxes,
  makeSpace,
  type Space,
} from "../../../compiler/analysis/boxes.ts";
import { smallestCover, uncovered } from "../../../compiler/analysis/cover.ts";
import type { Partition } from "../../../compiler/analysis/partition.ts";
import { disjoint, intersect, isSubset, regionSet, size, subtract, union } from "../../../compiler/analysis/regions.ts";

const REGIONS = 9;
const set = fc.uniqueArray(fc.nat(REGIONS - 1));
const members = (regions: readonly (readonly [number, number])[]): number[] =>
  regions.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

describe("sets of regions", () => {
  it("do what sets of numbers do", () => {
    fc.assert(
      fc.property(set, set, (x, y) => {
        const [a, b] = [regionSet(x), regionSet(y)];
        const inY = new Set(y);
        const both = x.filter((n) => inY.has(n));
        expect(members(a)).toEqual(sorted(x));
        expect(members(intersect(a, b))).toEqual(sorted(both));
        expect(members(union(a, b))).toEqual(sorted(new Set([...x, ...y])));
        expect(members(subtract(a, b))).toEqual(sorted(x.filter((n) => !inY.has(n))));
        expect(disjoint(a, b)).toBe(both.length === 0);
        expect(isSubset(a, b)).toBe(both.length === x.length);
        expect(size(a)).toBe(x.length);
      }),
      { numRuns: 2000 },
    );
  });
});

const COUNTS = [2, 3, 4, 3];
const space: Space = makeSpace(
  COUNTS.map((count, index) => ({ count, attribute: { name: `a${index}` } }) as unknown as Partition),
);

function points(): number[][] {
  return COUNTS.reduce<number[][]>(
    (before, count) => before.flatMap((point) => Array.from({ length: count }, (_, region) => [...point, region])),
    [[]],
  );
}

const holds = (box: Box, point: readonly number[]): boolean =>
  box.every(
    (regions, index) =>
      regions?.some(([first, last]) => (point[index] as number) >= first && (point[index] as number) <= last) ?? true,
  );

const box: fc.Arbitrary<Box> = fc.tuple(
  ...COUNTS.map((count) =>
    fc.option(
      fc
        .uniqueArray(fc.nat(count - 1), { minLength: 1 })
        .map((regions) => (regions.length === count ? undefined : regionSet(regions))),
      { nil: undefined, freq: 2 },
    ),
  ),
);

describe("boxes", () => {
  it("are what their points are", () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const [inA, inB] = [points().filter((p) => holds(a, p)), points().filter((p) => holds(b, p))];
        const both = inA.filter((p) => holds(b, p));
        const met = intersectBoxes(a, b);
        expect(met === undefined ? [] : points().filter((p) => holds(met, p))).toEqual(both);
        expect(boxesDisjoint(a, b)).toBe(both.length === 0);
        expect(boxContains(a, b)).toBe(both.length === inB.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("leave uncovered exactly what no other has", () => {
    fc.assert(
      fc.property(box, fc.array(box, { maxLength: 12 }), (whole, covers) => {
        const left = points().filter((p) => holds(whole, p) && !covers.some((cover) => holds(cover, p)));
        const found = uncovered(whole, covers, space);
        expect(found === undefined).toBe(left.length === 0);
        if (found !== undefined)
          for (const point of points().filter((p) => holds(found, p))) expect(left).toContainEqual(point);
      }),
      { numRuns: 2000 },
    );
  });

  it("have small covers, none of which can be left out", () => {
    fc.assert(
      fc.property(box, fc.array(fc.array(box, { minLength: 1, maxLength: 3 }), { maxLength: 8 }), (whole, groups) => {
        fc.pre(uncovered(whole, groups.flat(), space) === undefined);
        const chosen = smallestCover(
          [whole],
          groups.map((group, index) => [index, group]),
          space,
        );
        const boxesOf = (indices: readonly number[]): Box[] => indices.flatMap((index) => groups[index] as Box[]);
        expect(uncovered(whole, boxesOf(chosen), space)).toBeUndefined();
        for (const index of chosen)
          expect(uncovered(whole, boxesOf(chosen.filter((other) => other !== index)), space)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
