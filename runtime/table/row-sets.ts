/** Which rows of a route accept which regions, as bitmaps: bit i of a set stands for row i. */
import type { DecisionTable, Domain, Route } from "./decision-table.generated.ts";
import { type Lookup, lookup, regionCount, regionOf } from "./domain.ts";
import type { Value } from "./value.ts";

/** The attributes that the route's rows test, by index, in the table's order. */
export function testedAttributes(table: DecisionTable, route: Route): number[] {
  const names = new Set(route.rows.flatMap(({ when }) => Object.keys(when)));
  return table.attributes.flatMap((attribute, index) => (names.has(attribute.name) ? [index] : []));
}

/** One attribute of the route's, and for each of its regions the set of rows that accept it. */
export interface Column {
  /** Index into `table.attributes`. */
  readonly attribute: number;
  readonly lookup: Lookup;
  readonly regions: number;
  /** Of region r the words from r × `words` on. */
  readonly bits: Int32Array;
}

/** Words of 32 rows each that a set of so many rows takes. */
export function wordsFor(rows: number): number {
  return Math.ceil(rows / 32);
}

/** The column of an attribute that rows test. */
export function columnOf(table: DecisionTable, route: Route, attribute: number): Column {
  const { name } = table.attributes[attribute] as DecisionTable["attributes"][number];
  const domain = domainOf(table, attribute);
  const regions = regionCount(domain);
  const words = wordsFor(route.rows.length);
  const bits = new Int32Array(regions * words);
  for (const [row, { when }] of route.rows.entries())
    for (const [first, last] of rangesOf(when, name, regions))
      for (let region = first; region <= last; region++) setBit(bits, region * words * 32 + row);
  return { attribute, lookup: lookup(domain), regions, bits };
}

/** Where in `column.bits` the set of rows for a request begins. */
export function setAt({ attribute, lookup }: Column, values: readonly (Value | undefined)[], words: number): number {
  return regionOf(lookup, values[attribute] as Value) * words;
}

/** The regions of an attribute that a row accepts: all where it does not test it. */
export function rangesOf(
  when: Route["rows"][number]["when"],
  name: string,
  regions: number,
): readonly (readonly [first: number, last: number])[] {
  const ranges = Object.hasOwn(when, name) ? when[name] : undefined;
  return (ranges as readonly (readonly [number, number])[] | undefined) ?? [[0, regions - 1]];
}

export function domainOf(table: DecisionTable, index: number): Domain {
  const attribute = table.attributes[index];
  if (attribute?.domain === undefined) throw new Error(`attribute ${attribute?.name} is tested but has no domain`);
  return attribute.domain;
}

export function setBit(bits: Int32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31));
}

/** The number of the lowest bit of a word that is not zero. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
