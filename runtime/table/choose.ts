/**
 * First match over a route's rows by bitmaps: each attribute's region selects the set of rows that accept it, the sets
 * are intersected, the first row left decides. A bit per 32 rows says where an attribute's set is not empty, so that
 * long lists are skipped in strides (aggregated bit vectors: Baboescu and Varghese, "Scalable packet classification",
 * SIGCOMM 2001). Time grows with the number of attributes tested, hardly with that of rules.
 */
import type { DecisionTable, Route } from "./decision-table.generated.ts";
import { regionCount, regionFinder } from "./domain.ts";
import type { Value } from "./value.ts";

/** Finds the index of the rule that decides; `values` are indexed as `table.attributes` is. */
export type Chooser = (values: readonly (Value | undefined)[]) => number;

interface Column {
  readonly attribute: number;
  readonly regionOf: (value: Value) => number;
  /** Per region `words` words: bit i of the whole is set when row i accepts the region. */
  readonly rows: Int32Array;
  /** Per region `strides` words: bit i is set when word i of the region's rows is not zero. */
  readonly summary: Int32Array;
}

/** The attributes that the route's rows test, by index, in the table's order. */
export function testedAttributes(table: DecisionTable, route: Route): number[] {
  return table.attributes.flatMap((attribute, index) =>
    route.rows.some((row) => Object.hasOwn(row.when, attribute.name)) ? [index] : [],
  );
}

export function compileChooser(table: DecisionTable, route: Route): Chooser {
  const ruleOf = Int32Array.from(route.rows, (row) => row.rule);
  const words = Math.ceil(route.rows.length / 32);
  const strides = Math.ceil(words / 32);
  const columns = testedAttributes(table, route).map((attribute) => column(table, route, attribute, words, strides));
  const last = columns.length - 1;
  const first = columns[0];
  if (first === undefined) return () => ruleOf[0] as number;
  const regions = new Int32Array(columns.length);

  return (values) => {
    for (let c = 0; c <= last; c++) {
      const { attribute, regionOf } = columns[c] as Column;
      regions[c] = regionOf(values[attribute] as Value);
    }
    for (let stride = 0; stride < strides; stride++) {
      let full = -1;
      for (let c = 0; c <= last; c++)
        full &= (columns[c] as Column).summary[(regions[c] as number) * strides + stride] as number;
      while (full !== 0) {
        const lowest = full & -full;
        full ^= lowest;
        const word = stride * 32 + 31 - Math.clz32(lowest);
        let rows = -1;
        for (let c = 0; c <= last && rows !== 0; c++)
          rows &= (columns[c] as Column).rows[(regions[c] as number) * words + word] as number;
        if (rows !== 0) return ruleOf[word * 32 + 31 - Math.clz32(rows & -rows)] as number;
      }
    }
    throw new Error(`route ${route.names[0]} has no row for this request: the table is not total`);
  };
}

function column(table: DecisionTable, route: Route, index: number, words: number, strides: number): Column {
  const attribute = table.attributes[index] as DecisionTable["attributes"][number];
  if (attribute.domain === undefined) throw new Error(`attribute ${attribute.name} is tested but has no domain`);
  const regions = regionCount(attribute.domain);
  const rows = new Int32Array(regions * words);
  const summary = new Int32Array(regions * strides);
  const accept = (region: number, row: number): void => {
    setBit(rows, region * words * 32 + row);
    setBit(summary, region * strides * 32 + (row >>> 5));
  };
  for (const [row, { when }] of route.rows.entries()) {
    const ranges = (Object.hasOwn(when, attribute.name) && when[attribute.name]) || [[0, regions - 1]];
    for (const [from, to] of ranges) for (let region = from; region <= to; region++) accept(region, row);
  }
  return { attribute: index, regionOf: regionFinder(attribute.domain), rows, summary };
}

function setBit(bits: Int32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31));
}
