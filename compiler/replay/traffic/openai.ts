/**
 * Arrivals from lines that hold chat completion requests as OpenAI's API has them: the request itself, a line of a batch
 * (`{ "custom_id", "body", … }`), or `{ "request", "response" }`, with what the line says of time and caller beside.
 */
import { CAPABILITIES } from "../../../runtime/plan/index.ts";
import { attributeReaders } from "../../../runtime/proxy/attributes.ts";
import { type RequestBody, readBody, watch } from "../../../runtime/proxy/body.ts";
import { RequestError } from "../../../runtime/proxy/errors.ts";
import type { Facts } from "../../../runtime/proxy/facts.ts";
import { type DecisionTable, sha256, type Value, valueToJson } from "../../../runtime/table/index.ts";
import { type Arrival, LineError, type RecordedCall, tokensOf } from "./arrival.ts";
import { timeOf } from "./time.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether a line has a chat completion request in it. */
export function isOpenAI(line: Json): boolean {
  return "messages" in line || isObject(line.body) || isObject(line.request);
}

/**
 * Reads what tables declare of a request where its line says it; where two declare one attribute it is the first one's. The
 * function throws `LineError`.
 */
export function openAIReader(tables: readonly DecisionTable[]): (line: Json, number: number) => Arrival {
  const zone = tables[0]?.zone ?? "UTC";
  const prompts = attributeReaders({
    zone,
    attributes: ["prompt", "system"].map((name) => ({ name, source: { from: "builtin" }, type: { kind: "string" } })),
  });
  const attributes = new Map(
    tables
      .toReversed()
      .flatMap((table) => table.attributes)
      .map((each) => [each.name, each]),
  );
  const declared = [...attributes.values()]
    .filter(({ source: { from } }) => from !== "builtin" && from !== "signal" && from !== "state")
    // Without its default it is not there where the line does not say it.
    .map(({ default: _, ...attribute }) => ({
      attribute,
      reader: attributeReaders({ zone, attributes: [attribute] }),
    }));
  // Prompts are most of a log, and many requests wait to be put in order.
  const wantsTexts = tables.some(
    ({ attributes, signals }) =>
      signals.length > 0 || attributes.some(({ name }) => name === "prompt" || name === "system"),
  );
  const watched = watch([...prompts.watched, ...declared.flatMap(({ reader }) => [...reader.watched])]);

  return (line, number) => {
    const request = asked(line);
    const response = answered(line);
    const bytes = Buffer.from(JSON.stringify(request));
    const identity = sha256(bytes.toString());
    const body = bodyOf(bytes, watched);
    const input = { headers: headersOf(line.headers), claims: line.claims, body, clock: { now: () => 0 } };
    const values: Record<string, unknown> = {};
    for (const { attribute, reader } of declared) {
      const value = absentOr(() => reader.read(NO_ROUTE, input)[0]);
      if (value !== undefined) values[attribute.name] = valueToJson(attribute.type, value);
    }
    const [prompt, system] = wantsTexts ? prompts.read({ ...NO_ROUTE, tests: [0, 1] }, input) : [];
    const usage = isObject(response?.usage) ? response.usage : {};
    const output = tokensOf("`completion_tokens`", usage.completion_tokens);
    const prompted = tokensOf("`prompt_tokens`", usage.prompt_tokens);
    return {
      line: number,
      time: timeIn(line, response),
      model: body.facts.model,
      attributes: {
        ...factsOf(body.facts),
        ...(wantsTexts && { prompt, system }),
        ...values,
        ...(isObject(line.attributes) && line.attributes),
      },
      signals: isObject(line.signals) ? line.signals : {},
      texts: {},
      input: prompted,
      output,
      calls: callsOf(line, response, prompted, output),
      identity,
    };
  };
}

/** A request that no rule is asked of: attributes are read one by one. */
const NO_ROUTE = { tests: [] as readonly number[] } as unknown as Parameters<
  ReturnType<typeof attributeReaders>["read"]
>[0];

function asked(line: Json): unknown {
  if ("messages" in line) return line;
  return isObject(line.body) ? line.body : line.request;
}

/** The completion; of a batch's answer its body. */
function answered({ response }: Json): Json | undefined {
  if (!isObject(response)) return undefined;
  return isObject(response.body) ? response.body : response;
}

function bodyOf(bytes: Buffer, watched: ReturnType<typeof watch>): RequestBody {
  try {
    return readBody([bytes], bytes.length, watched);
  } catch (error) {
    throw error instanceof RequestError ? new LineError(error.message) : error;
  }
}

function absentOr(read: () => Value | undefined): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.code === "missing_attribute") return undefined;
    throw new LineError(error.message);
  }
}

function factsOf({ stream, maxTokens, needs, turns, promptTokens }: Facts): Json {
  return {
    ...{ stream, turns, prompt_tokens: promptTokens, endpoint: "chat" },
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...Object.fromEntries(CAPABILITIES.map((need, bit) => [`needs.${need}`, (needs & (1 << bit)) !== 0])),
  };
}

const TIMES = ["time", "timestamp", "created_at", "created"];

function timeIn(line: Json, response: Json | undefined): number | undefined {
  const given = TIMES.map((name) => line[name]).find((each) => each !== undefined) ?? response?.created;
  if (given === undefined) return undefined;
  const time = timeOf(given);
  if (time === undefined) throw new LineError(`its time is \`${String(given)}\`: expected a time`);
  return time;
}

const LATENCIES = ["latency_ms", "duration_ms", "ms"];

/** The one call that the line tells of, if it says how long that took. */
function callsOf(
  line: Json,
  response: Json | undefined,
  input: number | undefined,
  output: number | undefined,
): readonly RecordedCall[] {
  const ms = LATENCIES.map((name) => line[name]).find((each) => typeof each === "number");
  if (typeof ms !== "number" || typeof response?.model !== "string") return [];
  return [{ model: response.model, failure: undefined, first: undefined, ms, input, output, declined: false }];
}

function headersOf(headers: unknown): string[] {
  return isObject(headers) ? Object.entries(headers).flatMap(([name, value]) => [name, String(value)]) : [];
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
