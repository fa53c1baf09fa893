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
/** Names and rules that are remembered: policies that were replaced leave theirs behind. */
const MOST_NAMES = 10_000;
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
  const { model, key, reused, firstContent } = record;
  to.bytes(PART.begin);
  to.string(record.decision);
  to.bytes(PART.time);
  to.number(record.time);
  decided(to, record);
  if (key !== undefined) said(to, PART.key, key);
  known(to, record);
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

/** What most requests have in common that one rule decided, and those that stream or do not. */
interface Decided {
  readonly policy: string;
  readonly asked: string | undefined;
  readonly outcome: DecisionRecord["outcome"];
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** By the rule's label, of the last request that it decided. */
const decidedWhole = new Map<string, Decided>();
const decidedStreams = new Map<string, Decided>();

/** Members `policy` to `stream`. */
function decided(to: JsonWriter, record: DecisionRecord): void {
  const { policy, route, rule, asked, outcome, status, stream } = record;
  const last = stream ? decidedStreams : decidedWhole;
  const same = rule === undefined ? undefined : last.get(rule);
  if (same?.policy === policy && same.asked === asked && same.outcome === outcome && same.status === status) {
    to.bytes(same.bytes);
    return;
  }
  const from = to.length;
  named(to, PART.policy, policy);
  if (route !== undefined) named(to, PART.route, route);
  if (rule !== undefined) named(to, PART.rule, rule);
  if (asked !== undefined) said(to, PART.asked, asked.length > NAME_LENGTH ? asked.slice(0, NAME_LENGTH) : asked);
  named(to, PART.outcome, outcome);
  counted(to, PART.status, status);
  to.bytes(stream ? PART.streamed : PART.whole);
  if (rule === undefined) return;
  if (last.size >= MOST_NAMES) last.clear();
  last.set(rule, { policy, asked, outcome, status, bytes: Uint8Array.from(to.written.subarray(from)) });
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

/** An attribute, made ready to be told. */
interface Told {
  readonly attribute: Attribute;
  /** What its value stands behind, and that where another stands before it. */
  readonly first: Uint8Array;
  readonly next: Uint8Array;
  /** What users say is not told, but how long it is. */
  readonly isSpoken: boolean;
}

/** Those of one policy: of signals there is a list of their own. */
interface Tellable {
  readonly attributes: readonly Attribute[];
  readonly requested: readonly (Told | undefined)[];
  readonly state: readonly (Told | undefined)[];
  readonly hasState: boolean;
}

/** Of the policy that decided last. */
let lastTellable: Tellable | undefined;

function tellable(attributes: readonly Attribute[]): Tellable {
  if (lastTellable?.attributes === attributes) return lastTellable;
  const told = (attribute: Attribute): Told => ({
    attribute,
    first: bytesOf(`${jsonString(attribute.name)}:`),
    next: bytesOf(`,${jsonString(attribute.name)}:`),
    isSpoken: isSpoken(attribute),
  });
  const from = (each: Attribute): string => each.source.from;
  const state = attributes.map((each) => (from(each) === "state" ? told(each) : undefined));
  lastTellable = {
    attributes,
    requested: attributes.map((each) => (from(each) === "state" || from(each) === "signal" ? undefined : told(each))),
    state,
    hasState: state.some((each) => each !== undefined),
  };
  return lastTellable;
}

/**
 * What is known of the request, whether or not this route's rules test it: another policy's may. Members `attributes` and
 * `state`.
 */
function known(to: JsonWriter, record: DecisionRecord): void {
  const { requested, state, hasState } = tellable(record.attributes);
  to.bytes(PART.attributes);
  members(to, requested, record);
  to.bytes(PART.close);
  if (!hasState) return;
  const { length } = to;
  to.bytes(PART.state);
  if (members(to, state, record)) to.bytes(PART.close);
  else to.length = length;
}

/** Returns whether there is any. */
function members(to: JsonWriter, told: readonly (Told | undefined)[], { values, meters }: DecisionRecord): boolean {
  const start = to.length;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const each = told[index];
    if (value === undefined || each === undefined) continue;
    to.bytes(to.length === start ? each.first : each.next);
    valued(to, each, value, meters);
  }
  return to.length > start;
}

function valued(to: JsonWriter, { attribute, isSpoken }: Told, value: Value, meters: readonly Meter[]): void {
  const share = shareOf(attribute, value, meters);
  if (share !== undefined) to.number(share);
  else if (typeof value === "string" && (isSpoken || value.length > VALUE_LENGTH))
    to.ascii(`{"length":${value.length}}`);
  else json(to, valueToJson(attribute.type, value));
}

/** What was spent of a budget, in percent, which is how rules and `routec explain` have it. */
function shareOf({ source }: Attribute, value: Value, meters: readonly Meter[]): number | undefined {
  if (source.from !== "state" || source.read !== "spent" || typeof value !== "number") return undefined;
  const meter = meters.find((each) => each.name === source.of);
  return meter?.kind === "budget" ? (value / meter.limit) * 100 : undefined;
}

/** Members of a body that hold what the user says. */
const SPOKEN = /^\/(?:messages|input|instructions|system|prompt|tools|prediction)(?:\/|$)/;

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

/** What most calls of one model have in common: those that answered when first asked, with the status of the last of them. */
interface Answered {
  readonly provider: string;
  readonly status: number | undefined;
  readonly bytes: Uint8Array;
}

/** By the model's name. */
const answered = new Map<string, Answered>();

/** Members `model` to `status`. */
function called(to: JsonWriter, { model, provider, purpose, retry, end, failure, status }: Attempt): void {
  const isCommon = end === "complete" && failure === undefined && retry === 0 && purpose === "answer";
  const same = isCommon ? answered.get(model.name) : undefined;
  if (same?.provider === provider.name && same.status === status) {
    to.bytes(same.bytes);
    return;
  }
  const from = to.length;
  to.bytes(PART.called);
  to.bytes(name(model.name));
  named(to, PART.provider, provider.name);
  if (purpose !== "answer") to.ascii(`,"for":"${purpose}"`);
  if (retry > 0) to.ascii(`,"retry":${retry}`);
  named(to, PART.end, end ?? "cancelled");
  if (failure !== undefined) to.ascii(`,"failure":"${failure}"`);
  if (status !== undefined) counted(to, PART.status, status);
  if (!isCommon) return;
  if (answered.size >= MOST_NAMES) answered.clear();
  answered.set(model.name, { provider: provider.name, status, bytes: Uint8Array.from(to.written.subarray(from)) });
}

function attempt(to: JsonWriter, call: Attempt): void {
  const { content, milliseconds, input, output } = call;
  called(to, call);
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
