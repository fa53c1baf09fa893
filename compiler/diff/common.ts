/**
 * The requests of two programs as one space: attributes of one name are one attribute, cut into regions by the
 * comparisons of both. Where the two take a value differently, each has its own view of the regions.
 */
import type { Value } from "../../runtime/table/artifact.ts";
import { type Box, makeSpace, type Space, withRegions } from "../analysis/boxes.ts";
import { type Partition, partitionAttributes } from "../analysis/partition.ts";
import { NONE, type Regions, regionSet, union } from "../analysis/regions.ts";
import { toWitness, valuesIn } from "../analysis/witness.ts";
import type { Witness } from "../diagnostics/index.ts";
import { atomHolds, type Values } from "../program/interpret.ts";
import type { Atom, Attribute, Condition, Program, Route } from "../program/program.ts";

/** One of the two programs, over the space of both. */
export interface Side {
  readonly program: Program;
  readonly space: Space;
  /** A condition of this program over the attributes of the space. */
  common(condition: Condition): Condition;
  /** Requests that it cannot take. */
  readonly refused: readonly { readonly fault: Fault; readonly box: Box }[];
  /** What it takes a request's values for. */
  read(values: Values): { readonly values: Values } | { readonly fault: Fault };
}

/** Why a request cannot be taken. Of a signal, `invalid` is a value that it does not have on this side. */
export interface Fault {
  readonly kind: "missing" | "invalid";
  readonly attribute: Attribute;
}

export interface Common {
  readonly before: Side;
  readonly after: Side;
  /** A request out of a box for one of these model names: the values that it gives, and how it is shown. */
  requestIn(box: Box, names: readonly string[]): { readonly values: Values; readonly witness: Witness };
}

/** Attributes whose values could not be cut into regions exactly, and why not. */
export interface NotCommon {
  readonly undecided: readonly string[];
}

/** An attribute of the space, and what it is on either side. */
interface Shared {
  readonly attribute: Attribute;
  readonly before: Attribute | undefined;
  readonly after: Attribute | undefined;
  /** Whether a request without it is not taken alike: then being absent is a region of its own, the last one. */
  readonly optional: boolean;
}

/** Both programs over the attributes of either. */
export function overOneSpace(before: Program, after: Program): Common | NotCommon {
  const shared = share(attributesOf(before), attributesOf(after));
  const ofBefore = new Map(shared.flatMap((each) => (each.before ? [[each.before.name, each] as const] : [])));
  const ofAfter = new Map(shared.flatMap((each) => (each.after ? [[each.after.name, each] as const] : [])));
  const rebaseBefore = rebase(ofBefore, "before");
  const rebaseAfter = rebase(ofAfter, "after");
  const mentioned: Condition = { kind: "or", operands: shared.flatMap(mentions) };
  const parts = partitionAttributes({
    ...after,
    routes: [
      ...before.routes.map((route) => rebasedRoute(route, rebaseBefore)),
      ...after.routes.map((route) => rebasedRoute(route, rebaseAfter)),
      ...after.routes.slice(0, 1).map((any) => ({ ...any, rules: [], for: mentioned })),
    ],
    meters: [
      ...before.meters.map((meter) => ({ ...meter, for: meter.for && rebaseBefore(meter.for) })),
      ...after.meters.map((meter) => ({ ...meter, for: meter.for && rebaseAfter(meter.for) })),
    ],
    proofs: [],
  });
  const undecided = [...parts.values()].flatMap((part) =>
    "undecided" in part ? [`what the rules say of \`${part.attribute.name}\`: ${part.undecided}`] : [],
  );
  if (undecided.length > 0) return { undecided };
  const partitions = [...parts.values()].filter((part): part is Partition => !("undecided" in part));
  return {
    before: sideOf(before, "before", shared, partitions, rebaseBefore),
    after: sideOf(after, "after", shared, partitions, rebaseAfter),
    requestIn: (box, names) => requestIn(box, names, shared, partitions, after),
  };
}

type Which = "before" | "after";

function isSent(from: Attribute["source"]["from"]): boolean {
  return from !== "builtin" && from !== "signal" && from !== "state";
}

