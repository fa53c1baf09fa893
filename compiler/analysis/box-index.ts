/** Boxes kept by where they are, so that those that may touch a box are found without looking at all of them. */
import type { Box, Space } from "./boxes.ts";
import type { Point } from "./points.ts";
import { type Regions, size } from "./regions.ts";

/** Sets of more regions than this are not looked at one by one: such a box is touched by much anyway. */
const MOST_REGIONS = 32;

/** One bit for each box, 32 to a word; words at the end that are not there are zero. */
type Bits = number[];

interface Column {
  /** The boxes that are not told by this attribute. */
  readonly open: Bits;
  /** The others, by each region that they accept. */
  readonly byRegion: Map<number, Bits>;
}

/**
 * Of each region of each attribute there is a bitmap of the boxes that accept it, as in the table. Those that touch a box
 * are in the intersection of what its attributes leave.
 */
export class BoxIndex {
  readonly #boxes: Box[] = [];
  readonly #columns: readonly Column[];

  constructor({ partitions }: Space) {
    this.#columns = partitions.map(() => ({ open: [], byRegion: new Map() }));
  }

  /** How many boxes there are; each has the number of those before it. */
  get size(): number {
    return this.#boxes.length;
  }

  add(box: Box): void {
    const number = this.#boxes.push(box) - 1;
    for (const [index, { open, byRegion }] of this.#columns.entries()) {
      const regions = box[index];
      if (regions === undefined || size(regions) > MOST_REGIONS) setBit(open, number);
      else
        for (const region of members(regions)) {
          const bits = byRegion.get(region) ?? [];
          if (bits.length === 0) byRegion.set(region, bits);
          setBit(bits, number);
        }
    }
  }

  /** Each box that has something in common with this one, once, and some that have not. */
  near(box: Box): Box[] {
    return this.numbersNear(box).map((number) => this.#boxes[number] as Box);
  }

  /** The numbers of these boxes, ascending, of those from `from` up to before `to`. */
  numbersNear(box: Box, from = 0, to = this.size): number[] {
    const found: number[] = [];
    const sets = this.#columns.flatMap(({ open, byRegion }, index): Bits[][] => {
      const regions = box[index];
      if (regions === undefined || byRegion.size === 0 || size(regions) > MOST_REGIONS) return [];
      return [[open, ...members(regions).flatMap((region) => [byRegion.get(region) ?? []])]];
    });
    this.#intersect(sets, from, to, (number) => {
      found.push(number);
      return false;
    });
    return found;
  }

  /**
   * The number of the first box, of those from `from` up to before `to`, that accepts a point and that `is`.
   */
  firstAt(point: Point, from = 0, to = this.size, is = (_number: number): boolean => true): number | undefined {
    const sets: Bits[][] = [];
    for (let index = 0; index < this.#columns.length; index++) {
      const { open, byRegion } = this.#columns[index] as Column;
      if (byRegion.size > 0) sets.push([open, byRegion.get(point[index] as number) ?? []]);
    }
    return this.#intersect(sets, from, to, (number) => accepts(this.#boxes[number] as Box, point) && is(number));
  }

  /** Gives each number that is in some set of each column, ascending, to `take` until that says that it is enough. */
  #intersect(
    columns: readonly (readonly Bits[])[],
    from: number,
    to: number,
    take: (number: number) => boolean,
  ): number | undefined {
    for (let word = from >>> 5; word * 32 < to; word++) {
      let left = word === from >>> 5 ? -1 << (from & 31) : -1;
      for (let column = 0; column < columns.length && left !== 0; column++) {
        const sets = columns[column] as readonly Bits[];
        let accepting = 0;
        for (let i = 0; i < sets.length; i++) accepting |= sets[i]?.[word] ?? 0;
        left &= accepting;
      }
      for (; left !== 0; left &= left - 1) {
        const number = word * 32 + 31 - Math.clz32(left & -left);
        if (number >= to) return undefined;
        if (take(number)) return number;
      }
    }
    return undefined;
  }
}

function accepts(box: Box, point: Point): boolean {
  return box.every((regions, index) => {
    const region = point[index] as number;
    return regions?.some(([first, last]) => first <= region && region <= last) ?? true;
  });
}

function setBit(bits: Bits, number: number): void {
  const word = number >>> 5;
  while (bits.length <= word) bits.push(0);
  bits[word] = (bits[word] as number) | (1 << (number & 31));
}

function members(regions: Regions): number[] {
  const numbers: number[] = [];
  for (const [first, last] of regions) for (let region = first; region <= last; region++) numbers.push(region);
  return numbers;
}
