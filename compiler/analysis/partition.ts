/**
 * The partition of each attribute's values into regions that no comparison of the policy tells apart. Proofs range over
 * regions, and the table decides by the same ones.
 */
import type { Cut, Domain } from "../../runtime/table/artifact.ts";
import { mayContinue } from "../program/interruption.ts";
import type { Atom, Attribute, Condition, Program } from "../program/program.ts";
import { isWhole } from "../program/types.ts";
import { partitionStrings, type StringAtom } from "../strings/index.ts";
import { NONE, type Regions, regionSet } from "./regions.ts";

/** One attribute's regions. */
export interface Partition {
  readonly attribute: Attribute;
  readonly domain: Domain;
  readonly count: number;
  /** The regions in which a comparison of this attribute holds. */
  regionsOf(atom: Atom): Regions;
  /** A value of a region, as readable as can be had. */
  sample(region: number): boolean | number | string;
}

/** Why an attribute's values could not be partitioned exactly. */
export interface Undecided {
  readonly attribute: Attribute;
  readonly undecided: string;
}

/** Partitions of all attributes that rules test, by name; and of those that `also` tests, so finely that it can be told. */
export function partitionAttributes(
  program: Program,
  also: readonly Condition[] = [],
): Map<string, Partition | Undecided> {
  const tested = new Map<Attribute, Atom[]>();
  for (const condition of also) collectAtoms(condition, tested);
  for (const route of program.routes) for (const rule of route.rules) collectAtoms(rule.condition, tested);
  for (const { for: scope } of [...program.routes, ...program.meters]) if (scope) collectAtoms(scope, tested);
  // A route's own names are the only values that `model` has in it: each must be a region apart.
  for (const route of program.routes)
    for (const name of route.names)
      for (const [attribute, atoms] of tested)
        if (attribute.name === "model" && name !== "*")
          atoms.push({ kind: "text", atom: { kind: "equals", text: name } });
  return new Map([...tested].map(([attribute, atoms]) => [attribute.name, partition(attribute, atoms)]));
}

function collectAtoms(condition: Condition, into: Map<Attribute, Atom[]>): void {
  if (condition.kind === "atom") {
    const atoms = into.get(condition.attribute);
    if (atoms === undefined) into.set(condition.attribute, [condition.atom]);
    else atoms.push(condition.atom);
  } else if (condition.kind === "not") collectAtoms(condition.operand, into);
  else if (condition.kind !== "always") for (const operand of condition.operands) collectAtoms(operand, into);
}

function partition(attribute: Attribute, atoms: readonly Atom[]): Partition | Undecided {
  mayContinue();
  const { type } = attribute;
  switch (type.kind) {
    case "bool":
      return {
        attribute,
        domain: { kind: "bool" },
        count: 2,
        regionsOf: () => [[1, 1]],
        sample: (region) => region === 1,
      };
    case "enum":
      return partitionMembers(attribute, type.members, atoms);
    case "string":
      return partitionText(attribute, atoms);
    default:
      return partitionNumbers(attribute, atoms);
  }
}

function partitionMembers(attribute: Attribute, members: readonly string[], atoms: readonly Atom[]): Partition {
  let groups: (readonly string[])[] = [members];
  for (const atom of atoms) {
    // Nothing is left to tell apart.
    if (groups.length === members.length) break;
    if (atom.kind !== "members") continue;
    const named = new Set(atom.members);
    groups = groups.flatMap((group) => {
      const inside = group.filter((member) => named.has(member));
      return inside.length === 0 || inside.length === group.length
        ? [group]
        : [inside, group.filter((member) => !named.has(member))];
    });
  }
  const place = new Map(members.map((member, index) => [member, index]));
  const placeOf = ([first = ""]: readonly string[]): number => place.get(first) ?? 0;
  const regions = groups.map((group) => [...group]).sort((a, b) => placeOf(a) - placeOf(b));
  const regionOf = new Map(regions.flatMap((group, region) => group.map((member) => [member, region] as const)));
  return {
    attribute,
    domain: { kind: "members", regions },
    count: regions.length,
    regionsOf: (atom) =>
      atom.kind === "members" ? regionSet(atom.members.map((member) => regionOf.get(member) as number)) : NONE,
    sample: (region) => regions[region]?.[0] as string,
  };
}

