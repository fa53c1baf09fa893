/**
 * First match over a route's rows by bitmaps: each attribute's region selects the set of rows that accept it, the sets
 * are intersected, the first row left decides. A bit per 32 rows says where an attribute's set is not empty, so that
 * long lists are skipped in strides (aggregated bit vectors: Baboescu and Varghese, "Scalable packet classification",
 * SIGCOMM 2001). Time grows with the number of attributes tested, hardly with that of rules.
 */
import type { DecisionTable, Domain, Route } from "./decision-table.generated.ts";
import { type Lookup, lookup, regionCount, regionOf } from "./domain.ts";
import type { Value } from "./value.ts";

/** Finds the index of the rule that decides; `values` are indexed as `table.attributes` is. */
export type Chooser = (values: readonly (Value | undefined)[]) => number;

/** The attributes that the route's rows test, by index, in the table's order. */
export function testedAttributes(table: DecisionTable, route: Route): number[] {
  return table.attributes.flatMap((attribute, index) =>
    route.rows.some((row) => Object.hasOwn(row.when, attribute.name)) ? [index] : [],
  );
}

/** Up to this many words of rows it is faster to look at each than to skip by summaries. */
const PLAIN_WORDS = 32;

export function compileChooser(table: DecisionTable, route: Route): Chooser {
  const ruleOf = Int32Array.from(route.rows, (row) => row.rule);
  const tested = testedAttributes(table, route);
  if (tested.length === 0) return () => ruleOf[0] as number;

  const attributes = Int32Array.from(tested);
  const columns = tested.length;
  const lookups = tested.map((index) => lookup(domainOf(table, index)));
  const words = Math.ceil(route.rows.length / 32);
  const rows = rowSets(table, route, tested, words);
  // Where each column's set for the request begins in `rows.bits`, in words.
  const at = new Int32Array(columns);

  const find = (values: readonly (Value | undefined)[]): void => {
    for (let c = 0; c < columns; c++)
      at[c] =
        (rows.begins[c] as number) + regionOf(lookups[c] as Lookup, values[attributes[c] as number] as Value) * words;
  };

  /** The rows of one word that accept the request in all columns. */
  const accepting = (word: number): number => {
    let accepted = -1;
    for (let c = 0; c < columns; c++) accepted &= rows.bits[(at[c] as number) + word] as number;
    return accepted;
  };

  const firstRule = (word: number, accepted: number): number =>
    ruleOf[word * 32 + 31 - Math.clz32(accepted & -accepted)] as number;

  if (words <= PLAIN_WORDS)
    return (values) => {
      find(values);
      for (let word = 0; word < words; word++) {
        const accepted = accepting(word);
        if (accepted !== 0) return firstRule(word, accepted);
      }
      throw new Error(NOT_TOTAL);
    };

  const strides = Math.ceil(words / 32);
  const summaries = summarize(rows.bits, words, strides);
  return (values) => {
    find(values);
    for (let stride = 0; stride < strides; stride++) {
      let full = -1;
      for (let c = 0; c < columns; c++) full &= summaries[((at[c] as number) / words) * strides + stride] as number;
      while (full !== 0) {
        const word = stride * 32 + 31 - Math.clz32(full & -full);
        full &= full - 1;
        const accepted = accepting(word);
        if (accepted !== 0) return firstRule(word, accepted);
      }
    }
    throw new Error(NOT_TOTAL);
  };
}

const NOT_TOTAL = "no row of the route accepts this request: the table is not total";

function domainOf(table: DecisionTable, index: number): Domain {
  const attribute = table.attributes[index];
  if (attribute?.domain === undefined) throw new Error(`attribute ${attribute?.name} is tested but has no domain`);
  return attribute.domain;
}

/** For each column and region `words` words, bit i of which is set when row i accepts the region. */
function rowSets(
  table: DecisionTable,
  route: Route,
  tested: readonly number[],
  words: number,
): { readonly bits: Int32Array; readonly begins: Int32Array } {
  const counts = tested.map((index) => regionCount(domainOf(table, index)));
  const begins = Int32Array.from(tested, (_, c) => counts.slice(0, c).reduce((sum, count) => sum + count, 0) * words);
  const bits = new Int32Array(counts.reduce((sum, count) => sum + count, 0) * words);
  for (const [c, index] of tested.entries()) {
    const name = table.attributes[index]?.name as string;
    for (const [row, { when }] of route.rows.entries()) {
      const ranges = (Object.hasOwn(when, name) && when[name]) || [[0, (counts[c] as number) - 1]];
      for (const [from, to] of ranges)
        for (let region = from as number; region <= (to as number); region++)
          setBit(bits, ((begins[c] as number) + region * words) * 32 + row);
    }
  }
  return { bits, begins };
}

/** For each set of `words` words `strides` words, bit i of which is set when word i of the set is not zero. */
function summarize(bits: Int32Array, words: number, strides: number): Int32Array {
  const summaries = new Int32Array((bits.length / words) * strides);
  for (let i = 0; i < bits.length; i++)
    if (bits[i] !== 0) setBit(summaries, Math.floor(i / words) * strides * 32 + (i % words));
  return summaries;
}

function setBit(bits: Int32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31));
}
