/** What an answer that was not streamed says of itself: whether it is one, and whether it is all of it. */
import { type Classified, classifyContent, refusals } from "./failure.ts";
import { entries, member, parse } from "./json.ts";
import type { StreamEnd } from "./stream-end.ts";
import { tailOf } from "./usage.ts";

export interface Inspected {
  readonly error: Classified | undefined;
  readonly filtered: boolean;
  readonly refused: boolean;
}

const ERROR_KEY = '"error"';
/** Its end, of which V8 finds the first letter by itself: quotation marks, of which JSON is full, hold the search up. */
const ERROR_END = 'ror"';

/** What an unstreamed answer with a 2xx status, of which `tail` is the end, says of itself. It is parsed only where its bytes give cause to. */
export function inspect(body: Buffer, tail: string, closely: boolean): Inspected {
  if (!isObject(body)) {
    const error: Classified = { failure: "server_error", detail: "the answer is not a JSON object" };
    return { error, filtered: false, refused: false };
  }
  if (!closely && !mentionsError(body, tail) && holdsAnswer(body, tail))
    return { error: undefined, filtered: false, refused: false };
  const value = parse(body.toString());
  return { error: classifyContent(value) ?? notAnswer(value), ...refusals(member(value, "choices")) };
}

/** How an answer's choices begin, or the vectors of embeddings: its other members before these are few and short. */
const BEGINS = /"(?:choices|data)"\s*:\s*\[\s*\{/;
const HEAD = 512;

function holdsAnswer(body: Buffer, tail: string): boolean {
  return BEGINS.test(tail.length === body.length ? tail : body.toString("latin1", 0, HEAD));
}

/** What gateways and providers report with status 200 in words of their own holds no choice. */
function notAnswer(value: unknown): Classified | undefined {
  if (entries(member(value, "choices")).length > 0 || Array.isArray(member(value, "data"))) return undefined;
  return { failure: "server_error", detail: "the answer holds no choice" };
}

/** Whether `"error"` stands anywhere in it. */
export function mentionsError(body: Buffer, tail: string): boolean {
  if (tail.length < body.length) return body.includes(ERROR_KEY);
  return tail.includes(ERROR_END) && tail.includes(ERROR_KEY);
}

/** How an unstreamed answer ended whose last bytes are `tail`. */
export function endOfObject(tail: Buffer, failed: Classified | undefined): StreamEnd {
  const complete = failed === undefined && /\}\s*$/.test(tailOf(tail));
  return { complete, finished: false, error: undefined };
}

/** Whether `body` begins and ends as a JSON object does. */
export function isObject(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < body.length && (body[first] ?? 0) <= 0x20) first++;
  while (last > first && (body[last] ?? 0) <= 0x20) last--;
  return body[first] === 0x7b && body[last] === 0x7d;
}
