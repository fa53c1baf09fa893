/**
 * First match over a route's rows by bitmaps: each attribute's region selects the set of a leaf's rows that accept it,
 * the sets are intersected, the first row left decides. Nothing is allocated for a decision.
 *
 * There are two forms of it that decide alike: code that is made for the route, and this file's own loop, which runs
 * where no code may be made, and where leaves are so long that it is worth skipping: a bit per 32 rows says where a
 * set is not empty (aggregated bit vectors: Baboescu and Varghese, "Scalable packet classification", SIGCOMM 2001).
 */
import type { DecisionTable, Route } from "./decision-table.generated.ts";
import { type Lookup, lookup, regionOf } from "./domain.ts";
import { generateChooser, mayGenerate } from "./generated-chooser.ts";
import { arrange, type Leaves } from "./leaves.ts";
import { domainOf, lowestBit, setBit, wordsFor } from "./row-sets.ts";
import type { Value } from "./value.ts";

/** Finds the index of the rule that decides; `values` are indexed as `table.attributes` is. */
export type Chooser = (values: readonly (Value | undefined)[]) => number;

/** How a route's rule is found, for people. */
export interface Strategy {
  /** `generated`: code made for the route; `interpreted`: the same, by a loop over its sets. */
  readonly form: "generated" | "interpreted";
  readonly why: string;
  /** The attribute whose region selects a leaf; undefined where there is one leaf of all rows, and why, if there is more to say. */
  readonly dispatch: string | undefined;
  readonly declined: string | undefined;
  readonly leaves: number;
  /** Rows of the longest leaf. */
  readonly longest: number;
  /** Of the sets. */
  readonly bytes: number;
}

/** Up to this many words of rows it is faster to look at each than to skip by summaries. */
const PLAIN_WORDS = 32;

export function compileChooser(table: DecisionTable, route: Route): { choose: Chooser; strategy: Strategy } {
  const leaves = arrange(table, route);
  const { dispatch, declined, words, longest, bits } = leaves;
  const isLong = wordsFor(longest) > PLAIN_WORDS;
  const generated = !isLong && mayGenerate();
  const choose = generated ? generateChooser(table, leaves, notTotal) : interpret(table, leaves);
  const strategy: Strategy = {
    form: generated ? "generated" : "interpreted",
    why: isLong
      ? `a leaf has more than ${PLAIN_WORDS * 32} rows, of which most are skipped`
      : generated
        ? `no leaf has more than ${PLAIN_WORDS * 32} rows`
        : "this process may make no code",
    dispatch: dispatch === undefined ? undefined : table.attributes[dispatch]?.name,
    declined,
    leaves: words.length,
    longest,
    bytes: bits.byteLength,
  };
  return { choose, strategy };
}

function notTotal(): never {
  throw new Error("no row of the route accepts this request: the table is not total");
}

/** The chooser as a loop, over any leaves. */
export function interpret(table: DecisionTable, leaves: Leaves): Chooser {
  const { dispatch, leafOf, words, begins, bits, rulesAt, rules } = leaves;
  const attributes = Int32Array.from(leaves.attributes);
  const lookups = leaves.attributes.map((index) => lookup(domainOf(table, index)));
  const selecting = dispatch === undefined ? undefined : lookup(domainOf(table, dispatch));
  const summaries = summarize(leaves);
  /** Of each attribute, the place of its region among all of a leaf. */
  const places = new Int32Array(attributes.length);

  const intersect = (sets: Int32Array, begin: number, length: number, word: number): number => {
    let accepted = -1;
    for (let a = 0; a < places.length; a++) accepted &= sets[begin + (places[a] as number) * length + word] as number;
    return accepted;
  };

  return (values) => {
    const leaf = selecting === undefined ? 0 : (leafOf[regionOf(selecting, values[dispatch as number])] as number);
    for (let a = 0; a < attributes.length; a++)
      places[a] = (leaves.offsets[a] as number) + regionOf(lookups[a] as Lookup, values[attributes[a] as number]);
    const [length, begin, first] = [words[leaf] as number, begins[leaf] as number, rulesAt[leaf] as number];
    if (attributes.length === 0 && length > 0) return rules[first] as number;
    if (length <= PLAIN_WORDS) {
      for (let word = 0; word < length; word++) {
        const accepted = intersect(bits, begin, length, word);
        if (accepted !== 0) return rules[first + word * 32 + lowestBit(accepted)] as number;
      }
      return notTotal();
    }
    const strides = wordsFor(length);
    for (let stride = 0; stride < strides; stride++)
      for (let full = intersect(summaries.bits, summaries.begins[leaf] as number, strides, stride); full !== 0; ) {
        const word = stride * 32 + lowestBit(full);
        full &= full - 1;
        const accepted = intersect(bits, begin, length, word);
        if (accepted !== 0) return rules[first + word * 32 + lowestBit(accepted)] as number;
      }
    return notTotal();
  };
}

/** For each set of a long leaf another, bit i of which is set when word i of the set is not zero. */
function summarize({ words, begins, bits }: Leaves): { readonly begins: Int32Array; readonly bits: Int32Array } {
  const summaryBegins = new Int32Array(words.length);
  const sets = words.map((length, leaf) =>
    length > PLAIN_WORDS ? ((begins[leaf + 1] ?? bits.length) - (begins[leaf] as number)) / length : 0,
  );
  let total = 0;
  for (const [leaf, count] of sets.entries()) {
    summaryBegins[leaf] = total;
    total += count * wordsFor(words[leaf] as number);
  }
  const summaries = new Int32Array(total);
  for (const [leaf, count] of sets.entries()) {
    const [length, begin] = [words[leaf] as number, begins[leaf] as number];
    const strides = wordsFor(length);
    for (let word = 0; word < count * length; word++)
      if (bits[begin + word] !== 0) {
        const place = (summaryBegins[leaf] as number) + Math.floor(word / length) * strides;
        setBit(summaries, place * 32 + (word % length));
      }
  }
  return { begins: summaryBegins, bits: summaries };
}
