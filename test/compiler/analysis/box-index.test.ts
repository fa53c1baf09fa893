/** The index of boxes against looking at all of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxIndex } from "../../../compiler/analysis/box-index.ts";
import { type Box, boxesDisjoint, makeSpace, type Space } from "../../../compiler/analysis/boxes.ts";
import type { Partition } from "../../../compiler/analysis/partition.ts";
import { regionSet } from "../../../compiler/analysis/regions.ts";

const COUNTS = [2, 200, 3];
const space: Space = makeSpace(
  COUNTS.map((count, index) => ({ count, attribute: { name: `a${index}` } }) as unknown as Partition),
);

/** Of up to 100 regions of an attribute of 200, so that some are too wide to be filed. */
const box: fc.Arbitrary<Box> = fc.tuple(
  ...COUNTS.map((count) =>
    fc.option(
      fc
        .tuple(fc.nat(count - 1), fc.nat(Math.floor(count / 2)), fc.nat(count - 1))
        .map(([first, more, other]) =>
          regionSet([...Array.from({ length: more + 1 }, (_, i) => Math.min(first + i, count - 1)), other]),
        ),
      { nil: undefined },
    ),
  ),
);

function indexOf(boxes: readonly Box[]): BoxIndex {
  const index = new BoxIndex(space);
  for (const each of boxes) index.add(each);
  return index;
}

describe("an index of boxes", () => {
  it("finds each box that touches another once, and none that was not put in", () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 30 }), fc.array(box, { minLength: 1, maxLength: 3 }), (boxes, asked) => {
        const index = indexOf(boxes);
        for (const one of asked) {
          const near = index.near(one);
          expect(near.length).toBe(new Set(near).size);
          expect(boxes).toEqual(expect.arrayContaining(near));
          for (const other of boxes) if (!boxesDisjoint(one, other)) expect(near).toContain(other);
        }
      }),
    );
  });

  it("looks at those of one region where all are told apart by it", () => {
    const boxes = Array.from({ length: 400 }, (_, i): Box => [[[i % 2, i % 2]], [[i % 200, i % 200]], undefined]);
    const near = indexOf(boxes).near([undefined, [[7, 7]], [[1, 1]]]);
    expect(near).toEqual([boxes[7], boxes[207]]);
  });
});