/** By name: what is declared, and what conditions test. */
function attributesOf(program: Program): Map<string, Attribute> {
  const found = new Map(program.attributes.map((attribute) => [attribute.name, attribute]));
  const collect = (condition: Condition): void => {
    if (condition.kind === "atom") found.set(condition.attribute.name, condition.attribute);
    else if (condition.kind === "not") collect(condition.operand);
    else if (condition.kind !== "always") for (const operand of condition.operands) collect(operand);
  };
  for (const route of program.routes) for (const rule of route.rules) collect(rule.condition);
  for (const { for: scope } of [...program.routes, ...program.meters]) if (scope) collect(scope);
  return found;
}

function share(before: Map<string, Attribute>, after: Map<string, Attribute>): Shared[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): Shared[] => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old !== undefined && now !== undefined && !isComparable(old, now))
      return [
        { attribute: { ...old, name: `${name} (before)` }, before: old, after: undefined, optional: isRequired(old) },
        { attribute: { ...now, name: `${name} (after)` }, before: undefined, after: now, optional: isRequired(now) },
      ];
    const any = (now ?? old) as Attribute;
    const sameDefault = old === undefined || now === undefined || old.default === now.default;
    const optional = isSent(any.source.from) && (old && now ? !sameDefault : isRequired(any));
    return [{ attribute: joined(old ?? any, now ?? any, sameDefault), before: old, after: now, optional }];
  });
}

/** Whether values of one can be values of the other. */
function isComparable(a: Attribute, b: Attribute): boolean {
  const sort = ({ source: { from } }: Attribute): string => (isSent(from) ? "sent" : from);
  return a.type.kind === b.type.kind && sort(a) === sort(b);
}

function isRequired({ source, default: otherwise }: Attribute): boolean {
  return isSent(source.from) && otherwise === undefined;
}

function joined(a: Attribute, b: Attribute, sameDefault: boolean): Attribute {
  const attribute: Attribute = {
    ...b,
    type:
      a.type.kind === "enum" && b.type.kind === "enum"
        ? { kind: "enum", members: [...new Set([...a.type.members, ...b.type.members])] }
        : b.type,
    default: sameDefault ? b.default : undefined,
    range: [Math.min(a.range[0], b.range[0]), Math.max(a.range[1], b.range[1])],
  };
  const { source } = b;
  if (source.from !== "state" || a.range[1] === b.range[1]) return attribute;
  // Percent of which limit? Of two budgets what was spent is told in dollars.
  return { ...attribute, name: `${source.of}.spent`, source: { ...source, read: "used" } };
}

/** Conditions that make the members of each side, and of an optional attribute any value, a matter of the space. */
function mentions({ attribute, before, after, optional }: Shared): Condition[] {
  const atoms = [before, after].flatMap((side): Atom[] => {
    const members = foreign(attribute, side);
    return members.length === 0 ? [] : [{ kind: "members", members }];
  });
  if (optional) atoms.push({ kind: "true" });
  return atoms.map((atom) => ({ kind: "atom", attribute, atom }));
}

/** Members that one side's own type does not have. */
function foreign({ type }: Attribute, own: Attribute | undefined): string[] {
  if (type.kind !== "enum" || own?.type.kind !== "enum") return [];
  const { members } = own.type;
  return type.members.filter((member) => !members.includes(member));
}

function rebase(shared: ReadonlyMap<string, Shared>, which: Which): (condition: Condition) => Condition {
  const rebased = (condition: Condition): Condition => {
    switch (condition.kind) {
      case "always":
        return condition;
      case "not":
        return { kind: "not", operand: rebased(condition.operand) };
      case "atom": {
        const found = shared.get(condition.attribute.name);
        if (found === undefined) throw new Error(`no attribute ${condition.attribute.name} in the space`);
        const { attribute } = found;
        return { kind: "atom", attribute, atom: unclamped(condition.atom, found[which] as Attribute, attribute) };
      }
      default:
        return { kind: condition.kind, operands: condition.operands.map(rebased) };
    }
  };
  return rebased;
}

/**
 * Of two budgets of one name the space has what was spent up to the higher limit; under the lower one, more than its
 * limit is its limit.
 */
