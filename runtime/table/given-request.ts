/** A request as people write it down to have it explained: its route, attributes, signals and state. */
import { routeOf, valuesOf } from "./decide.ts";
import type { Attribute, AttributeType, DecisionTable } from "./decision-table.generated.ts";
import { type Demand, isSignal } from "./demand.ts";
import type { Policy, PolicyRoute } from "./load.ts";
import { AttributeError, expectation, type Value } from "./value.ts";
import { zonedTime } from "./zoned-time.ts";

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

/** Such a request, read. */
export interface GivenRequest {
  readonly route: PolicyRoute;
  /** By index into `table.attributes`; undefined where the decision has no need of it. */
  readonly values: readonly (Value | undefined)[];
  readonly bounds: Bounds;
}

/**
 * Reads `{ "route": "chat", "attributes": { … }, "signals": { … }, "state": { … } }`: money in dollars, durations in
 * milliseconds. What it leaves out is its default; of what is built in, that of a short unstreamed chat at `now`.
 * @throws {AttributeError} for a request that this policy cannot decide.
 */
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
  const asked = demandedSignals(table, route.demand, values);
  const needed = missing.find(({ name }) => asked.includes(name));
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

/** The signals that a decision had need of, in the order in which they were asked for, by name. */
export function demandedSignals(
  table: DecisionTable,
  demand: Demand,
  values: readonly (Value | undefined)[],
): readonly string[] {
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
