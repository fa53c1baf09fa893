/**
 * Regions: how an attribute's values fall into classes that no rule tells apart. The compiler proves over regions and
 * the runtime decides by them, so that both mean the same by a value.
 */
import type { Domain, NumberDomain, Pattern, StringDomain } from "./decision-table.generated.ts";
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

/** A function from a value of the attribute to its region. Allocates nothing when called. */
export function regionFinder(domain: Domain): (value: Value) => number {
  switch (domain.kind) {
    case "bool":
      return (value) => (value === true ? 1 : 0);
    case "members": {
      const regions = new Map(domain.regions.flatMap((members, region) => members.map((member) => [member, region])));
      return (value) => regions.get(value as string) as number;
    }
    case "numbers":
      return numberRegionFinder(domain);
    case "strings":
      return stringRegionFinder(domain);
  }
}

function numberRegionFinder(domain: NumberDomain): (value: Value) => number {
  // An `above` cut at v is a `from` cut at the next number after v, so that one comparison serves both.
  const starts = Float64Array.from(domain.cuts, (cut) => ("from" in cut ? cut.from : nextAfter(cut.above)));
  return (value) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((value as number) >= (starts[middle] as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The least double greater than `value`. */
function nextAfter(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] as bigint) + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0] as number;
}

function stringRegionFinder(domain: StringDomain): (value: Value) => number {
  const constants = new Map(Object.entries(domain.constants));
  const patterns = domain.patterns.map(matcher);
  if (patterns.length === 0) {
    const rest = domain.others[""] ?? 0;
    return (value) => constants.get(value as string) ?? rest;
  }
  const signatures = signatureTree(domain, patterns.length);
  return (value) => {
    const constant = constants.get(value as string);
    if (constant !== undefined) return constant;
    let node: SignatureNode = signatures;
    for (const holds of patterns) node = (node as [SignatureNode, SignatureNode])[holds(value as string) ? 1 : 0];
    return node as number;
  };
}

function matcher(pattern: Pattern): (text: string) => boolean {
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