/** A place between two numbers: before `value`, or just after it. */
interface Edge {
  readonly value: number;
  readonly after: boolean;
}

function partitionNumbers(attribute: Attribute, atoms: readonly Atom[]): Partition {
  const [min, max] = attribute.range;
  const whole = isWhole(attribute.type);
  /** Of whole numbers, just after 5 is just before 6. */
  const edge = (value: number, after: boolean): Edge =>
    after && whole && value < Number.MAX_SAFE_INTEGER ? { value: value + 1, after: false } : { value, after };
  const edgesOf = (atom: Atom): { from: Edge | undefined; to: Edge | undefined } =>
    atom.kind === "interval"
      ? {
          from: atom.from && edge(atom.from.value, !atom.from.included),
          to: atom.to && edge(atom.to.value, atom.to.included),
        }
      : { from: undefined, to: undefined };
  const order = (a: Edge, b: Edge): number => a.value - b.value || Number(a.after) - Number(b.after);
  // An edge that all values lie beyond, or none, parts nothing.
  const parts = (at: Edge): boolean =>
    order(at, { value: min, after: false }) > 0 && order(at, { value: max, after: true }) < 0;

  const edges: Edge[] = [];
  for (const atom of atoms) {
    const { from, to } = edgesOf(atom);
    for (const at of [from, to]) if (at !== undefined && parts(at)) edges.push(at);
  }
  edges.sort(order);
  const distinct = edges.filter((at, index) => index === 0 || order(at, edges[index - 1] as Edge) !== 0);
  const passedBy = (at: Edge): number => {
    let low = 0;
    let high = distinct.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order(distinct[middle] as Edge, at) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const count = distinct.length + 1;
  return {
    attribute,
    domain: {
      kind: "numbers",
      cuts: distinct.map(({ value, after }): Cut => (after ? { above: value } : { from: value })),
    },
    count,
    regionsOf: (atom) => {
      const { from, to } = edgesOf(atom);
      const least = { value: min, after: false };
      const greatest = { value: max, after: true };
      if ((from && order(from, greatest) >= 0) || (to && order(to, least) <= 0)) return NONE;
      const first = from === undefined || order(from, least) <= 0 ? 0 : passedBy(from);
      const last = to === undefined || order(to, greatest) >= 0 ? count - 1 : passedBy(to) - 1;
      return first <= last ? [[first, last]] : NONE;
    },
    sample: (region) => sampleNumber(distinct[region - 1], distinct[region], attribute, whole),
  };
}

/** The value next to an edge of the policy's, since that is the one that its author has in mind. */
function sampleNumber(from: Edge | undefined, to: Edge | undefined, attribute: Attribute, whole: boolean): number {
  const [min, max] = attribute.range;
  if (from !== undefined && !from.after) return from.value;
  if (to?.after) return to.value;
  if (from === undefined) return to === undefined ? Math.max(min, 0) : whole ? to.value - 1 : min;
  const upper = to?.value ?? max;
  return (from.value + upper) / 2;
}

function partitionText(attribute: Attribute, atoms: readonly Atom[]): Partition | Undecided {
  const tests = new Map<string, StringAtom>();
  const key = (atom: StringAtom): string => (atom.kind === "equals" ? `=${atom.text}` : JSON.stringify(atom));
  for (const atom of atoms) if (atom.kind === "text") tests.set(key(atom.atom), atom.atom);
  const parted = partitionStrings([...tests.values()]);
  if ("undecided" in parted) return { attribute, undecided: parted.undecided };
  const { domain, samples } = parted;
  const sets = new Map<string, Regions>();
  for (const [text, atom] of tests) sets.set(text, regionSet(parted.regionsOf(atom)));
  return {
    attribute,
    domain,
    count: domain.regions,
    regionsOf: (atom) => (atom.kind === "text" ? (sets.get(key(atom.atom)) ?? NONE) : NONE),
    sample: (region) => samples[region] as string,
  };
}
