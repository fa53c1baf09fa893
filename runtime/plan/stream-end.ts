/** The end of a stream of the chat dialect: whether it came to its end or was cut off, read from its last bytes. */
import { type Classified, classifyContent } from "./failure.ts";
import { entries, member, parse } from "./json.ts";

export interface StreamEnd {
  /** `[DONE]` has come, or a `finish_reason`, as some providers leave `[DONE]` out; and no event is cut in two. */
  readonly complete: boolean;
  /** A `finish_reason` has come and no content after it: what is reported as used is all that there will be. */
  readonly finished: boolean;
  /** The error event behind the last content. */
  readonly error: Classified | undefined;
}

const DONE = "[DONE]";
const LF = 0x0a;
/** Text of an answer cannot look so: there quotes are escaped. So this is found in an event whose beginning is not kept, too. */
const FINISH = /"finish_reason"\s*:\s*"[^"]/;

/** How a stream ended whose last bytes are `tail`: read backwards, no further than the last event that says something. */
export function endOfStream(tail: Buffer): StreamEnd {
  const rest = tail.toString("utf8", tail.lastIndexOf(LF) + 1);
  const cut = rest !== "" && !rest.startsWith(":") && dataOf(rest) !== DONE && parse(dataOf(rest)) === undefined;
  let done = false;
  let finished = false;
  let error: Classified | undefined;
  for (const line of linesBackwards(tail)) {
    const data = dataOf(line);
    if (data === DONE) done = true;
    finished = FINISH.test(line);
    if (finished) break;
    // To parse what is no JSON takes longer than all the rest.
    if (data === "" || data === DONE) continue;
    const event = parse(data);
    if (entries(member(event, "choices")).some(hasContent)) break;
    error = classifyContent(event);
    if (error !== undefined) break;
  }
  return { complete: (done || finished) && !cut, finished, error };
}

/**
 * Whether the stream whose last bytes are `tail` ends with the whole event `[DONE]`, which is its last one whatever the
 * provider sends after it.
 */
export function endsWithDone(tail: Buffer): boolean {
  return /(?:^|\n)data: ?\[DONE\]\r?\n\r?\n$/.test(tail.toString("latin1", tail.length - 24));
}

/** Whether the last event in `tail` is a whole one. */
export function endsEvent(tail: Buffer): boolean {
  return /\n\r?\n$/.test(tail.toString("latin1", Math.max(0, tail.length - 3)));
}

/** Whether `chunk` can be the end of `[DONE]`: a look at one byte of nearly every chunk that is not. */
export function mayEndDone(chunk: Buffer): boolean {
  let last = chunk.length - 1;
  while (last >= 0 && (chunk[last] === LF || chunk[last] === 0x0d)) last--;
  return last < 0 || chunk[last] === 0x5d;
}

function dataOf(line: string): string {
  return line.startsWith("data:") ? line.slice("data:".length).trim() : "";
}

function* linesBackwards(tail: Buffer): Generator<string> {
  for (let end = tail.length; end > 0; ) {
    const start = tail.lastIndexOf(LF, end - 1) + 1;
    if (start < end) yield tail.toString("utf8", start, end);
    end = start - 1;
  }
}

/** Members of a delta that hold what the model says; `reasoning` and `reasoning_content` are names of one thing. */
const CONTENT = [
  "content",
  "tool_calls",
  "function_call",
  "reasoning_content",
  "reasoning",
  "refusal",
  "audio",
  "images",
];

/** Whether `choice` of an event holds something that the model says. */
export function hasContent(choice: unknown): boolean {
  const delta = member(choice, "delta");
  return CONTENT.some((name) => isSomething(member(delta, name)));
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === "string") return value.length > 0;
  return typeof value === "object" && value !== null;
}
