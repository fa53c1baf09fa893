/** One string for every combination of patterns that a string other than the constants realises. */
import type { Product } from "./product.ts";
import type { Alphabet } from "./units.ts";

/** In what order a person would like to read characters. */
const READABLE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@+=,;!?#$%&*'\"()<>[]{}|^~`\\ ";

/**
 * For each signature the shortest string that has it and is not one of `constants`: a readable one if there is one,
 * the empty string only if there is no other. A signature that nothing but constants realises is not in the answer.
 */
export function shortestSamples(product: Product, constants: readonly string[]): Map<string, string> {
  const { alphabet, signatures, labels } = product;
  const sorted = [...constants].sort();
  const readable = alphabet.members.map((_, unitClass) => readableUnits(alphabet, unitClass));
  const order = [...readable.keys()].sort((a, b) => rank(readable[a]) - rank(readable[b]));
  const readableOf = (unitClass: number): readonly number[] => readable[unitClass] ?? [];

  const samples = new Map<string, string>();
  search(product, sorted, order, readableOf, samples);
  search(product, sorted, order, (unitClass) => allUnits(alphabet, unitClass, readableOf(unitClass)), samples);
  const empty = signatures[labels[0] ?? 0] ?? "";
  if (!samples.has(empty) && sorted[0] !== "") samples.set(empty, "");
  return samples;
}

/**
 * A text that was reached. The constants that begin with it stand in `from..to` of the sorted list; once there are
 * none, only the automaton's state matters and one text for each state is enough.
 */
interface Reached {
  readonly state: number;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Breadth first over the product automaton paired with the trie of the constants, so the first text is the shortest. */
function search(
  { alphabet, size, next, labels, signatures }: Product,
  sorted: readonly string[],
  order: readonly number[],
  unitsOf: (unitClass: number) => Iterable<number>,
  samples: Map<string, string>,
): void {
  const visited = new Uint8Array(size);
  const queue: Reached[] = [{ state: 0, text: "", from: 0, to: sorted.length }];
  for (const { state, text, from, to } of queue) {
    if (samples.size === signatures.length) return;
    const signature = signatures[labels[state] ?? 0] ?? "";
    if (text !== "" && sorted[from] !== text && !samples.has(signature)) samples.set(signature, text);

    const continued = constantsByNextUnit(sorted, text.length, from, to);
    for (const unitClass of order) {
      const target = next[state * alphabet.size + unitClass] ?? 0;
      if (visited[target] === 1) continue;
      const unit = firstOutside(unitsOf(unitClass), continued);
      if (unit === undefined) continue;
      visited[target] = 1;
      queue.push({ state: target, text: text + String.fromCharCode(unit), from: 0, to: 0 });
    }
    for (const [unit, range] of continued) {
      const target = next[state * alphabet.size + (alphabet.classOf[unit] ?? 0)] ?? 0;
      queue.push({ state: target, text: text + String.fromCharCode(unit), ...range });
    }
  }
}

/** Of the constants in `from..to`, which share their first `length` code units: where those with each next one stand. */
function constantsByNextUnit(sorted: readonly string[], length: number, from: number, to: number) {
  const ranges = new Map<number, { from: number; to: number }>();
  for (let index = from; index < to; index++) {
    const unit = sorted[index]?.charCodeAt(length) ?? Number.NaN;
    if (Number.isNaN(unit)) continue;
    const range = ranges.get(unit);
    if (range === undefined) ranges.set(unit, { from: index, to: index + 1 });
    else range.to = index + 1;
  }
  return ranges;
}

function firstOutside(units: Iterable<number>, taken: ReadonlyMap<number, unknown>): number | undefined {
  for (const unit of units) if (!taken.has(unit)) return unit;
  return undefined;
}

function rank(units: readonly number[] = []): number {
  const [best] = units;
  if (best === undefined) return Number.MAX_SAFE_INTEGER;
  const place = READABLE.indexOf(String.fromCharCode(best));
  return place === -1 ? READABLE.length : place;
}

/** The class's readable units, best first: ASCII; or one letter; or one digit or sign. */
function readableUnits(alphabet: Alphabet, unitClass: number): number[] {
  const ascii = Array.from(READABLE, (character) => character.charCodeAt(0)).filter(
    (unit) => alphabet.classOf[unit] === unitClass,
  );
  if (ascii.length > 0) return ascii;
  for (const wanted of [/\p{L}/u, /[\p{N}\p{P}\p{S}]/u]) {
    for (const unit of allUnits(alphabet, unitClass, [])) if (wanted.test(String.fromCharCode(unit))) return [unit];
  }
  return [];
}

function* allUnits(alphabet: Alphabet, unitClass: number, first: readonly number[]): Iterable<number> {
  yield* first;
  for (const [from, to] of alphabet.members[unitClass] ?? []) for (let unit = from; unit <= to; unit++) yield unit;
}
