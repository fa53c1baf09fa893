/** Boxes as bits: for one question, each attribute's regions are numbered among those that the question tells apart. */
import { type Box, regionsAt, type Space, withRegions } from "./boxes.ts";
import { isSubset, type Regions } from "./regions.ts";

/** The bits of a word. */
const WORD = 32;

/** A part of the space and the boxes that touch it. */
export interface Masks {
  /** How many words a box takes. */
  readonly words: number;
  /** The words of an attribute are those from the one before's end up to its own. */
  readonly ends: readonly number[];
  /** The part. */
  readonly part: Int32Array;
  /** The boxes, one after the other: what each accepts of the part, and maybe more. */
  readonly rows: Int32Array;
  /** The box that words stand for. */
  toBox(words: Int32Array): Box;
}

/** An attribute in which some box does not accept all that the part does. */
interface Column {
  readonly index: number;
  readonly words: number;
  /** The ranges that bits stand for; undefined where bit 0 is region 0, and so on. */
  readonly cells: readonly (readonly [first: number, last: number])[] | undefined;
}

/** Words of all rows together above which boxes are told apart further first. */
const MOST_WORDS = 1 << 22;

/**
 * Undefined where the bits would take too much room.
 * @param boxes none of which is disjoint from `part`.
 */
export function masksOf(part: Box, boxes: readonly Box[], space: Space): Masks | undefined {
  const columns = columnsOf(part, boxes, space);
  const ends: number[] = [];
  let words = 0;
  for (const column of columns) {
    words += column.words;
    ends.push(words);
  }
  if (words * boxes.length > MOST_WORDS) return undefined;
  const rows = new Int32Array(boxes.length * words).fill(-1);
  const own = new Int32Array(words);
  let start = 0;
  for (const column of columns) {
    write(regionsAt(part, column.index, space), column, own, start);
    for (let i = 0; i < boxes.length; i++) {
      const regions = boxes[i]?.[column.index];
      if (regions === undefined) continue;
      const at = i * words + start;
      for (let word = at; word < at + column.words; word++) rows[word] = 0;
      write(regions, column, rows, at);
    }
    start += column.words;
  }
  return { words, ends, part: own, rows, toBox: (found) => read(found, part, columns, space) };
}

function columnsOf(part: Box, boxes: readonly Box[], space: Space): Column[] {
  const columns: Column[] = [];
  for (let index = 0; index < part.length; index++) {
    const own = regionsAt(part, index, space);
    if (own.length === 1 && own[0]?.[0] === own[0]?.[1]) continue;
    const { count } = space.partitions[index] as Space["partitions"][number];
    if (count <= WORD) {
      if (boxes.some(({ [index]: regions }) => regions !== undefined && !isSubset(own, regions)))
        columns.push({ index, words: 1, cells: undefined });
      continue;
    }
    const cells = cellsOf(own, index, boxes);
    if (cells.length > 1) columns.push({ index, words: Math.ceil(cells.length / WORD), cells });
  }
  return columns;
}

/** The ranges of an attribute that no box parts. */
function cellsOf(own: Regions, index: number, boxes: readonly Box[]): [first: number, last: number][] {
  const starts = new Set<number>();
  for (const [first] of own) starts.add(first);
  for (const { [index]: regions } of boxes)
    if (regions !== undefined)
      for (const [first, last] of regions) {
        starts.add(first);
        starts.add(last + 1);
      }
  const sorted = Int32Array.from(starts).sort();
  const cells: [number, number][] = [];
  let next = 0;
  for (const [first, last] of own) {
    while ((sorted[next] ?? Number.POSITIVE_INFINITY) < first) next++;
    for (; (sorted[next] ?? Number.POSITIVE_INFINITY) <= last; next++)
      cells.push([sorted[next] as number, Math.min(last, (sorted[next + 1] ?? Number.POSITIVE_INFINITY) - 1)]);
  }
  return cells;
}

/** Sets the bits of regions, from a word on. */
function write(regions: Regions, { cells }: Column, into: Int32Array, at: number): void {
  for (const [first, last] of regions) {
    const from = cells === undefined ? first : firstFrom(first, cells);
    const to = cells === undefined ? last : firstFrom(last + 1, cells) - 1;
    // A range that lies between two cells has none.
    for (let word = from >>> 5; from <= to && word * WORD <= to; word++) {
      const low = Math.max(from - word * WORD, 0);
      const high = Math.min(to - word * WORD, WORD - 1);
      // As many ones as there are bits from `low` to `high`, moved to their place.
      into[at + word] = (into[at + word] as number) | ((-1 >>> (WORD - 1 - (high - low))) << low);
    }
  }
}

/** The first cell that does not begin before a region. */
function firstFrom(region: number, cells: readonly (readonly [first: number, last: number])[]): number {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cells[middle]?.[0] as number) < region) low = middle + 1;
    else high = middle;
  }
  return low;
}

function read(words: Int32Array, part: Box, columns: readonly Column[], space: Space): Box {
  let box = part;
  let start = 0;
  for (const { index, words: own, cells } of columns) {
    const ranges: [number, number][] = [];
    for (let bit = 0; bit < own * WORD; bit++) {
      if (((words[start + (bit >>> 5)] as number) & (1 << (bit & 31))) === 0) continue;
      const [first, last] = cells === undefined ? [bit, bit] : (cells[bit] as [number, number]);
      const previous = ranges.at(-1);
      if (previous?.[1] === first - 1) previous[1] = last;
      else ranges.push([first, last]);
    }
    box = withRegions(box, index, ranges, space);
    start += own;
  }
  return box;
}
