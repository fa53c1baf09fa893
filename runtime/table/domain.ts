/**
 * Regions: how an attribute's values fall into classes that no rule tells apart. The compiler proves over regions and
 * the runtime decides by them, so that both mean the same by a value.
 */
import type { Domain, Pattern, StringDomain } from "./decision-table.generated.ts";
import { compileAutomaton } from "./match-automaton.ts";
import type { Value } from "./value.ts";

export function regionCount(domain: Domain): number {
  switch (domain.kind) {
    case "bool":
      return 2;
    case "members":
      return domain.regions.length;
    case "numbers":
      return domain.cuts.length + 1;
    case "strings":
      return domain.regions;
  }
}

/**
 * A domain made ready for look-ups. All kinds have the same shape, so that the one function that reads it (`regionOf`)
 * stays monomorphic where routes test attributes of different kinds.
 */
export interface Lookup {
  readonly kind: "bool" | "few" | "many" | "numbers";
  /** Values that have a region each of their own, few enough to compare with one after the other; and those regions. */
  readonly values: readonly string[];
  readonly regions: Int32Array;
  /** The same, where there are many. */
  readonly byValue: ReadonlyMap<string, number>;
  /** The region of a text that is none of the values. */
  readonly other: (text: string) => number;
  /** The least number of each region but the first. */
  readonly starts: Float64Array;
}

/** Up to this many values comparing is faster than hashing, which a text fresh from a request has yet to be. */
const FEW = 8;

export function lookup(domain: Domain): Lookup {
  switch (domain.kind) {
    case "bool":
      return { ...EMPTY, kind: "bool" };
    case "numbers":
      // An `above` cut at v is a `from` cut at the next number after v, so that one comparison serves both.
      return {
        ...EMPTY,
        kind: "numbers",
        starts: Float64Array.from(domain.cuts, (cut) => ("from" in cut ? cut.from : nextAfter(cut.above))),
      };
    case "members":
      return byValues(
        domain.regions.flatMap((members, region) => members.map((member) => [member, region])),
        () => 0,
      );
    case "strings":
      return byValues(Object.entries(domain.constants), otherFinder(domain));
  }
}

const EMPTY: Omit<Lookup, "kind"> = {
  values: [],
  regions: new Int32Array(),
  byValue: new Map(),
  other: () => 0,
  starts: new Float64Array(),
};

function byValues(entries: readonly (readonly [value: string, region: number])[], other: Lookup["other"]): Lookup {
  return {
    ...EMPTY,
    kind: entries.length <= FEW ? "few" : "many",
    values: entries.map(([value]) => value),
    regions: Int32Array.from(entries, ([, region]) => region),
    byValue: new Map(entries),
    other,
  };
}

/**
 * The region of a value of the attribute; of a signal that is not known, because nothing depends on it, any region.
 * Allocates nothing.
 */
export function regionOf(lookup: Lookup, value: Value | undefined): number {
  switch (lookup.kind) {
    case "bool":
      return value === true ? 1 : 0;
    case "numbers": {
      const { starts } = lookup;
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((value as number) >= (starts[middle] as number)) low = middle + 1;
        else high = middle;
      }
      return low;
    }
    case "few": {
      const { values } = lookup;
      for (let i = 0; i < values.length; i++) if (values[i] === value) return lookup.regions[i] as number;
      return value === undefined ? 0 : lookup.other(value as string);
    }
    case "many":
      return lookup.byValue.get(value as string) ?? (value === undefined ? 0 : lookup.other(value as string));
  }
}

/** The least double greater than `value`. */
function nextAfter(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] as bigint) + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0] as number;
}

function otherFinder(domain: StringDomain): (text: string) => number {
  const patterns = domain.patterns.map(matcher);
  if (patterns.length === 0) {
    const region = domain.others[""] ?? 0;
    return () => region;
  }
  const signatures = signatureTree(domain, patterns.length);
  return (text) => {
    let node: SignatureNode = signatures;
    for (const holds of patterns) node = (node as [SignatureNode, SignatureNode])[holds(text) ? 1 : 0];
    return node as number;
  };
}

/** Whether a text is as a pattern says, in time linear in the text. */
export function matcher(pattern: Pattern): (text: string) => boolean {
  switch (pattern.kind) {
    case "prefix":
      return (text) => text.startsWith(pattern.text);
    case "suffix":
      return (text) => text.endsWith(pattern.text);
    case "contains":
      return (text) => text.includes(pattern.text);
    case "regex":
      return compileAutomaton(pattern.states);
  }
}

/** The region at the end of a path of one branch a pattern: 1 where it holds, 0 where not. */
type SignatureNode = number | [SignatureNode, SignatureNode];

function signatureTree(domain: StringDomain, depth: number, path = ""): SignatureNode {
  const keys = Object.keys(domain.others).filter((key) => key.startsWith(path));
  // No text has this signature, so no look-up comes here.
  if (keys.length === 0) return 0;
  if (path.length === depth) return domain.others[path] as number;
  return [signatureTree(domain, depth, `${path}0`), signatureTree(domain, depth, `${path}1`)];
}
