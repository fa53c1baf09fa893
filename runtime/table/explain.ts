/** Why a request is decided as it is. For people and tools; the request path does not come here. */
import { routeOf, valuesOf } from "./decide.ts";
import type {
  Attribute,
  AttributeType,
  DecisionTable,
  Expression,
  Model,
  Route,
  Row,
  Rule,
} from "./decision-table.generated.ts";
import { type Demand, isSignal } from "./demand.ts";
import { lookup, regionOf } from "./domain.ts";
import { modelsIn, partsOf } from "./expression.ts";
import type { Policy, PolicyRoute } from "./load.ts";
import { billed, dearestRates } from "./rates.ts";
import { AttributeError, expectation, type Value } from "./value.ts";
import { zonedTime } from "./zoned-time.ts";

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

/** What bounds the cost of a call, as far as it is known. */
export interface Bounds {
  readonly promptTokens?: number;
  readonly maxTokens?: number;
}

/** What a request is as far as it does not say: a short unstreamed chat. */
const SHORT_CHAT = {
  endpoint: "chat",
  stream: false,
  prompt_tokens: 32,
  max_tokens: Number.MAX_SAFE_INTEGER,
  turns: 1,
  "needs.tools": false,
  "needs.vision": false,
  "needs.audio": false,
  "needs.pdf": false,
  "needs.json": false,
  "needs.logprobs": false,
  "needs.reasoning": false,
  "needs.search": false,
  prompt: "",
  system: "",
};

/**
 * Decides one request and says why.
 *
 * @param request `{ "route": "chat", "attributes": { … } }`; money in dollars, durations in milliseconds. What it leaves
 * out is its default; of what is built in, that of a short unstreamed chat at the time `now`.
 * @throws {AttributeError} for a request that this policy cannot decide.
 */
export function explain(policy: Policy, request: unknown, now = new Date()): Explanation {
  const { route, values, bounds } = readGiven(policy, request, now);
  return explainValues(policy, route, values, bounds);
}

/** A request as `explain` takes it, read. */
export interface GivenRequest {
  readonly route: PolicyRoute;
  /** By index into `table.attributes`; undefined where the decision has no need of it. */
  readonly values: readonly (Value | undefined)[];
  readonly bounds: Bounds;
}

/** Reads a request as `explain` does, and throws as it does. */
export function readGiven(policy: Policy, request: unknown, now: Date): GivenRequest {
  const { table } = policy;
  const { route: name, attributes, computed } = readRequest(request, table);
  const route = routeOf(policy, name);
  const { hour, weekday } = zonedTime(table.zone)(now.getTime());
  const time = { "time.hour": hour, "time.weekday": weekday };
  const given = { ...SHORT_CHAT, ...time, ...attributes, ...computed, model: name };
  // A signal that is not given, and is not needed, may have any value.
  const missing = table.signals.filter(
    (signal) => signal.otherwise === undefined && !Object.hasOwn(given, signal.name),
  );
  const filled = { ...Object.fromEntries(missing.map(({ name, type }) => [name, anyOf(type)])), ...given };
  const values = valuesOf(policy, route, filled);
  const demandedNames = demanded(table, route.demand, values);
  const needed = missing.find(({ name }) => demandedNames.includes(name));
  if (needed !== undefined)
    throw new AttributeError(needed.name, `signal \`${needed.name}\` is missing: expected ${expectation(needed.type)}`);
  const { prompt_tokens: promptTokens, max_tokens: maxTokens } = attributes;
  return {
    route,
    values: values.map((value, index) => {
      const { name: attribute } = table.attributes[index] as Attribute;
      return missing.some((signal) => signal.name === attribute) ? undefined : value;
    }),
    bounds: {
      ...(typeof promptTokens === "number" && { promptTokens }),
      ...(typeof maxTokens === "number" && { maxTokens }),
    },
  };
}

function anyOf(type: AttributeType): Value {
  switch (type.kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "enum":
      return type.members[0] ?? "";
    default:
      return 0;
  }
}

/** As `explain`, of values by index into `table.attributes`. */
export function explainValues(
  policy: Policy,
  { route, choose, demand }: PolicyRoute,
  values: readonly (Value | undefined)[],
  bounds: Bounds,
): Explanation {
  const { table } = policy;
  const index = choose(values);
  const { run, text, at } = route.rules[index] as Rule;
  const calls = modelsTried(run, table);
  return {
    format: 1,
    route: route.names[0] as string,
    rule: { index, file: table.files[at[0]]?.path ?? "", line: at[1], text },
    plan: run.kind === "plan" ? run.plan : null,
    steps: calls.map((model) => model.name),
    reject: run.kind === "reject" ? { status: run.status, ...(run.text !== undefined && { text: run.text }) } : null,
    signals: demanded(table, demand, values),
    worst: {
      cost: calls.reduce((sum, model) => sum + worstCost(model, bounds), 0) / 1e9,
      attempts: calls.length,
      time_ms: calls.length === 0 ? 0 : route.deadline,
    },
    because: reasons(table, route, index, values),
  };
}

interface Given {
  readonly route: string;
  readonly attributes: Record<string, unknown>;
  /** Signals and state, by the names of their attributes. */
  readonly computed: Record<string, unknown>;
}