function unclamped(atom: Atom, { range: [, most] }: Attribute, { range: [, highest] }: Attribute): Atom {
  if (atom.kind !== "interval" || most === highest) return atom;
  const { from, to } = atom;
  return {
    kind: "interval",
    from: from && from.value >= most && !from.included ? { value: highest, included: false } : from,
    to: to && to.value >= most && to.included ? undefined : to,
  };
}

function rebasedRoute(route: Route, common: (condition: Condition) => Condition): Route {
  return {
    ...route,
    for: route.for && common(route.for),
    rules: route.rules.map((rule) => ({ ...rule, condition: common(rule.condition) })),
  };
}

function sideOf(
  program: Program,
  which: Which,
  shared: readonly Shared[],
  partitions: readonly Partition[],
  common: (condition: Condition) => Condition,
): Side {
  const own = shared.filter((each) => each[which] !== undefined);
  const views = partitions.map((partition): Partition => {
    const found = shared.find(({ attribute }) => attribute === partition.attribute);
    if (found?.optional !== true) return partition;
    const { count } = partition;
    const absent: Regions = [[count, count]];
    const otherwise = found[which]?.default;
    return {
      ...partition,
      count: count + 1,
      regionsOf: (atom) => {
        const regions = partition.regionsOf(atom);
        return otherwise !== undefined && atomHolds(atom, otherwise) ? union(regions, absent) : regions;
      },
      sample: (region) => partition.sample(Math.min(region, count - 1)),
    };
  });
  const space = makeSpace(views);
  const refused = own.flatMap(({ attribute, optional, [which]: side }) => {
    const index = space.indexOf.get(attribute.name);
    const partition = index === undefined ? undefined : partitions[index];
    if (index === undefined || partition === undefined) return [];
    const refuse = (kind: Fault["kind"], regions: Regions) =>
      regions.length === 0
        ? []
        : [{ fault: { kind, attribute }, box: withRegions(space.everything, index, regions, space) }];
    const missing = optional && side?.default === undefined ? regionSet([partition.count]) : NONE;
    const members = foreign(attribute, side);
    const invalid = members.length > 0 ? partition.regionsOf({ kind: "members", members }) : NONE;
    return [...refuse("missing", missing), ...refuse("invalid", invalid)];
  });
  return { program, space, common, refused, read: reader(own, which) };
}

/** What a side takes a request's values for, the plain way. */
function reader(own: readonly Shared[], which: Which): Side["read"] {
  return (given) => {
    const values = new Map<string, Value>();
    for (const { attribute, optional, [which]: side } of own) {
      const { name, default: otherwise, type, range } = side as Attribute;
      const value = given.get(attribute.name) ?? otherwise;
      // Of what neither side tests no value is given.
      if (value === undefined && optional) return { fault: { kind: "missing", attribute } };
      if (type.kind === "enum" && value !== undefined && !type.members.includes(String(value)))
        return { fault: { kind: "invalid", attribute } };
      if (value !== undefined) values.set(name, typeof value === "number" ? Math.min(value, range[1]) : value);
    }
    return { values };
  };
}

function requestIn(
  box: Box,
  names: readonly string[],
  shared: readonly Shared[],
  partitions: readonly Partition[],
  program: Program,
): { values: Values; witness: Witness } {
  const space = makeSpace(partitions);
  const optional = new Set(shared.filter((each) => each.optional).map(({ attribute }) => attribute));
  /** An optional attribute is left out where it has to be, and where it does not matter. */
  const leftOut = new Set(
    [...optional].filter((attribute) => {
      const index = space.indexOf.get(attribute.name) ?? -1;
      return box[index] === undefined || box[index][0]?.[0] === partitions[index]?.count;
    }),
  );
  const given = box.map((regions, index) =>
    leftOut.has((partitions[index] as Partition).attribute) ? undefined : regions,
  );
  const any = valuesIn(given, space, { names });
  const values = new Map([...any].filter(([name]) => ![...leftOut].some((attribute) => attribute.name === name)));
  const attributes = shared
    .map(({ attribute }) => attribute)
    .filter((attribute) => isSent(attribute.source.from) && !leftOut.has(attribute));
  const route = values.get("model") ?? names.find((name) => name !== "*") ?? "*";
  return { values, witness: toWitness(String(route), values, given, space, { ...program, attributes }) };
}
