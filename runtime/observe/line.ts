/** A decision as one line of JSON: `decision-log.schema.json` says what each member is. */
import { type Attribute, type Meter, type Value, valueToJson } from "../table/index.ts";
import { dollars } from "./dollars.ts";
import { masked } from "./mask.ts";
import type { Attempt, DecisionRecord, FailedStep, SignalRecord } from "./observer.ts";

export interface LineOptions {
  /** Whether texts of requests, and what providers said of failures, are written, with secrets masked. */
  readonly texts: boolean;
}

/** Of a text this many characters are written. */
const TEXT_LENGTH = 16_000;

/** Of a model's name, which a client makes up, this many. */
const NAME_LENGTH = 200;
/** A value of more than these is not written, but its length. */
const VALUE_LENGTH = 4_000;

/** What JSON cannot have in a string as it is, and what is not ASCII: a line of ASCII is copied, not encoded. */
const ESCAPED = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const NOT_ASCII = /[^\x20-\x7e]/g;

/** The record's line, ended by a line feed, in ASCII. `lost` says how many lines before it could not be written. */
export function lineOf(record: DecisionRecord, options: LineOptions, lost = 0): string {
  const { route, rule, asked, model, key, reused, firstContent } = record;
  let line = `{"format":1,"id":${string(record.decision)},"time":${moment(record.time)},"policy":${name(record.policy)}`;
  if (route !== undefined) line += `,"route":${name(route)}`;
  if (rule !== undefined) line += `,"rule":${name(rule)}`;
  if (asked !== undefined) line += `,"asked":${string(asked.slice(0, NAME_LENGTH))}`;
  line += `,"outcome":"${record.outcome}","status":${record.status},"stream":${record.stream}`;
  if (key !== undefined) line += `,"key":${string(key)}`;
  line += valuesOf(record);
  if (record.signals.length > 0) line += `,"signals":${list(record.signals, (each) => signal(each, record))}`;
  if (model !== undefined) line += `,"model":${name(model)}`;
  if (reused !== undefined) line += `,"reused":${string(reused)}`;
  line += `,"attempts":${list(record.calls, attempt)}`;
  if (record.failures.length > 0) {
    line += `,"failures":${list(record.failures, (each) => failed(each, options.texts))}`;
  }
  line += totals(record);
  if (firstContent !== undefined) line += `,"first_ms":${round(firstContent)}`;
  line += `,"ms":${round(record.milliseconds)}`;
  if (record.fault !== undefined) line += `,"fault":${string(faultName(record.fault))}`;
  if (options.texts && record.texts !== undefined) {
    line += `,"prompt":${text(record.texts.prompt)},"system":${text(record.texts.system)}`;
  }
  if (lost > 0) line += `,"lost":${lost}`;
  return `${line}}\n`;
}

function list<T>(entries: readonly T[], json: (entry: T) => string): string {
  let all = "";
  for (const entry of entries) all += all === "" ? json(entry) : `,${json(entry)}`;
  return `[${all}]`;
}

/**
 * What is known of the request, whether or not this route's rules test it: another policy's may. Members `attributes` and
 * `state`; signals have a list of their own.
 */
function valuesOf({ attributes, values, meters }: DecisionRecord): string {
  let requested = "";
  let state = "";
  for (let index = 0; index < values.length; index++) {
    const attribute = attributes[index];
    const value = values[index];
    if (attribute === undefined || value === undefined || attribute.source.from === "signal") continue;
    const member = `${name(attribute.name)}:${shareOf(attribute, value, meters) ?? jsonOf(attribute, value)}`;
    if (attribute.source.from === "state") state += state === "" ? member : `,${member}`;
    else requested += requested === "" ? member : `,${member}`;
  }
  return state === "" ? `,"attributes":{${requested}}` : `,"attributes":{${requested}},"state":{${state}}`;
}

/** What was spent of a budget, in percent, which is how rules and `routec explain` have it. */
function shareOf({ source }: Attribute, value: Value, meters: readonly Meter[]): string | undefined {
  if (source.from !== "state" || source.read !== "spent" || typeof value !== "number") return undefined;
  const meter = meters.find((each) => each.name === source.of);
  return meter?.kind === "budget" ? String((value / meter.limit) * 100) : undefined;
}

