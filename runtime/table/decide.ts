import type { Attribute, Expression, Rule } from "./decision-table.generated.ts";
import type { Policy, PolicyRoute } from "./load.ts";
import { AttributeError, readAttribute, type Value } from "./value.ts";

/** What a policy says of a request. */
export interface Decision {
  /** The first name of the route. */
  readonly route: string;
  /** Index of the rule that decided, from 0. */
  readonly index: number;
  readonly rule: Rule;
  /** What is to be done. */
  readonly run: Expression;
}

/**
 * Decides a request: pure, no clock, no I/O, no randomness.
 *
 * @param attributes what the rules may test, by name (money in dollars, durations in milliseconds). `model` names the
 * route. A declared attribute that is left out takes its default; one that is built in must be given if it is tested.
 * @throws {AttributeError} when no route serves `model`, or an attribute is missing or not of its type.
 */
export function decide(policy: Policy, attributes: Readonly<Record<string, unknown>>): Decision {
  const route = routeOf(policy, attributes.model);
  const index = route.choose(valuesOf(policy, route, attributes));
  const rule = route.route.rules[index] as Rule;
  return { route: route.route.names[0] as string, index, rule, run: rule.run };
}

/** The route that serves a model. @throws {AttributeError} when none does. */
export function routeOf(policy: Policy, model: unknown): PolicyRoute {
  if (typeof model !== "string") throw new AttributeError("model", "attribute `model` is missing: expected a text");
  const route = policy.routeFor(model);
  if (route === undefined) throw new AttributeError("model", `no route serves the model \`${model}\``);
  return route;
}

/** What every request must say is read whether or not a rule tests it. */
function isRequired({ source }: Attribute): boolean {
  return source.from !== "builtin" && source.from !== "signal" && source.from !== "state";
}

/** Values by index into `table.attributes`: of all that are declared, and of those built in that the route tests. */
export function valuesOf(
  policy: Policy,
  route: PolicyRoute,
  attributes: Readonly<Record<string, unknown>>,
): (Value | undefined)[] {
  return policy.table.attributes.map((attribute, index) =>
    isRequired(attribute) || route.tests.includes(index)
      ? readAttribute(attribute, Object.hasOwn(attributes, attribute.name) ? attributes[attribute.name] : undefined)
      : undefined,
  );
}
