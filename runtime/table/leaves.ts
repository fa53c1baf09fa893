/**
 * A route's rows arranged for choosing. The region of one attribute, where one tells enough rows apart, selects a leaf;
 * a leaf holds the rows that accept that region, up to the first that tests nothing else, and for each region of each
 * other attribute the set of them that accept it. Without such an attribute there is one leaf of all rows.
 */
import type { DecisionTable, Route } from "./decision-table.generated.ts";
import { regionCount } from "./domain.ts";
import { domainOf, rangesOf, setBit, testedAttributes, wordsFor } from "./row-sets.ts";

export interface Leaves {
  /** Index into `table.attributes` of what selects the leaf. */
  readonly dispatch: number | undefined;
  /** The leaf of each region of that attribute. */
  readonly leafOf: Int32Array;
  /** Indices of the other attributes that rows test. */
  readonly attributes: readonly number[];
  /** Of each of these, how many regions those before it have together. */
  readonly offsets: Int32Array;
  /** Words that a set takes in each leaf. */
  readonly words: Int32Array;
  /** Where the sets of each leaf begin in `bits`: that of region r of attribute a at (offsets[a] + r) × words. */
  readonly begins: Int32Array;
  readonly bits: Int32Array;
  /** Where the rules of each leaf's rows begin in `rules`. */
  readonly rulesAt: Int32Array;
  readonly rules: Int32Array;
  /** Rows of the longest leaf. */
  readonly longest: number;
  /** Why an attribute that would select leaves does not, where one would. */
  readonly declined: string | undefined;
}

/** A leaf is selected only where that leaves less than this share of the words to look at. */
const WORTH = 0.75;
/** 16 MB of sets. */
const MOST_WORDS = 4_000_000;

export function arrange(table: DecisionTable, route: Route): Leaves {
  const tested = testedAttributes(table, route);
  const counts = new Map(tested.map((index) => [index, regionCount(domainOf(table, index))]));
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const whole = wordsFor(route.rows.length);

  let best: { readonly index: number; readonly words: number } | undefined;
  let declined: string | undefined;
  for (const [index, regions] of counts) {
    const name = nameOf(table, index);
    const perRegion = rowsPerRegion(route, name, regions).map(wordsFor);
    const words = perRegion.reduce((sum, each) => sum + each, 0);
    if (words / regions >= Math.min(best?.words ?? Number.POSITIVE_INFINITY, whole * WORTH)) continue;
    if (words * (all - regions) > MOST_WORDS) declined = `leaves by \`${name}\` would take more than 16 MB`;
    else best = { index, words: words / regions };
  }
  const dispatch = best?.index;
  const others = tested.filter((index) => index !== dispatch);
  return { ...pack(table, route, dispatch, others), declined: best === undefined ? declined : undefined };
}

function nameOf(table: DecisionTable, index: number): string {
  return table.attributes[index]?.name as string;
}

/** How many rows accept each region, by adding up where ranges begin and end. */
function rowsPerRegion(route: Route, name: string, regions: number): number[] {
  const change = new Int32Array(regions + 1);
  for (const { when } of route.rows)
    for (const [first, last] of rangesOf(when, name, regions)) {
      change[first] = (change[first] as number) + 1;
      change[last + 1] = (change[last + 1] as number) - 1;
    }
  let live = 0;
  return Array.from({ length: regions }, (_, region) => {
    live += change[region] as number;
    return live;
  });
}

function pack(
  table: DecisionTable,
  route: Route,
  dispatch: number | undefined,
  attributes: readonly number[],
): Omit<Leaves, "declined"> {
  const names = attributes.map((index) => nameOf(table, index));
  const counts = attributes.map((index) => regionCount(domainOf(table, index)));
  let total = 0;
  const offsets = Int32Array.from(counts, (count) => {
    total += count;
    return total - count;
  });
  const plain = new Set(
    route.rows.flatMap(({ when }, row) => (names.some((name) => Object.hasOwn(when, name)) ? [] : [row])),
  );
  const live = rowsOfRegions(table, route, dispatch, plain);
  const leaves = [...new Map(live.map((rows) => [rows.join(), rows])).values()];
  const leafAt = new Map(leaves.map((rows, leaf) => [rows.join(), leaf]));
  const words = Int32Array.from(leaves, (rows) => wordsFor(rows.length));
  const begins = sums(words, total);
  const bits = new Int32Array(words.reduce((sum, each) => sum + each * total, 0));
  for (const [leaf, rows] of leaves.entries())
    for (const [place, row] of rows.entries())
      for (const [a, name] of names.entries())
        for (const [first, last] of rangesOf(route.rows[row]?.when ?? {}, name, counts[a] as number))
          for (let region = first; region <= last; region++) {
            const set = (begins[leaf] as number) + ((offsets[a] as number) + region) * (words[leaf] as number);
            setBit(bits, set * 32 + place);
          }
  return {
    dispatch,
    leafOf: Int32Array.from(live, (rows) => leafAt.get(rows.join()) as number),
    attributes,
    offsets,
    words,
    begins,
    bits,
    rulesAt: sums(
      Int32Array.from(leaves, (rows) => rows.length),
      1,
    ),
    rules: Int32Array.from(leaves.flat(), (row) => route.rows[row]?.rule as number),
    longest: Math.max(...leaves.map((rows) => rows.length)),
  };
}

/** Of each region of an attribute, or of all requests, the rows that accept it, up to the first of `plain`. */
function rowsOfRegions(
  table: DecisionTable,
  route: Route,
  attribute: number | undefined,
  plain: ReadonlySet<number>,
): number[][] {
  const regions = attribute === undefined ? 1 : regionCount(domainOf(table, attribute));
  const live = Array.from({ length: regions }, (): number[] => []);
  const closed = new Uint8Array(regions);
  for (const [row, { when }] of route.rows.entries())
    for (const [first, last] of attribute === undefined
      ? [[0, 0] as const]
      : rangesOf(when, nameOf(table, attribute), regions))
      for (let region = first; region <= last; region++) {
        if (closed[region] === 1) continue;
        live[region]?.push(row);
        if (plain.has(row)) closed[region] = 1;
      }
  return live;
}

/** For each entry the sum of those before it, times `by`. */
function sums(counts: Int32Array, by: number): Int32Array {
  let sum = 0;
  return counts.map((count) => {
    sum += count * by;
    return sum - count * by;
  });
}
