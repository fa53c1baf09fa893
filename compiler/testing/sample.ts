/** From requests as regions to one that a test can write. */

import { usual } from "../../runtime/simulation/request.ts";
import { lookup, regionOf, type Value } from "../../runtime/table/artifact.ts";
import { type Box, boxesDisjoint, type Space } from "../analysis/boxes.ts";
import type { Regions } from "../analysis/regions.ts";
import type { Attribute, Given, Program } from "../program/program.ts";
import type { Wanted } from "./coverage.ts";
import { anyOf } from "./written.ts";

/** What a test sends and assumes, as `TestCase` has it. */
export interface Sample {
  readonly route: string;
  readonly attributes: ReadonlyMap<string, Value>;
  readonly given: readonly Given[];
  /** The attributes that cannot have other values, by name. */
  readonly fixed: ReadonlySet<string>;
  /** Values for signals, should the decision ask for more than `given` says. */
  readonly signals: ReadonlyMap<string, Value>;
}

/** Why there is no such test, in a sentence. */
export interface Unwritable {
  readonly why: string;
}

interface Part {
  readonly attribute: Attribute;
  readonly regions: Regions;
  accepts(value: Value): boolean;
  sample(): Value;
}

/** One of the requests that are wanted, with as little said as possible. */
export function sampleOf(wanted: Wanted, space: Space, program: Program): Sample | Unwritable {
  const box = widened(wanted);
  const parts = space.partitions.flatMap(({ attribute, domain, sample }, index): Part[] => {
    const regions = box[index];
    if (regions === undefined) return [];
    const accepts = (value: Value): boolean => {
      const region = regionOf(lookup(domain), value);
      return regions.some(([first, last]) => region >= first && region <= last);
    };
    return [{ attribute, regions, accepts, sample: () => sample(regions[0]?.[0] ?? 0) }];
  });
  const attributes = new Map<string, Value>();
  const given: Given[] = [];
  const states: Part[] = [];
  let route = wanted.route.names.find((name) => name !== "*") ?? "*";
  for (const part of parts) {
    const { attribute, accepts, sample } = part;
    const { name, source } = attribute;
    if (name === "model") route = wanted.route.names.find((each) => each !== "*" && accepts(each)) ?? String(sample());
    else if (source.from === "state") states.push(part);
    else if (source.from === "signal") given.push({ kind: "signal", signal: name, value: sample() });
    else {
      const otherwise = attribute.default ?? usual(name);
      if (otherwise === undefined || !accepts(otherwise)) attributes.set(name, sample());
    }
  }
  for (const attribute of program.attributes)
    if (attribute.default === undefined && !attributes.has(attribute.name)) {
      const part = parts.find((each) => each.attribute === attribute);
      attributes.set(attribute.name, part?.sample() ?? anyOf(attribute));
    }
  const byOwner = Map.groupBy(states, ({ attribute }) => ownerOf(attribute));
  for (const [owner, own] of byOwner) {
    if (own.every(({ attribute, accepts }) => attribute.default !== undefined && accepts(attribute.default))) continue;
    const found = stateGiven(owner, own, program);
    if (found === undefined) {
      const names = own.map(({ attribute }) => `\`${attribute.name}\``).join(" and ");
      return { why: `no test can say what ${names} must be` };
    }
    given.push(found);
  }
  const fixed = new Set(parts.map(({ attribute }) => attribute.name));
  const signals = space.partitions.flatMap(({ attribute, sample }): [string, Value][] =>
    attribute.source.from === "signal" ? [[attribute.name, sample(0)]] : [],
  );
  return { route: route === "*" ? "any" : route, attributes, given, fixed, signals: new Map(signals) };
}

/** As many attributes as possible left open, so that all requests of the box are still wanted. */
function widened({ box, of, before }: Wanted): Box {
  let wide = box;
  for (let index = 0; index < box.length; index++) {
    const wider = wide.with(index, of[index]);
    if (before.every((other) => boxesDisjoint(wider, other))) wide = wider;
  }
  return wide;
}

function ownerOf({ source }: Attribute): string {
  return source.from === "state" ? source.of : "";
}

/** Percent. A commit can be exceeded. */
const MOST_USED = { budget: 100, limit: 100, commit: 1000 } as const;

/** What makes the state of a meter or a provider one that all its parts accept. */
function stateGiven(owner: string, parts: readonly Part[], { meters, models }: Program): Given | undefined {
  const meter = meters.find(({ facts }) => facts.name === owner)?.facts;
  if (meter === undefined) {
    if (!parts.every(({ accepts }) => accepts("down"))) return undefined;
    const own = models.filter(({ facts }) => facts.provider === owner).map(({ facts }) => facts.name);
    return { kind: "fails", models: own, failure: "unreachable", down: owner };
  }
  const valueAt = ({ source }: Attribute, share: number): Value => {
    if (source.from === "state" && source.read === "behind") return share < 100;
    return meter.kind === "budget" ? Math.round((meter.limit * share) / 100) : share;
  };
  for (let share = 0; share <= MOST_USED[meter.kind]; share++)
    if (parts.every(({ attribute, accepts }) => accepts(valueAt(attribute, share))))
      return { kind: "used", meter: owner, share };
  return undefined;
}
