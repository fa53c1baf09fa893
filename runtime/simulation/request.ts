/** A request that no client sent: its attributes, and the body that would have them. */
import { CAPABILITIES, type PlanRequest } from "../plan/index.ts";
import { type Attribute, type DecisionTable, expectation, type Value, zonedTime } from "../table/index.ts";

export interface SimulatedRequest {
  /** The model asked for, which names the route. */
  readonly model: string;
  /** In the units of the table. What is left out is its default, and that of a short unstreamed chat, now. */
  readonly attributes?: ReadonlyMap<string, Value>;
  readonly signals?: ReadonlyMap<string, Value>;
}

/** By index into `table.attributes`. */
export type Values = readonly (Value | undefined)[];

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

const NEEDS = CAPABILITIES.map((need) => `needs.${need}`);

/** The value of one attribute of a request, at `now` in milliseconds since the epoch. */
type Reader = (request: SimulatedRequest, now: number) => Value | undefined;

/**
 * Reads the values of all attributes but signals and state, by index into the table's. Undefined too is what is required
 * and not given.
 */
export function valuesReader(table: DecisionTable): (request: SimulatedRequest, now: number) => (Value | undefined)[] {
  const readers = table.attributes.map((attribute) => readerOf(attribute, table.zone));
  return (request, now) => {
    const values: (Value | undefined)[] = [];
    for (const read of readers) values.push(read(request, now));
    return values;
  };
}

function readerOf({ name, source, default: otherwise }: Attribute, zone: string): Reader {
  switch (source.from) {
    case "signal":
    case "state":
      return () => undefined;
    case "builtin": {
      if (name === "model") return ({ model }) => model;
      const timeIn = zonedTime(zone);
      if (name === "time.hour") return ({ attributes }, now) => attributes?.get(name) ?? timeIn(now).hour;
      if (name === "time.weekday") return ({ attributes }, now) => attributes?.get(name) ?? timeIn(now).weekday;
      const chat = SHORT_CHAT.get(name);
      return ({ attributes }) => attributes?.get(name) ?? chat;
    }
    default:
      return ({ attributes }) => attributes?.get(name) ?? otherwise;
  }
}

/** Says which required attribute is missing, as the policy would answer it 400; undefined where none is. */
export function missingOf({ attributes }: DecisionTable, values: Values): string | undefined {
  for (let index = 0; index < attributes.length; index++) {
    const { name, type, source } = attributes[index] as Attribute;
    if (values[index] === undefined && source.from !== "signal" && source.from !== "state")
      return `attribute \`${name}\` is missing: expected ${expectation(type)}`;
  }
  return undefined;
}

/** Makes what the plan executor needs of a request. The bodies of its calls come from `bodies`. */
export function planRequest(
  request: SimulatedRequest,
  values: Values,
  bodies: PlanRequest["bodyFor"],
): PlanRequest & { readonly maxTokens: number | undefined } {
  const maxTokens = saidBy(request, "max_tokens") as number;
  const { attributes } = request;
  let needs = 0;
  if (attributes !== undefined && attributes.size > 0)
    for (let bit = 0; bit < NEEDS.length; bit++) if (attributes.get(NEEDS[bit] as string) === true) needs |= 1 << bit;
  let body: unknown;
  return {
    bodyFor: bodies,
    attribute: (index) => values[index],
    json() {
      body ??= bodyOf(request);
      return body;
    },
    stream: saidBy(request, "stream") === true,
    needs,
    promptTokens: saidBy(request, "prompt_tokens") as number,
    maxTokens: maxTokens === UNLIMITED ? undefined : maxTokens,
    headers: [],
  };
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
