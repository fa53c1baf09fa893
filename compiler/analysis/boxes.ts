/**
 * Conditions as boxes: a box accepts a request when each attribute's value lies in the box's regions of it. A condition
 * is a union of boxes (its disjunctive normal form), and so is what any number of rules decide together.
 */
import type { Condition } from "../program/program.ts";
import type { Partition } from "./partition.ts";
import { all, disjoint, intersect, isSubset, type Regions, size, subtract, union } from "./regions.ts";

/** Regions by the space's attribute index; undefined where every region is accepted. */
export type Box = readonly (Regions | undefined)[];

/** The attributes of the analysis and how many regions each has. */
export interface Space {
  readonly partitions: readonly Partition[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** All regions of each attribute. */
  readonly whole: readonly Regions[];
  /** The box of all requests. */
  readonly everything: Box;
}

/** More boxes than this for one condition is not analysed: such a condition is not readable either. */
const MOST_BOXES = 1000;

/** A condition needs more than `MOST_BOXES` boxes. */
export class TooManyBoxes extends Error {}

export function makeSpace(partitions: readonly Partition[]): Space {
  return {
    partitions,
    indexOf: new Map(partitions.map((partition, index) => [partition.attribute.name, index])),
    whole: partitions.map(({ count }) => all(count)),
    everything: partitions.map(() => undefined),
  };
}

export function regionsAt(box: Box, index: number, space: Space): Regions {
  return box[index] ?? (space.whole[index] as Regions);
}

/** `box` with the regions of one attribute replaced. */
export function withRegions(box: Box, index: number, regions: Regions, space: Space): Box {
  const whole = size(regions) === (space.partitions[index] as Partition).count;
  const result = box.slice();
  result[index] = whole ? undefined : regions;
  return result;
}

export function boxesDisjoint(a: Box, b: Box): boolean {
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    if (x !== undefined && y !== undefined && disjoint(x, y)) return true;
  }
  return false;
}

/** What both accept; undefined when that is nothing. */
export function intersectBoxes(a: Box, b: Box): Box | undefined {
  const result: (Regions | undefined)[] = [];
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    const y = b[i];
    const both = x === undefined ? y : y === undefined ? x : intersect(x, y);
    if (both?.length === 0) return undefined;
    result.push(both);
  }
  return result;
}

/** What some box of each of two unions accepts. */
export function within(outer: readonly Box[], boxes: readonly Box[]): readonly Box[] {
  return boxes.flatMap((box) => outer.map((other) => intersectBoxes(box, other)).filter((both) => both !== undefined));
}

/** Whether `outer` accepts all that `inner` does. */
export function boxContains(outer: Box, inner: Box): boolean {
  return outer.every((regions, i) => regions === undefined || (inner[i] !== undefined && isSubset(inner[i], regions)));
}

/**
 * The boxes that a condition accepts, none of them empty.
 * @throws {TooManyBoxes}
 */
export function boxesOf(condition: Condition, space: Space, negated = false): Box[] {
  switch (condition.kind) {
    case "always":
      return negated ? [] : [space.everything];
    case "not":
      return boxesOf(condition.operand, space, !negated);
    case "atom": {
      const index = space.indexOf.get(condition.attribute.name) as number;
      const holds = (space.partitions[index] as Partition).regionsOf(condition.atom);
      const regions = negated ? subtract(regionsAt(space.everything, index, space), holds) : holds;
      return regions.length === 0 ? [] : [withRegions(space.everything, index, regions, space)];
    }
    default: {
      const parts = condition.operands.map((operand) => boxesOf(operand, space, negated));
      return (condition.kind === "and") === negated ? simplify(parts.flat(), space) : product(parts, space);
    }
  }
}

function product(parts: readonly Box[][], space: Space): Box[] {
  let result: Box[] = [space.everything];
  for (const part of parts) {
    if (result.length * part.length > MOST_BOXES * 16) throw new TooManyBoxes();
    const next: Box[] = [];
    for (const a of result)
      for (const b of part) {
        const both = intersectBoxes(a, b);
        if (both !== undefined) next.push(both);
      }
    result = simplify(next, space);
  }
  return result;
}

/** The same union with fewer boxes: those inside others dropped, those that differ in one attribute made one. */
function simplify(boxes: Box[], space: Space): Box[] {
  if (boxes.length < 2) return boxes;
  let result = unionOfSingles(boxes, space);
  for (let merged = true; merged; ) {
    merged = false;
    const kept: Box[] = [];
    for (const box of result) {
      const at = kept.findIndex((other) => mergeBoxes(other, box, space) !== undefined);
      if (at < 0) kept.push(box);
      else {
        kept[at] = mergeBoxes(kept[at] as Box, box, space) as Box;
        merged = true;
      }
    }
    result = kept;
  }
  if (result.length > MOST_BOXES) throw new TooManyBoxes();
  return result;
}

/** Long lists (`in { … }`) are boxes that test the same one attribute: all of these become one at once. */
function unionOfSingles(boxes: readonly Box[], space: Space): Box[] {
  const singles = new Map<number, Regions[]>();
  const rest: Box[] = [];
  for (const box of boxes) {
    const tested = box.flatMap((regions, index) => (regions === undefined ? [] : [index]));
    const [only] = tested;
    if (tested.length !== 1 || only === undefined) rest.push(box);
    else {
      const sets = singles.get(only);
      if (sets === undefined) singles.set(only, [box[only] as Regions]);
      else sets.push(box[only] as Regions);
    }
  }
  const joined = [...singles].map(([index, sets]) =>
    withRegions(space.everything, index, sets.length === 1 ? (sets[0] as Regions) : union(sets.flat(), []), space),
  );
  return [...joined, ...rest];
}

/** One box that accepts what two accept together, if there is one. */
function mergeBoxes(a: Box, b: Box, space: Space): Box | undefined {
  let differs = -1;
  for (let i = 0; i < a.length; i++) {
    if (sameRegions(a[i], b[i])) continue;
    if (differs >= 0) return boxContains(a, b) ? a : boxContains(b, a) ? b : undefined;
    differs = i;
  }
  if (differs < 0) return a;
  const x = a[differs];
  const y = b[differs];
  return withRegions(a, differs, x && y ? union(x, y) : regionsAt(space.everything, differs, space), space);
}

function sameRegions(a: Regions | undefined, b: Regions | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every(([first, last], i) => first === b[i]?.[0] && last === b[i]?.[1]);
}
