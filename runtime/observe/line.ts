/** A decision as one line of JSON: `decision-log.schema.json` says what each member is. */
import { type Attribute, type Meter, type Value, valueToJson } from "../table/index.ts";
import { bytesOf, JsonWriter, jsonString } from "./json-writer.ts";
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

/** What stands in every line, or in many. */
const PART = {
  begin: bytesOf('{"format":1,"id":'),
  time: bytesOf(',"time":'),
  policy: bytesOf(',"policy":'),
  route: bytesOf(',"route":'),
  rule: bytesOf(',"rule":'),
  asked: bytesOf(',"asked":'),
  outcome: bytesOf(',"outcome":'),
  status: bytesOf(',"status":'),
  streamed: bytesOf(',"stream":true'),
  whole: bytesOf(',"stream":false'),
  key: bytesOf(',"key":'),
  attributes: bytesOf(',"attributes":{'),
  state: bytesOf(',"state":{'),
  model: bytesOf(',"model":'),
  attempts: bytesOf(',"attempts":['),
  called: bytesOf('{"model":'),
  provider: bytesOf(',"provider":'),
  end: bytesOf(',"end":'),
  firstMs: bytesOf(',"first_ms":'),
  ms: bytesOf(',"ms":'),
  input: bytesOf(',"input":'),
  output: bytesOf(',"output":'),
  cost: bytesOf(',"cost":'),
  comma: bytesOf(","),
  colon: bytesOf(":"),
  close: bytesOf("}"),
  closeList: bytesOf("]"),
  ended: bytesOf("}\n"),
};

/** Bytes of a common line, and more. */
const LINE = 1024;

/** The record's line, ended by a line feed, in ASCII. `lost` says how many lines before it could not be written. */
export function lineOf(record: DecisionRecord, options: LineOptions, lost = 0): string {
  const line = new JsonWriter(LINE);
  writeLine(line, record, options, lost);
  return line.written.toString("latin1");
}

/** Writes the same. */
export function writeLine(to: JsonWriter, record: DecisionRecord, options: LineOptions, lost: number): void {
  const { route, rule, asked, model, key, reused, firstContent } = record;
  to.bytes(PART.begin);
  to.string(record.decision);
  to.bytes(PART.time);
  to.number(record.time);
  named(to, PART.policy, record.policy);
  if (route !== undefined) named(to, PART.route, route);
  if (rule !== undefined) named(to, PART.rule, rule);
  if (asked !== undefined) said(to, PART.asked, asked.length > NAME_LENGTH ? asked.slice(0, NAME_LENGTH) : asked);
  named(to, PART.outcome, record.outcome);
  counted(to, PART.status, record.status);
  to.bytes(record.stream ? PART.streamed : PART.whole);
  if (key !== undefined) said(to, PART.key, key);
  values(to, record);
  if (record.signals.length > 0) list(to, ',"signals":', record.signals, (each) => signal(to, each, record));
  if (model !== undefined) named(to, PART.model, model);
  if (reused !== undefined) to.ascii(`,"reused":${jsonString(reused)}`);
  to.bytes(PART.attempts);
  for (let index = 0; index < record.calls.length; index++) {
    if (index > 0) to.bytes(PART.comma);
    attempt(to, record.calls[index] as Attempt);
  }
  to.bytes(PART.closeList);
  if (record.failures.length > 0)
    list(to, ',"failures":', record.failures, (each) => to.ascii(failed(each, options.texts)));
  totals(to, record);
  if (firstContent !== undefined) timed(to, PART.firstMs, firstContent);
  timed(to, PART.ms, record.milliseconds);
  if (record.fault !== undefined) to.ascii(`,"fault":${jsonString(faultName(record.fault))}`);
  if (options.texts && record.texts !== undefined)
    to.ascii(`,"prompt":${text(record.texts.prompt)},"system":${text(record.texts.system)}`);
  if (lost > 0) to.ascii(`,"lost":${lost}`);
  to.bytes(PART.ended);
}

/** A member whose value is a name of the policy's: there are few, and each is in many lines. */
function named(to: JsonWriter, part: Uint8Array, given: string): void {
  to.bytes(part);
  to.bytes(name(given));
}

/** A member whose value is any text. */
function said(to: JsonWriter, part: Uint8Array, given: string): void {
  to.bytes(part);
  to.string(given);
}

function counted(to: JsonWriter, part: Uint8Array, value: number): void {
  to.bytes(part);
  to.number(value);
}

/** To the microsecond. */
function timed(to: JsonWriter, part: Uint8Array, milliseconds: number): void {
  to.bytes(part);
  to.parts(Math.max(0, Math.round(milliseconds * 1_000)), 1_000);
}

/** Nano-dollars, as dollars. */
function paid(to: JsonWriter, amount: number): void {
  to.bytes(PART.cost);
  to.parts(Math.round(amount), 1_000_000_000);
}

function list<T>(to: JsonWriter, part: string, entries: readonly T[], write: (entry: T) => void): void {
  to.ascii(`${part}[`);
  for (const [index, entry] of entries.entries()) {
    if (index > 0) to.bytes(PART.comma);
    write(entry);
  }
  to.bytes(PART.closeList);
}

/**
 * What is known of the request, whether or not this route's rules test it: another policy's may. Members `attributes` and
 * `state`; signals have a list of their own.
 */