function readRequest(request: unknown, table: DecisionTable): Given {
  if (!isRecord(request))
    throw new AttributeError("", 'the request is no object: expected `{ "route": …, "attributes": {…} }`');
  const { route = table.routes[0]?.names[0], attributes = {}, signals = {}, state = {}, ...rest } = request;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new AttributeError(unknown, `the request has \`${unknown}\`: expected route, attributes, signals or state`);
  if (typeof route !== "string") throw new AttributeError("route", "`route` is no text: expected the name of a route");
  if (!isRecord(attributes))
    throw new AttributeError("attributes", "`attributes` is no object: expected values by name");
  if (!isRecord(signals)) throw new AttributeError("signals", "`signals` is no object: expected values by name");
  if (!isRecord(state)) throw new AttributeError("state", "`state` is no object: expected values by name");
  const computed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(signals)) {
    if (table.signals.every((signal) => signal.name !== name))
      throw new AttributeError(name, `the policy reads no signal \`${name}\``);
    computed[name] = value;
  }
  for (const [name, value] of Object.entries(state)) Object.assign(computed, readState(name, value, table));
  const known = new Set([...table.attributes.map((attribute) => attribute.name), ...Object.keys(SHORT_CHAT)]);
  for (const name of Object.keys(attributes))
    if (!known.has(name) && !name.startsWith("time."))
      throw new AttributeError(name, `the policy has no attribute \`${name}\``);
  return { route, attributes, computed };
}

/** State under the name of its attribute: of a budget `.used` (percent) and `.left` (dollars) are both what was spent. */
function readState(name: string, value: unknown, table: DecisionTable): Record<string, unknown> {
  const [owner = "", view] = name.split(".");
  const budget = table.meters.find((meter) => meter.kind === "budget" && meter.name === owner);
  if (budget?.kind !== "budget" || (view !== "used" && view !== "left")) {
    if (table.attributes.every((attribute) => attribute.source.from !== "state" || attribute.name !== name))
      throw new AttributeError(name, `the policy reads no state \`${name}\``);
    return { [name]: value };
  }
  if (typeof value !== "number" || !(value >= 0))
    throw new AttributeError(name, `\`${name}\` is \`${JSON.stringify(value)}\`: expected a number`);
  const spent = view === "used" ? (budget.limit * value) / 100 : budget.limit - value * 1e9;
  return { [`${owner}.used`]: Math.min(Math.max(0, Math.round(spent)), budget.limit) / 1e9 };
}

/** The signals that had to be had, in the order in which they were asked for. */
function demanded(table: DecisionTable, demand: Demand, values: readonly (Value | undefined)[]): readonly string[] {
  const known = values.map((value, index) => (isSignal(table, index) ? undefined : value));
  const found: string[] = [];
  for (let needed = demand(known); needed.length > 0; needed = demand(known))
    for (const index of needed) {
      const { name, type } = table.attributes[index] as Attribute;
      if (values[index] === undefined)
        throw new AttributeError(name, `signal \`${name}\` is missing: expected ${expectation(type)}`);
      known[index] = values[index];
      found.push(name);
    }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Models in the order in which failures lead to them. */
export function modelsTried(run: Expression, table: DecisionTable): Model[] {
  switch (run.kind) {
    case "plan":
      return table.plans.filter((plan) => plan.name === run.plan).flatMap((plan) => modelsTried(plan.run, table));
    case "else": {
      const steps = [run.first, ...run.then.map((branch) => branch.run)];
      const end = steps.findIndex((step) => step.kind === "reject");
      return (end < 0 ? steps : steps.slice(0, end)).flatMap((step) => modelsTried(step, table));
    }
    default: {
      const named = new Set(modelsIn(run));
      const own = table.models.filter((model) => named.has(model.name));
      return [...own, ...partsOf(run).flatMap((part) => modelsTried(part, table))];
    }
  }
}

/** Nano-dollars for one call: as many tokens in and out as the request and the model allow. */
function worstCost({ context, output, price }: Model, { promptTokens, maxTokens }: Bounds): number {
  // `prompt_tokens` is a quarter of the bound on tokens.
  const read = Math.min(promptTokens === undefined ? context : promptTokens * 4, context);
  const written = Math.min(maxTokens ?? output, output);
  return billed(dearestRates(price, read), read, 0, written);
}

function reasons(
  table: DecisionTable,
  route: Route,
  decided: number,
  values: readonly (Value | undefined)[],
): Explanation["because"] {
  const regions = table.attributes.map(({ domain }, index) => {
    const value = values[index];
    return domain === undefined || value === undefined ? undefined : regionOf(lookup(domain), value);
  });
  /** The attributes for which a row does not accept the request, by index. */
  const excluding = ({ when }: Row): number[] =>
    table.attributes.flatMap(({ name }, index) => {
      const region = regions[index];
      const ranges = Object.hasOwn(when, name) ? when[name] : undefined;
      const accepts =
        region === undefined || (ranges ?? [[0, region]]).some(([first, last]) => region >= first && region <= last);
      return accepts ? [] : [index];
    });
  return route.rules.slice(0, decided + 1).map(({ text }, index) => {
    const excluded = route.rows.filter(({ rule }) => rule === index).map(excluding);
    const everywhere = excluded[0]?.find((attribute) => excluded.every((others) => others.includes(attribute)));
    const of = index === decided ? undefined : table.attributes[everywhere ?? excluded[0]?.[0] ?? -1]?.name;
    return {
      condition:
        text
          .slice(0, text.lastIndexOf("-> "))
          .replace(/^when /, "")
          .trim() || "always",
      value: index === decided,
      ...(of !== undefined && { of }),
    };
  });
}
