/** The rule that the analysis means: the first of which a box holds the request's regions. */
import type { Analysis } from "../../compiler/analysis/analyse.ts";
import type { Values } from "../../compiler/program/interpret.ts";
import type { Route } from "../../compiler/program/program.ts";
import { type Domain, lookup, regionOf, type Value } from "../../runtime/table/index.ts";

/** Every attribute of the analysis must have a value. Undefined when no rule accepts them. */
export function boxed({ routes, space }: Analysis, route: Route, values: Values): number | undefined {
  const rules = routes.find(({ route: { names } }) => names[0] === route.names[0])?.boxes ?? [];
  const regions = space.partitions.map(({ attribute, domain }) =>
    regionOf(lookupOf(domain), values.get(attribute.name) as Value),
  );
  const index = rules.findIndex((boxes) =>
    boxes.some((box) => box.every((accepted, i) => accepted === undefined || within(accepted, regions[i]))),
  );
  return index < 0 ? undefined : index;
}

export function within(ranges: readonly (readonly [number, number])[], region: number | undefined): boolean {
  return region !== undefined && ranges.some(([first, last]) => region >= first && region <= last);
}

const lookups = new WeakMap<Domain, ReturnType<typeof lookup>>();

/** Made once for a domain. */
export function lookupOf(domain: Domain): ReturnType<typeof lookup> {
  const known = lookups.get(domain) ?? lookup(domain);
  lookups.set(domain, known);
  return known;
}