function values(to: JsonWriter, record: DecisionRecord): void {
  to.bytes(PART.attributes);
  const hasState = some(to, record, false);
  to.bytes(PART.close);
  if (!hasState) return;
  to.bytes(PART.state);
  some(to, record, true);
  to.bytes(PART.close);
}

/** Writes those of the state, or all others. Returns whether there are any of the state. */
function some(to: JsonWriter, { attributes, values, meters }: DecisionRecord, ofState: boolean): boolean {
  let isFirst = true;
  let hasState = false;
  for (let index = 0; index < values.length; index++) {
    const attribute = attributes[index];
    const value = values[index];
    if (attribute === undefined || value === undefined || attribute.source.from === "signal") continue;
    const isState = attribute.source.from === "state";
    hasState ||= isState;
    if (isState !== ofState) continue;
    if (!isFirst) to.bytes(PART.comma);
    isFirst = false;
    to.bytes(name(attribute.name));
    to.bytes(PART.colon);
    const share = shareOf(attribute, value, meters);
    if (share === undefined) valueOf(to, attribute, value);
    else to.number(share);
  }
  return hasState;
}

/** What was spent of a budget, in percent, which is how rules and `routec explain` have it. */
function shareOf({ source }: Attribute, value: Value, meters: readonly Meter[]): number | undefined {
  if (source.from !== "state" || source.read !== "spent" || typeof value !== "number") return undefined;
  const meter = meters.find((each) => each.name === source.of);
  return meter?.kind === "budget" ? (value / meter.limit) * 100 : undefined;
}

/** Members of a body that hold what the user says. */
const SPOKEN = /^\/(?:messages|input|instructions|system|prompt|tools|prediction)(?:\/|$)/;

function valueOf(to: JsonWriter, attribute: Attribute, value: Value): void {
  if (typeof value === "string" && (value.length > VALUE_LENGTH || isSpoken(attribute)))
    to.ascii(`{"length":${value.length}}`);
  else json(to, valueToJson(attribute.type, value));
}

function json(to: JsonWriter, value: Value): void {
  if (typeof value === "string") to.string(value);
  else if (typeof value === "number") to.number(value);
  else to.ascii(String(value));
}

function isSpoken({ name, source }: Attribute): boolean {
  return source.from === "builtin" ? name === "prompt" || name === "system" : isOfBody(source);
}

function isOfBody(source: Attribute["source"]): boolean {
  return source.from === "body" && SPOKEN.test(source.at);
}

function signal(to: JsonWriter, each: SignalRecord, { attributes }: DecisionRecord): void {
  const attribute = attributes.find((one) => one.name === each.name);
  to.ascii('{"name":');
  to.bytes(name(each.name));
  to.ascii(',"value":');
  json(to, attribute === undefined ? each.value : valueToJson(attribute.type, each.value));
  timed(to, PART.ms, each.milliseconds);
  paid(to, each.cost);
  to.ascii(each.standIn ? ',"stand_in":true}' : "}");
}

function attempt(to: JsonWriter, call: Attempt): void {
  const { content, milliseconds, failure, status, input, output } = call;
  to.bytes(PART.called);
  to.bytes(name(call.model.name));
  named(to, PART.provider, call.provider.name);
  if (call.purpose !== "answer") to.ascii(`,"for":"${call.purpose}"`);
  if (call.retry > 0) to.ascii(`,"retry":${call.retry}`);
  named(to, PART.end, call.end ?? "cancelled");
  if (failure !== undefined) to.ascii(`,"failure":"${failure}"`);
  if (status !== undefined) counted(to, PART.status, status);
  if (content !== undefined) timed(to, PART.firstMs, content);
  if (milliseconds !== undefined) timed(to, PART.ms, milliseconds);
  if (input !== undefined) counted(to, PART.input, input);
  if (output !== undefined) counted(to, PART.output, output);
  paid(to, call.cost);
  to.bytes(PART.close);
}

function failed({ model, failure, status, detail }: FailedStep, texts: boolean): string {
  const said = texts && detail !== "" ? `,"detail":${text(detail)}` : "";
  const answered = status === undefined ? "" : `,"status":${status}`;
  return `{"model":${jsonString(model)},"failure":"${failure}"${answered}${said}}`;
}

/** What all calls and signals together took. What a signal paid for its calls is in its own cost. */
function totals(to: JsonWriter, { calls, signals }: DecisionRecord): void {
  let [input, output, cost] = [0, 0, 0];
  for (const call of calls) {
    input += call.input ?? 0;
    output += call.output ?? 0;
    if (call.purpose !== "signal") cost += call.cost;
  }
  for (const each of signals) cost += each.cost;
  counted(to, PART.input, input);
  counted(to, PART.output, output);
  paid(to, cost);
}

/** The kind of a fault: its message may hold anything, and goes to standard error. */
function faultName(fault: unknown): string {
  return fault instanceof Error ? fault.name : typeof fault;
}

const names = new Map<string, Uint8Array>();
/** Policies that were replaced leave theirs behind. */
const MOST_NAMES = 10_000;

/** A name of the policy's as a JSON string. */
function name(given: string): Uint8Array {
  const known = names.get(given);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  const bytes = bytesOf(jsonString(given));
  names.set(given, bytes);
  return bytes;
}

function text(given: string): string {
  return jsonString(masked(given.slice(0, TEXT_LENGTH)));
}
