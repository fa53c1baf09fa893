/** Single requests, as the region of each attribute: what one of them shows need not be searched for. */
import { type Box, regionsAt, type Space } from "./boxes.ts";

export type Point = readonly number[];

/** Points of a box that are tried: most boxes of which something is left have one among them, and a search takes longer. */
const TRIED = 64;

/** One of a few points of a box that is not taken, if there is one among them; always the same. */
export function pointLeft(box: Box, isTaken: (point: Point) => boolean, space: Space): Point | undefined {
  let drawn = 1;
  for (let tried = 0; tried < TRIED; tried++) {
    const point: number[] = [];
    for (let index = 0; index < box.length; index++) {
      const ranges = regionsAt(box, index, space);
      // A generator of pseudo-random numbers (Park and Miller 1988).
      drawn = (drawn * 48_271) % 2_147_483_647;
      const [first, last] = ranges[drawn % ranges.length] ?? [0, 0];
      point.push(first + (drawn % (last - first + 1)));
    }
    if (!isTaken(point)) return point;
  }
  return undefined;
}

export function boxOfPoint(point: Point): Box {
  return point.map((region) => [[region, region]]);
}

/** The lowest point of a box. */
export function pointOf(box: Box, space: Space): Point {
  return box.map((_, index) => regionsAt(box, index, space)[0]?.[0] ?? 0);
}
