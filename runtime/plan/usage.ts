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

const KEY = Buffer.from('"usage"');
const [QUOTE, BACKSLASH, OPEN, CLOSE, COLON, COMMA] = [0x22, 0x5c, 0x7b, 0x7d, 0x3a, 0x2c];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/**
 * Usage of an unstreamed answer, or undefined. The last `"usage"` is taken where it stands only if it is a key of the
 * outermost object and its value is a whole object; whatever else looks so (the words of an answer, the arguments of a
 * tool call) sends the answer to JSON.parse.
 */
export function usageOfAnswer(body: Buffer): Usage | undefined {
  const key = body.lastIndexOf(KEY);
  if (key === -1) return undefined;
  const inPlace = usageAt(body, key);
  if (inPlace !== undefined) return readUsage(inPlace);
  return readUsage(member(parse(body.toString()), "usage"));
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
function usageAt(body: Buffer, key: number): unknown {
  const before = skipSpaceBack(body, key - 1);
  if (body[before] !== COMMA && body[before] !== OPEN) return undefined;
  const colon = skipSpace(body, key + KEY.length);
  if (body[colon] !== COLON) return undefined;
  const start = skipSpace(body, colon + 1);
  if (body[start] !== OPEN) return undefined;
  const end = endOfValue(body, start, 0, 0);
  if (end === -1) return undefined;
  // From depth 1 the rest must come to depth 0 at the answer's last byte and not before: then the key was at depth 1.
  const last = endOfValue(body, end, 1, 0);
  if (last === -1 || skipSpace(body, last) !== body.length) return undefined;
  return parse(body.toString("utf8", start, end));
}

/** The index behind the bracket that brings `depth` down to `target`, reading from `from`; -1 where none does. */
function endOfValue(body: Buffer, from: number, depth: number, target: number): number {
  let level = depth;
  for (let at = from; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      for (at++; at < body.length && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++;
    } else if (byte === OPEN || byte === OPEN_LIST) {
      level++;
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      level--;
      if (level === target) return at + 1;
    }
  }
  return -1;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at++;
  return at;
}

function skipSpaceBack(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at--;
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
