/** A request that no client sent: its attributes, and the body that would have them. */
import { CAPABILITIES, type PlanRequest } from "../plan/index.ts";
import { type Attribute, type DecisionTable, expectation, type Value, zonedTime } from "../table/index.ts";
import type { Values } from "./ledger.ts";
import type { Behaviour } from "./transport.ts";

export interface SimulatedRequest {
  /** The model asked for, which names the route. */
  readonly model: string;
  /** In the units of the table. What is left out is its default, and that of a short unstreamed chat, now. */
  readonly attributes?: ReadonlyMap<string, Value>;
  readonly signals?: ReadonlyMap<string, Value>;
  /** How much of each meter is used, in percent; of a commit, against the time that has passed. 0 when not given. */
  readonly used?: ReadonlyMap<string, number>;
  /** Providers whose health is `down`. What their calls meet is said by `models`. */
  readonly down?: ReadonlySet<string>;
  /** What calls of a model meet; an answer that nothing is wrong with when not given. */
  readonly models?: ReadonlyMap<string, Behaviour>;
}

/** What a request is where nothing is said of it; undefined of what depends on the time, and of what is no built-in. */
export function usual(name: string): Value | undefined {
  return SHORT_CHAT.get(name);
}

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A request of which nothing is said: a short unstreamed chat. */
const SHORT_CHAT: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["endpoint", "chat"],
  ["stream", false],
  ["prompt_tokens", 32],
  ["max_tokens", UNLIMITED],
  ["turns", 1],
  ["prompt", ""],
  ["system", ""],
  ...CAPABILITIES.map((need): [string, Value] => [`needs.${need}`, false]),
]);

/**
 * The values of all attributes but signals, by index into the table's. `now` is in milliseconds since the epoch.
 * Undefined too is what is required and not given.
 */
export function valuesOf(request: SimulatedRequest, table: DecisionTable, now: number): (Value | undefined)[] {
  const { hour, weekday } = zonedTime(table.zone)(now);
  const told: Partial<Record<string, Value>> = { model: request.model, "time.hour": hour, "time.weekday": weekday };
  return table.attributes.map((attribute): Value | undefined => {
    const { name, source } = attribute;
    switch (source.from) {
      case "signal":
        return undefined;
      case "state":
        return stateOf(attribute, request, table);
      case "builtin":
        return request.attributes?.get(name) ?? told[name] ?? SHORT_CHAT.get(name);
      default:
        return request.attributes?.get(name) ?? attribute.default;
    }
  });
}

/** Says which required attribute is missing, as the policy would answer it 400; undefined where none is. */
export function missingOf({ attributes }: DecisionTable, values: Values): string | undefined {
  const missing = attributes.find(({ source }, index) => source.from !== "signal" && values[index] === undefined);
  return missing && `attribute \`${missing.name}\` is missing: expected ${expectation(missing.type)}`;
}

function stateOf(attribute: Attribute, { used, down }: SimulatedRequest, { meters }: DecisionTable): Value | undefined {
  const { source } = attribute;
  if (source.from !== "state") return undefined;
  if (source.read === "health") return down?.has(source.of) ? "down" : attribute.default;
  const share = used?.get(source.of);
  if (share === undefined) return attribute.default;
  if (source.read === "behind") return share < 100;
  const meter = meters.find(({ name }) => name === source.of);
  return source.read === "spent" && meter?.kind === "budget" ? Math.round((meter.limit * share) / 100) : share;
}

/** What the plan executor needs of a request. Bodies that it makes are told to `made`. */
export function planRequest(
  request: SimulatedRequest,
  values: Values,
  made: (body: Buffer) => void,
): PlanRequest & { readonly maxTokens: number | undefined } {
  const of = (name: string): Value | undefined => saidBy(request, name);
  const maxTokens = of("max_tokens") as number;
  let body: unknown;
  return {
    bodyFor(upstream, overrides) {
      const bytes = Buffer.from(JSON.stringify({ model: upstream, ...overridden(overrides) }));
      made(bytes);
      return bytes;
    },
    attribute: (index) => values[index],
    json() {
      body ??= bodyOf(request);
      return body;
    },
    stream: of("stream") === true,
    needs: CAPABILITIES.reduce((mask, need, bit) => (of(`needs.${need}`) === true ? mask | (1 << bit) : mask), 0),
    promptTokens: of("prompt_tokens") as number,
    maxTokens: maxTokens === UNLIMITED ? undefined : maxTokens,
    headers: [],
  };
}

/** Of what a step changes only the cap matters to a simulated provider. */
function overridden(overrides: Parameters<PlanRequest["bodyFor"]>[1]): object {
  return overrides?.maxTokens === undefined ? {} : { max_tokens: overrides.maxTokens };
}

/** The body of a request, as far as signals and gates see it. */
export function bodyOf(request: SimulatedRequest): object {
  const system = String(saidBy(request, "system"));
  return {
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: system }]),
      { role: "user", content: String(saidBy(request, "prompt")) },
    ],
    ...(saidBy(request, "needs.json") === true && { response_format: { type: "json_object" } }),
  };
}

function saidBy({ attributes }: SimulatedRequest, name: string): Value | undefined {
  return attributes?.get(name) ?? SHORT_CHAT.get(name);
}

const HOUR = 3_600_000;

/**
 * The first moment from `now` on at which the hour and the day of the week are those that a request says, so that prices
 * by the time of day are those of that time. In milliseconds since the epoch.
 */
export function momentOf({ attributes }: SimulatedRequest, zone: string, now: number): number {
  const hour = attributes?.get("time.hour");
  const weekday = attributes?.get("time.weekday");
  if (hour === undefined && weekday === undefined) return now;
  const timeIn = zonedTime(zone);
  for (let at = now; at < now + 9 * 24 * HOUR; at += HOUR) {
    const told = timeIn(at);
    if ((hour ?? told.hour) === told.hour && (weekday ?? told.weekday) === told.weekday) return at;
  }
  return now;
}
