/** Sets of UTF-16 code units, and the alphabet that a collection of such sets cannot tell apart further. */

/** Inclusive ranges of code units, ascending, disjoint and not adjacent. */
export type Units = readonly (readonly [first: number, last: number])[];

export const MAX_UNIT = 0xffff;

export const DIGITS: Units = ranges("09");
/** `\w`, and what `\b` goes by: ASCII alone, as in JavaScript without the flag u. */
export const WORD_UNITS: Units = ranges("09", "AZ", "__", "az");
/** ECMAScript's WhiteSpace and LineTerminator. */
export const SPACES: Units = ranges(
  "\t\r",
  "  ",
  "\u00a0\u00a0",
  "\u1680\u1680",
  "\u2000\u200a",
  "\u2028\u2029",
  "\u202f\u202f",
  "\u205f\u205f",
  "\u3000\u3000",
  "\ufeff\ufeff",
);
/** ECMAScript's LineTerminator: what `.` does not match. */
export const NEWLINES: Units = ranges("\n\n", "\r\r", "\u2028\u2029");

/** Halves of characters beyond U+FFFF: a high one, then a low one. */
export const HIGH_SURROGATES: Units = [[0xd800, 0xdbff]];
export const LOW_SURROGATES: Units = [[0xdc00, 0xdfff]];
export const SURROGATES: Units = [[0xd800, 0xdfff]];

function ranges(...pairs: readonly string[]): Units {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
}

/** All code units of the given ranges, which may overlap and stand in any order. */
export function union(parts: Units): Units {
  const result: [number, number][] = [];
  for (const [first, last] of parts.toSorted((a, b) => a[0] - b[0])) {
    const previous = result.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}

export function complement(units: Units): Units {
  const result: [number, number][] = [];
  let first = 0;
  for (const range of units) {
    if (range[0] > first) result.push([first, range[0] - 1]);
    first = range[1] + 1;
  }
  if (first <= MAX_UNIT) result.push([first, MAX_UNIT]);
  return result;
}

/** The units of one set that are not in the other. */
export function without(units: Units, others: Units): Units {
  return complement(union([...complement(units), ...others]));
}

export function has(units: Units, unit: number): boolean {
  return units.some(([first, last]) => first <= unit && unit <= last);
}

let caseVariants: ReadonlyMap<number, readonly number[]> | undefined;

/** The set and every other case of its letters (ECMAScript's Canonicalize without the flag u). */
export function ignoringCase(units: Units): Units {
  caseVariants ??= groupByCase();
  const parts = [...units];
  for (const [unit, variants] of caseVariants) {
    if (has(units, unit)) for (const variant of variants) parts.push([variant, variant]);
  }
  return union(parts);
}

/** Every code unit that has another case, with all its cases. */
function groupByCase(): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (let unit = 0; unit <= MAX_UNIT; unit++) {
    const upper = upperCase(unit);
    if (upper !== unit) groups.set(upper, [...(groups.get(upper) ?? [upper]), unit]);
  }
  const variants = new Map<number, readonly number[]>();
  for (const group of groups.values()) for (const unit of group) variants.set(unit, group);
  return variants;
}

function upperCase(unit: number): number {
  const upper = String.fromCharCode(unit).toUpperCase();
  const first = upper.charCodeAt(0);
  return upper.length !== 1 || (unit >= 128 && first < 128) ? unit : first;
}

/** Code units fall into classes; no set that the alphabet was made from tells two units of one class apart. */
export interface Alphabet {
  /** How many classes there are, numbered by their smallest unit. */
  readonly size: number;
  /** The class of every code unit. */
  readonly classOf: Uint16Array;
  /** The units of every class. */
  readonly members: readonly Units[];
  /** All code units, ascending, in ranges of one class. */
  readonly intervals: readonly (readonly [first: number, last: number, unitClass: number])[];
}

/** The coarsest alphabet in which each of `sets` is a union of classes. */
export function alphabetOf(sets: Iterable<Units>): Alphabet {
  const distinct = new Map<string, Units>();
  for (const set of sets) distinct.set(set.join(" "), set);
  const starts = new Set([0]);
  for (const set of distinct.values()) for (const [first, last] of set) starts.add(first).add(last + 1);
  const firsts = [...starts].filter((first) => first <= MAX_UNIT).sort((a, b) => a - b);
  const intervalFrom = new Map(firsts.map((first, index) => [first, index]));
  const memberships = firsts.map(() => "");
  for (const [index, set] of [...distinct.values()].entries()) {
    for (const [first, last] of set) {
      const end = intervalFrom.get(last + 1) ?? firsts.length;
      for (let i = intervalFrom.get(first) ?? 0; i < end; i++) memberships[i] += `${index} `;
    }
  }
  const classes = new Map<string, number>();
  const classOf = new Uint16Array(MAX_UNIT + 1);
  const members: [number, number][][] = [];
  const intervals = firsts.map((first, index) => {
    const key = memberships[index] ?? "";
    const unitClass = classes.get(key) ?? classes.size;
    classes.set(key, unitClass);
    const last = (firsts[index + 1] ?? MAX_UNIT + 1) - 1;
    classOf.fill(unitClass, first, last + 1);
    members[unitClass] ??= [];
    members[unitClass].push([first, last]);
    return [first, last, unitClass] as const;
  });
  return { size: classes.size, classOf, members, intervals };
}

/** The classes that make up a set that the alphabet was made from. */
export function classesIn(alphabet: Alphabet, units: Units): number[] {
  const classes: number[] = [];
  for (const [unitClass, members] of alphabet.members.entries()) {
    if (members[0] !== undefined && has(units, members[0][0])) classes.push(unitClass);
  }
  return classes;
}
