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
import {
  disjoint,
  halves,
  intersect,
  isSubset,
  overlap,
  regionSet,
  size,
  subtract,
  union,
} from "../../../compiler/analysis/regions.ts";

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
        expect(overlap(a, b)).toBe(both.length);
        expect(isSubset(a, b)).toBe(both.length === x.length);
        expect(size(a)).toBe(x.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("have a lower and an upper half", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(REGIONS - 1), { minLength: 2 }), (numbers) => {
        const middle = numbers.length >>> 1;
        const [lower, upper] = halves(regionSet(numbers));
        expect(members(lower)).toEqual(sorted(numbers).slice(0, middle));
        expect(members(upper)).toEqual(sorted(numbers).slice(middle));
      }),
    );
  });
});

const spaceOf = (...counts: readonly number[]): Space =>
  makeSpace(counts.map((count, index) => ({ count, attribute: { name: `a${index}` } }) as unknown as Partition));

const COUNTS = [2, 3, 4, 3];
const space = spaceOf(...COUNTS);

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

  it("leave the same uncovered where many of them lie apart by one attribute", () => {
    // Most of the third boxes' two regions of 40 are theirs alone, and some boxes do not test that attribute.
    const counts = [2, 40, 3];
    const one = (count: number) => fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 2 }).map(regionSet);
    const many = fc.tuple(
      ...counts.map((count, index) => fc.option(one(count), { nil: undefined, freq: index === 1 ? 12 : 1 })),
    );
    const everyPoint = counts.reduce<number[][]>(
      (before, count) => before.flatMap((point) => Array.from({ length: count }, (_, region) => [...point, region])),
      [[]],
    );
    fc.assert(
      fc.property(fc.array(many, { minLength: 40, maxLength: 140 }), fc.option(many), (covers, part) => {
        const wide = spaceOf(...counts);
        const whole = part ?? wide.everything;
        const left = everyPoint.filter((point) => holds(whole, point) && !covers.some((cover) => holds(cover, point)));
        const found = uncovered(whole, covers, wide);
        expect(found === undefined).toBe(left.length === 0);
        if (found !== undefined)
          for (const point of everyPoint.filter((p) => holds(found, p))) expect(left).toContainEqual(point);
      }),
      { numRuns: 300 },
    );
  });

  it("leave the same uncovered of a part of many regions", () => {
    const counts = [100, 70];
    const some = (most: number) => (count: number) =>
      fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: most }).map(regionSet);
    const wide = spaceOf(...counts);
    const partOf = (most: number) =>
      fc.tuple(...counts.map((count) => fc.option(some(most)(count), { nil: undefined })));
    const everyPoint = Array.from({ length: 7000 }, (_, i) => [i % 100, Math.floor(i / 100)]);
    fc.assert(
      fc.property(partOf(50), fc.array(partOf(60), { minLength: 1, maxLength: 12 }), (whole, covers) => {
        const isLeft = (point: readonly number[]) =>
          holds(whole, point) && !covers.some((cover) => holds(cover, point));
        const found = uncovered(whole, covers, wide);
        if (found === undefined) expect(everyPoint.some(isLeft)).toBe(false);
        else expect(everyPoint.every((point) => !holds(found, point) || isLeft(point))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("are counted by the ten thousand, each in a region of its own", () => {
    const wide = spaceOf(20_000, 2);
    const own = Array.from({ length: 20_000 }, (_, region): Box => [[[region, region]], undefined]);
    expect(uncovered(wide.everything, own, wide)).toBeUndefined();
    expect(uncovered(wide.everything, own.toSpliced(12_345, 1), wide)).toEqual([[[12_345, 12_345]], undefined]);
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
