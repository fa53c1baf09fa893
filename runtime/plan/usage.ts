/** Token usage as providers of the OpenAI dialect report it, found without parsing more of an answer than needed. */
import { member, parse } from "./json.ts";

/** Tokens that a call used. `cached` is part of `prompt`. */
export interface Usage {
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
}

/** Counts beyond this are not believed: no context is so long. */
const MOST_TOKENS = 1_000_000_000;

const KEY = '"usage"';
/** Bytes at an answer's end in which its usage nearly always stands. */
const TAIL = 4096;
const [QUOTE, BACKSLASH, OPEN, CLOSE, COLON, COMMA] = [0x22, 0x5c, 0x7b, 0x7d, 0x3a, 0x2c];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/**
 * Usage of an unstreamed answer, or undefined. The last `"usage"` is taken where it stands only if it is a key of the
 * outermost object and its value is a whole object; whatever else looks so (the words of an answer, the arguments of a
 * tool call) sends the answer to JSON.parse.
 */
export function usageOfAnswer(body: Buffer): Usage | undefined {
  // As Latin-1 each byte is a character, and searching text is faster than searching a buffer.
  const tail = body.toString("latin1", Math.max(0, body.length - TAIL));
  const key = tail.lastIndexOf(KEY);
  if (key < 0 && (tail.length === body.length || !body.includes(KEY))) return undefined;
  const inPlace = key < 0 ? undefined : usageAt(tail, key);
  return readUsage(inPlace ?? member(parse(body.toString()), "usage"));
}

/**
 * Usage of a stream, from its last bytes, or undefined. The last event that has one counts: it may be an event of its own
 * before `[DONE]`, or stand in the last choice, and some providers report a growing count with every event.
 */
export function usageOfStream(tail: Buffer): Usage | undefined {
  let end = tail.length;
  for (let key = tail.lastIndexOf(KEY, end); key !== -1; key = end > 0 ? tail.lastIndexOf(KEY, end - 1) : -1) {
    const start = tail.lastIndexOf("\n", key) + 1;
    const stop = tail.indexOf("\n", key);
    const line = tail.toString("utf8", start, stop === -1 ? tail.length : stop);
    if (line.startsWith("data:")) {
      const event = parse(line.slice("data:".length));
      const usage = readUsage(member(event, "usage")) ?? readUsage(member(member(event, "x_groq"), "usage"));
      if (usage !== undefined) return usage;
    }
    end = start;
  }
  return undefined;
}

/** The object behind the key at `key`, if that is a member of the outermost object; else undefined. */
function usageAt(tail: string, key: number): unknown {
  const before = tail.charCodeAt(skipSpace(tail, key - 1, -1));
  if (before !== COMMA && before !== OPEN) return undefined;
  const colon = skipSpace(tail, key + KEY.length, 1);
  if (tail.charCodeAt(colon) !== COLON) return undefined;
  const start = skipSpace(tail, colon + 1, 1);
  if (tail.charCodeAt(start) !== OPEN) return undefined;
  const end = endOfValue(tail, start, 0, 0);
  if (end === -1) return undefined;
  // From depth 1 the rest must come to depth 0 at the answer's last byte and not before: then the key was at depth 1.
  const last = endOfValue(tail, end, 1, 0);
  if (last === -1 || skipSpace(tail, last, 1) !== tail.length) return undefined;
  return parse(tail.slice(start, end));
}

/** The index behind the bracket that brings `depth` down to `target`, reading from `from`; -1 where none does. */
function endOfValue(tail: string, from: number, depth: number, target: number): number {
  let level = depth;
  for (let at = from; at < tail.length; at++) {
    const code = tail.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < tail.length && tail.charCodeAt(at) !== QUOTE; at++) if (tail.charCodeAt(at) === BACKSLASH) at++;
    } else if (code === OPEN || code === OPEN_LIST) {
      level++;
    } else if (code === CLOSE || code === CLOSE_LIST) {
      level--;
      if (level === target) return at + 1;
    }
  }
  return -1;
}

/** The nearest index from `from` on, going by `step`, at which no JSON white space stands. */
function skipSpace(tail: string, from: number, step: 1 | -1): number {
  let at = from;
  for (let code = tail.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
    at += step;
    code = tail.charCodeAt(at);
  }
  return at;
}

function readUsage(value: unknown): Usage | undefined {
  const prompt = tokens(member(value, "prompt_tokens"));
  const stated = tokens(member(value, "completion_tokens") ?? 0);
  if (prompt === undefined || stated === undefined) return undefined;
  const cached =
    tokens(member(member(value, "prompt_tokens_details"), "cached_tokens")) ??
    tokens(member(value, "prompt_cache_hit_tokens")) ??
    0;
  // xAI leaves reasoning out of `completion_tokens`, but bills it: there only the total is right.
  const completion = Math.max(stated, (tokens(member(value, "total_tokens")) ?? 0) - prompt);
  return { prompt, cached: Math.min(cached, prompt), completion };
}

function tokens(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS ? Number(value) : undefined;
}
