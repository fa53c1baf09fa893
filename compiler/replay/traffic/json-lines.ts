/** Arrivals from JSON lines: our decision log, requests of OpenAI's API, and requests as `routec explain` takes them. */
import type { DecisionTable } from "../../../runtime/table/index.ts";
import { type Arrival, FIELDS, LineError, type LineReader, type Mapping, shown, tokensOf } from "./arrival.ts";
import { loggedArrival } from "./decision-log.ts";
import { isObject, isOpenAI, openAIReader } from "./openai.ts";
import { timeOf } from "./time.ts";

export function jsonReader({ set, columns }: Mapping, tables: readonly DecisionTable[]): LineReader {
  const readOpenAI = openAIReader(tables);
  const signals = new Set(tables.flatMap((table) => table.signals.map(({ name }) => name)));
  const isMapped = set.size + columns.size > 0;

  function mapped(arrival: Arrival, line: unknown): Arrival {
    const found = new Map<string, unknown>();
    for (const [name, pointer] of columns) {
      const value = at(line, pointer);
      if (value !== undefined && value !== null) found.set(name, value);
    }
    const field = (name: (typeof FIELDS)[number]): unknown => set.get(name) ?? found.get(name);
    const time = field("time");
    if (time !== undefined && timeOf(time) === undefined)
      throw new LineError(`its time is \`${shown(time)}\`: expected a time`);
    const own = [...found].filter(([name]) => !(FIELDS as readonly string[]).includes(name));
    return {
      ...arrival,
      time: timeOf(time) ?? arrival.time,
      model: field("model") === undefined ? arrival.model : String(field("model")),
      attributes: { ...arrival.attributes, ...Object.fromEntries(own.filter(([name]) => !signals.has(name))) },
      signals: { ...arrival.signals, ...Object.fromEntries(own.filter(([name]) => signals.has(name))) },
      texts: { ...arrival.texts, ...Object.fromEntries(set) },
      input: tokensOf("`input`", field("input")) ?? arrival.input,
      output: tokensOf("`output`", field("output")) ?? arrival.output,
    };
  }

  return (text, number) => {
    const line = parsed(text);
    const arrival = "attempts" in line ? loggedArrival(line, number) : other(line, number);
    return arrival === undefined || !isMapped ? arrival : mapped(arrival, line);
  };

  function other(line: Readonly<Record<string, unknown>>, number: number): Arrival {
    if (isOpenAI(line)) return readOpenAI(line, number);
    const { route, time, attributes = {}, signals: given = {}, input, output } = line;
    if (!("attributes" in line) && !("route" in line))
      throw new LineError("it is no logged decision, no chat completion request and no request as `explain` takes it");
    if (!isObject(attributes)) throw new LineError("`attributes` is no object");
    if (!isObject(given)) throw new LineError("`signals` is no object");
    if (route !== undefined && typeof route !== "string") throw new LineError("`route` is no text");
    const at = time === undefined ? undefined : timeOf(time);
    if (time !== undefined && at === undefined) throw new LineError(`\`time\` is \`${shown(time)}\`: expected a time`);
    return {
      ...{ line: number, time: at, model: route, attributes, signals: given, texts: {}, calls: [] },
      ...{ input: tokensOf("`input`", input), output: tokensOf("`output`", output), identity: String(number) },
    };
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new LineError(`\`${shown(text)}\` is not JSON`);
  }
  if (!isObject(line)) throw new LineError(`\`${shown(text)}\` is no JSON object`);
  return line;
}

/** What a JSON pointer (RFC 6901) points to. */
function at(value: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((inner: unknown, step) => {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof inner === "object" && inner !== null && Object.hasOwn(inner, name)
      ? (inner as Record<string, unknown>)[name]
      : undefined;
  }, value);
}
