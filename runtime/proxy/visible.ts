/** Which routes a caller may call: `for condition` of a route, over `claim` and `header` attributes. */
import {
  type Accepts,
  type Attribute,
  type DecisionTable,
  lookup,
  type PolicyRoute,
  regionOf,
  type Value,
} from "../table/index.ts";

/** Values by index into the table's attributes, as far as they are known; only claims and headers are looked at. */
export type CallerValues = readonly (Value | undefined)[];

/** Whether the caller with these values may call the route. */
export type Visibility = (route: PolicyRoute, values: CallerValues) => boolean;

/**
 * To a caller who may not call a route there is none: 404, and not in the list of models. Where a value that the
 * condition looks at is missing, the condition is false, whatever the rest of it says, as it is in the module that `compile --target javascript` writes.
 */
export function visibility(table: Pick<DecisionTable, "attributes">, routes: readonly PolicyRoute[]): Visibility {
  const conditions = new Map(
    routes.flatMap((route): [PolicyRoute, Condition][] =>
      route.route.for === undefined ? [] : [[route, condition(route.route.for, table.attributes)]],
    ),
  );
  if (conditions.size === 0) return () => true;
  return (route, values) => conditions.get(route)?.(values) ?? true;
}

type Condition = (values: CallerValues) => boolean;

function condition(scope: readonly Accepts[], attributes: readonly Attribute[]): Condition {
  const tested = attributes.flatMap(({ name, domain }, index) =>
    domain !== undefined && scope.some((box) => Object.hasOwn(box, name))
      ? [{ index, name, regions: lookup(domain) }]
      : [],
  );
  /** For each box what it accepts of each tested attribute; undefined where that is everything. */
  const boxes = scope.map((box) => tested.map(({ name }) => (Object.hasOwn(box, name) ? box[name] : undefined)));
  const found = new Int32Array(tested.length);
  return (values) => {
    for (const [at, { index, regions }] of tested.entries()) {
      const value = values[index];
      if (value === undefined) return false;
      found[at] = regionOf(regions, value);
    }
    return boxes.some((box) => box.every((ranges, at) => ranges === undefined || isIn(found[at] as number, ranges)));
  };
}

function isIn(region: number, ranges: readonly (readonly number[])[]): boolean {
  return ranges.some(([from = 0, to = -1]) => from <= region && region <= to);
}