/** Members of a body that hold what the user says. */
const SPOKEN = /^\/(?:messages|input|instructions|system|prompt|tools|prediction)(?:\/|$)/;

function jsonOf(attribute: Attribute, value: Value): string {
  const { source } = attribute;
  const isSpoken =
    source.from === "builtin" ? attribute.name === "prompt" || attribute.name === "system" : isOfBody(source);
  if (typeof value === "string" && (isSpoken || value.length > VALUE_LENGTH)) return `{"length":${value.length}}`;
  const told = valueToJson(attribute.type, value);
  return typeof told === "string" ? string(told) : String(told);
}

function isOfBody(source: Attribute["source"]): boolean {
  return source.from === "body" && SPOKEN.test(source.at);
}

function signal(each: SignalRecord, { attributes }: DecisionRecord): string {
  const { value, milliseconds, cost, standIn } = each;
  const attribute = attributes.find((one) => one.name === each.name);
  const told = attribute === undefined ? value : valueToJson(attribute.type, value);
  const json = typeof told === "string" ? string(told) : String(told);
  return `{"name":${name(each.name)},"value":${json},"ms":${round(milliseconds)},"cost":${dollars(cost)}${standIn ? ',"stand_in":true' : ""}}`;
}

function attempt(call: Attempt): string {
  const { content, milliseconds, failure, status, input, output } = call;
  let json = `{"model":${name(call.model.name)},"provider":${name(call.provider.name)}`;
  if (call.purpose !== "answer") json += `,"for":"${call.purpose}"`;
  if (call.retry > 0) json += `,"retry":${call.retry}`;
  json += `,"end":"${call.end ?? "cancelled"}"`;
  if (failure !== undefined) json += `,"failure":"${failure}"`;
  if (status !== undefined) json += `,"status":${status}`;
  if (content !== undefined) json += `,"first_ms":${round(content)}`;
  if (milliseconds !== undefined) json += `,"ms":${round(milliseconds)}`;
  if (input !== undefined) json += `,"input":${input}`;
  if (output !== undefined) json += `,"output":${output}`;
  return `${json},"cost":${dollars(call.cost)}}`;
}

function failed({ model, failure, status, detail }: FailedStep, texts: boolean): string {
  const said = texts && detail !== "" ? `,"detail":${text(detail)}` : "";
  const answered = status === undefined ? "" : `,"status":${status}`;
  return `{"model":${string(model)},"failure":"${failure}"${answered}${said}}`;
}

/** What all calls and signals together took. What a signal paid for its calls is in its own cost. */
function totals({ calls, signals }: DecisionRecord): string {
  let [input, output, cost] = [0, 0, 0];
  for (const call of calls) {
    input += call.input ?? 0;
    output += call.output ?? 0;
    if (call.purpose !== "signal") cost += call.cost;
  }
  for (const each of signals) cost += each.cost;
  return `,"input":${input},"output":${output},"cost":${dollars(cost)}`;
}

/** The kind of a fault: its message may hold anything, and goes to standard error. */
function faultName(fault: unknown): string {
  return fault instanceof Error ? fault.name : typeof fault;
}

/** `.001` to `.999` without closing zeros. V8 writes whole numbers three times as fast as others. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, part) => (part === 0 ? "" : String(part / 1000).slice(1)));

/** To the microsecond. */
function round(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  const part = microseconds % 1000;
  return `${(microseconds - part) / 1000}${THOUSANDTHS[part]}`;
}

let lastMoment = { time: 0, text: "0" };

/** Several requests begin in the same millisecond. */
function moment(time: number): string {
  if (lastMoment.time !== time) lastMoment = { time, text: String(time) };
  return lastMoment.text;
}

const names = new Map<string, string>();
/** Policies that were replaced leave theirs behind. */
const MOST_NAMES = 10_000;

/** A name of the policy's as a JSON string: there are few, and each is in many lines. */
function name(given: string): string {
  const known = names.get(given);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  const json = string(given);
  names.set(given, json);
  return json;
}

function text(given: string): string {
  return string(masked(given.slice(0, TEXT_LENGTH)));
}

/** A JSON string in ASCII. */
function string(given: string): string {
  if (!ESCAPED.test(given)) return `"${given}"`;
  return JSON.stringify(given).replace(NOT_ASCII, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
