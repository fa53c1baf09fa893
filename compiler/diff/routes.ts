/** Which routes of two programs serve the same names, and which names only one of them serves. */
import { type Box, type Space, withRegions } from "../analysis/boxes.ts";
import type { Partition } from "../analysis/partition.ts";
import { all, type Regions, regionSet, subtract } from "../analysis/regions.ts";
import type { Program, Route } from "../program/program.ts";

export interface RoutePair {
  readonly before: Route;
  readonly after: Route;
  /** Of requests for these names; `*` is every other name. */
  readonly names: readonly string[];
}

export interface ServedNames {
  readonly pairs: readonly RoutePair[];
  /** Served after and not before. */
  readonly added: readonly string[];
  /** Served before and not after. */
  readonly removed: readonly string[];
}

export function pairRoutes(before: Program, after: Program): ServedNames {
  const [old, now] = [routesByName(before), routesByName(after)];
  const pairs = new Map<Route, Map<Route, string[]>>();
  const added: string[] = [];
  const removed: string[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(name) ?? old.get("*"), now.get(name) ?? now.get("*")];
    if (a === undefined) added.push(name);
    else if (b === undefined) removed.push(name);
    else {
      const names = pairs.get(a)?.get(b);
      if (names !== undefined) names.push(name);
      else pairs.set(a, (pairs.get(a) ?? new Map()).set(b, [name]));
    }
  }
  return {
    pairs: [...pairs].flatMap(([a, others]) => [...others].map(([b, names]) => ({ before: a, after: b, names }))),
    added,
    removed,
  };
}

function routesByName({ routes }: Program): Map<string, Route> {
  return new Map(routes.flatMap((route) => route.names.map((name) => [name, route] as const)));
}

/** The requests for names; those for `*` are for none of `known`. */
export function requestsFor(names: readonly string[], known: readonly string[], space: Space): Box {
  const index = space.indexOf.get("model");
  if (index === undefined) return space.everything;
  const { regionsOf, count } = space.partitions[index] as Partition;
  const regionsFor = (some: readonly string[]): Regions =>
    regionSet(
      some
        .filter((name) => name !== "*")
        .flatMap((text) => regionsOf({ kind: "text", atom: { kind: "equals", text } }).map(([region]) => region)),
    );
  const own = regionsFor(names);
  const others = subtract(regionsFor(known), own);
  return withRegions(space.everything, index, names.includes("*") ? subtract(all(count), others) : own, space);
}
