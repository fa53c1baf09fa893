/** Token usage as providers of the OpenAI dialect report it, found without parsing more of an answer than needed. */
import type { Billable } from "../table/index.ts";
import { member, parse } from "./json.ts";

/** Tokens that a call used. `cached` (read from the cache), `written` and `writtenLong` (to it) are parts of `prompt`. */
export type Usage = Required<Omit<Billable, "writtenLong">> & Pick<Billable, "writtenLong">;

/** Counts beyond this are not believed: no context is so long. */
const MOST_TOKENS = 1_000_000_000;

const KEY = '"usage"';
/** Bytes at an answer's end in which its usage nearly always stands. */
const TAIL = 4096;
const [QUOTE, BACKSLASH, OPEN, CLOSE, COLON, COMMA] = [0x22, 0x5c, 0x7b, 0x7d, 0x3a, 0x2c];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];

/** The last bytes of an answer as Latin-1, in which each byte is a character: searching text is fast. */
export function tailOf(body: Buffer): string {
  return body.toString("latin1", Math.max(0, body.length - TAIL));
}

/**
 * Usage of an unstreamed answer, or undefined; `tail` is its `tailOf`. The last `"usage"` is taken where it stands only
 * if it is a key of the outermost object and its value is a whole object; whatever else looks so (the words of an
 * answer, the arguments of a tool call) sends the answer to JSON.parse. `shape` is what it looks like in its dialect.
 */
export function usageOfAnswer(body: Buffer, tail = tailOf(body), shape = CHAT_USAGE): Usage | undefined {
  const key = tail.lastIndexOf(KEY);
  if (key < 0 && (tail.length === body.length || !body.includes(KEY))) return undefined;
  const start = key < 0 ? -1 : objectBehind(tail, key);
  return (start < 0 ? undefined : usageAt(tail, start, shape)) ?? shape.read(member(parse(body.toString()), "usage"));
}

/** How a dialect states usage. */
export interface UsageShape {
  /**
   * A whole object as it is mostly written, sticky; what it does not match is parsed. It has no string in it with a brace,
   * so its braces are what they seem.
   */
  readonly pattern: RegExp;
  /** The usage in a match, of which each group is digits. */
  matched(groups: readonly (string | undefined)[]): Usage | undefined;
  /** The usage that any object states. */
  read(value: unknown): Usage | undefined;
}

const OPENAI_USAGE =
  /\{"prompt_tokens":(\d{1,9}),"completion_tokens":(\d{1,9}),"total_tokens":(\d{1,9})(?:,"prompt_tokens_details":\{"cached_tokens":(\d{1,9})(?:,"cache_write_tokens":(\d{1,9}))?(?:,"audio_tokens":\d{1,9})?\})?(?:,"completion_tokens_details":\{(?:"\w+":\d{1,9},?)*\})?\}/y;

/** The rest of an answer behind its usage where that holds nothing but plain values: the usage is a member of the answer then. */
const PLAIN_REST = /(?:,"\w+":(?:"[\w.-]*"|[\d.]+|null|true|false))*\}[ \t\r\n]*$/y;

/** The usage that the object at `start` states; undefined where it states none, or is no member of the outermost object. */
function usageAt(tail: string, start: number, shape: UsageShape): Usage | undefined {
  const { pattern } = shape;
  pattern.lastIndex = start;
  const counts = pattern.exec(tail);
  const end = counts === null ? endOfValue(tail, start, 0, 0) : pattern.lastIndex;
  if (end === -1) return undefined;
  if (!endsAnswer(tail, end)) return undefined;
  return counts === null ? shape.read(parse(tail.slice(start, end))) : shape.matched(counts);
}

export const CHAT_USAGE: UsageShape = {
  pattern: OPENAI_USAGE,
  matched([, prompt, completion, total, cached = 0, written = 0]) {
    const read = {
      prompt: Number(prompt),
      completion: Number(completion),
      cached: Number(cached),
      written: Number(written),
    };
    return usage(read, Number(total));
  },
  read: readUsage,
};

/** Whether an object that ends at `end` is a member of the outermost one, which ends with `tail`. */
function endsAnswer(tail: string, end: number): boolean {
  PLAIN_REST.lastIndex = end;
  if (PLAIN_REST.test(tail)) return true;
  // From depth 1 the rest must come to depth 0 at the answer's last byte and not before.
  const last = endOfValue(tail, end, 1, 0);
  return last !== -1 && skipSpace(tail, last, 1) === tail.length;
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
      const data = line.slice("data:".length);
      const object = objectBehind(data, data.lastIndexOf(KEY));
      const usage = (object < 0 ? undefined : usageAt(data, object, CHAT_USAGE)) ?? usageIn(parse(data));
      if (usage !== undefined) return usage;
    }
    end = start;
  }
  return undefined;
}

function usageIn(event: unknown): Usage | undefined {
  return readUsage(member(event, "usage")) ?? readUsage(member(member(event, "x_groq"), "usage"));
}

/** Where the object begins whose key is at `key`; -1 where that is no key, or its value no object. */
function objectBehind(tail: string, key: number): number {
  const before = tail.charCodeAt(skipSpace(tail, key - 1, -1));
  if (before !== COMMA && before !== OPEN) return -1;
  const colon = skipSpace(tail, key + KEY.length, 1);
  if (tail.charCodeAt(colon) !== COLON) return -1;
  const start = skipSpace(tail, colon + 1, 1);
  return tail.charCodeAt(start) === OPEN ? start : -1;
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

/** What a chat completion's `usage` states; undefined where it states none. */
export function readUsage(value: unknown): Usage | undefined {
  const prompt = tokens(member(value, "prompt_tokens"));
  const total = tokens(member(value, "total_tokens"));
  // Of embeddings the total says that there is no more; without it, what was written is not known.
  const stated = tokens(member(value, "completion_tokens") ?? (total === undefined ? undefined : 0));
  if (prompt === undefined || stated === undefined) return undefined;
  const details = member(value, "prompt_tokens_details");
  const cached = tokens(member(details, "cached_tokens")) ?? tokens(member(value, "prompt_cache_hit_tokens")) ?? 0;
  const written = tokens(member(details, "cache_write_tokens")) ?? 0;
  // Ours: OpenAI has no cache that is kept so long. It is a part of the other.
  const writtenLong = Math.min(tokens(member(details, "cache_write_1h_tokens")) ?? 0, written);
  const read = { prompt, cached, written: written - writtenLong, completion: stated };
  return usage(writtenLong > 0 ? { ...read, writtenLong } : read, total ?? 0);
}

/** What was `read`, made to agree with itself. */
function usage(read: Usage, total: number): Usage {
  const { prompt } = read;
  const cached = Math.min(read.cached, prompt);
  const written = Math.min(read.written, prompt - cached);
  const writtenLong = Math.min(read.writtenLong ?? 0, prompt - cached - written);
  // xAI leaves reasoning out of `completion_tokens`, but bills it: there only the total is right.
  const completion = Math.max(read.completion, total - prompt);
  const counted = { prompt, cached, written, completion };
  return writtenLong > 0 ? { ...counted, writtenLong } : counted;
}

function tokens(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS ? Number(value) : undefined;
}
