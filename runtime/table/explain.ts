/** Why a request is decided as it is. For people and tools; the request path does not come here. */
import { decide } from "./decide.ts";
import type { Attribute, DecisionTable, Expression, Model, Route } from "./decision-table.generated.ts";
import { regionFinder } from "./domain.ts";
import { load } from "./load.ts";
import { AttributeError, readAttribute, type Value } from "./value.ts";

/** As `routec explain --format json` prints it. Lines count from 1, rules from 0. */
export interface Explanation {
  readonly format: 1;
  readonly route: string;
  readonly rule: { readonly index: number; readonly file: string; readonly line: number; readonly text: string };
  /** The plan that the rule names; null when it says what to do by itself. */
  readonly plan: string | null;
  /** The models in the order in which they would be tried if each one failed with a failure that its `else` covers. */
  readonly steps: readonly string[];
  readonly reject: { readonly status: number; readonly text?: string } | null;
  readonly signals: readonly string[];
  /** Bounds: dollars if every step were billed in full, calls, milliseconds to the first content. */
  readonly worst: { readonly cost: number; readonly attempts: number; readonly time_ms: number };
  /** The rules that were tested, in order; `of` is the attribute that decided. */
  readonly because: readonly { readonly condition: string; readonly value: boolean; readonly of?: string }[];
}

/**
 * Decides one request and says why.
 *
 * @param request `{ "route": "chat", "attributes": { … } }`; money in dollars, durations in milliseconds.
 * @throws {TableError} for a table that is none, {AttributeError} for a request that this policy cannot decide.
 */
export function explain(table: DecisionTable, request: unknown): Explanation {
  const { route: name, attributes } = readRequest(request, table);
  const policy = load(table);
  const decision = decide(policy, { ...attributes, model: name });
  const route = policy.routeFor(name)?.route as Route;
  const { run, rule } = decision;
  const calls = callsOf(run, table);
  return {
    format: 1,
    route: decision.route,
    rule: {
      index: decision.index,
      file: table.files[rule.at[0]]?.path ?? "",
      line: rule.at[1],
      text: rule.text,
    },
    plan: run.kind === "plan" ? run.plan : null,
    steps: calls.map((model) => model.name),
    reject: run.kind === "reject" ? { status: run.status, ...(run.text !== undefined && { text: run.text }) } : null,
    signals: [],
    worst: {
      cost: calls.reduce((sum, model) => sum + worstCost(model, attributes), 0) / 1e9,
      attempts: calls.length,
      time_ms: calls.length === 0 ? 0 : route.deadline,
    },
    because: reasons(table, route, decision.index, { ...attributes, model: name }),
  };
}

function readRequest(request: unknown, table: DecisionTable): { route: string; attributes: Record<string, unknown> } {
  if (!isRecord(request))
    throw new AttributeError("", 'the request is no object: expected `{ "route": …, "attributes": {…} }`');
  const { route = table.routes[0]?.names[0], attributes = {}, signals = {}, state = {}, ...rest } = request;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new AttributeError(unknown, `the request has \`${unknown}\`: expected route, attributes, signals or state`);
  if (typeof route !== "string") throw new AttributeError("route", "`route` is no text: expected the name of a route");
  if (!isRecord(attributes))
    throw new AttributeError("attributes", "`attributes` is no object: expected values by name");
  for (const [what, given] of [
    ["signal", signals],
    ["state", state],
  ] as const)
    for (const name of isRecord(given) ? Object.keys(given) : [])
      throw new AttributeError(name, `the policy reads no ${what} \`${name}\``);
  const known = new Set(table.attributes.map((attribute) => attribute.name));
  for (const name of Object.keys(attributes))
    if (!known.has(name) && !BUILT_IN.has(name))
      throw new AttributeError(name, `the policy has no attribute \`${name}\``);
  return { route, attributes };
}

/** Built-in attributes may be given whether or not a rule tests them: they bound the worst case. */
const BUILT_IN = new Set(["prompt_tokens", "max_tokens", "stream", "turns", "endpoint"]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Models in the order in which failures lead to them. */
function callsOf(run: Expression, table: DecisionTable): Model[] {
  switch (run.kind) {
    case "reject":
      return [];
    case "call":
      return table.models.filter((model) => model.name === run.model);
    case "plan":
      return table.plans.filter((plan) => plan.name === run.plan).flatMap((plan) => callsOf(plan.run, table));
    case "else": {
      const steps = [run.first, ...run.then.map((branch) => branch.run)];
      const end = steps.findIndex((step) => step.kind === "reject");
      return (end < 0 ? steps : steps.slice(0, end)).flatMap((step) => callsOf(step, table));
    }
  }
}

/** Nano-dollars for one call: as many tokens in and out as the request and the model allow. */
function worstCost(model: Model, attributes: Record<string, unknown>): number {
  const atMost = (given: unknown, most: number): number => (typeof given === "number" ? Math.min(given, most) : most);
  const { prompt_tokens: prompt } = attributes;
  const input = atMost(typeof prompt === "number" ? prompt * 4 : undefined, model.context);
  const output = atMost(attributes.max_tokens, model.output);
  return Math.ceil((input * model.price.input + output * model.price.output) / 1e6);
}

function reasons(
  table: DecisionTable,
  route: Route,
  decided: number,
  given: Record<string, unknown>,
): Explanation["because"] {
  const accepts = (attribute: Attribute, ranges: readonly number[][]): boolean => {
    if (attribute.domain === undefined) return true;
    const value: Value = readAttribute(
      attribute,
      Object.hasOwn(given, attribute.name) ? given[attribute.name] : undefined,
    );
    const region = regionFinder(attribute.domain)(value);
    return ranges.some(([first, last]) => region >= (first as number) && region <= (last as number));
  };
  return route.rules.slice(0, decided + 1).map((rule, index) => {
    const rows = route.rows.filter((row) => row.rule === index);
    const excluded = rows.map((row) =>
      table.attributes.filter((attribute) => {
        const ranges = Object.hasOwn(row.when, attribute.name) ? row.when[attribute.name] : undefined;
        return ranges !== undefined && !accepts(attribute, ranges);
      }),
    );
    const everywhere = table.attributes.find((attribute) => excluded.every((names) => names.includes(attribute)));
    const of = index === decided ? undefined : (everywhere ?? excluded[0]?.[0])?.name;
    return {
      condition: rule.text.slice(0, rule.text.lastIndexOf("-> ")).trim() || "always",
      value: index === decided,
      ...(of !== undefined && { of }),
    };
  });
}
