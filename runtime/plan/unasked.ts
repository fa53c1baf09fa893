/** Takes out of an answer what was asked for here, for a gate or for the bill, and not by the client. */
import { entries, member, parse } from "./json.ts";
import { LOGPROBS, type Overrides, type PlanRequest } from "./request.ts";
import { eventsOf, lastEventEnd } from "./stream-events.ts";

/** What is asked for beyond what the client did, and taken out again. */
export interface Unasked {
  readonly logprobs?: true;
  /** The usage at the end of a stream. */
  readonly usage?: true;
}

/** What `overrides` ask for beyond `request`; undefined where that is nothing. */
export function unaskedBy(request: PlanRequest, overrides: Overrides | undefined): Unasked | undefined {
  const logprobs = overrides?.logprobs === true && (request.needs & LOGPROBS) === 0;
  const usage = overrides?.usage === true && request.stream && request.usageAsked !== true;
  return logprobs || usage ? { ...(logprobs && { logprobs }), ...(usage && { usage }) } : undefined;
}

/** An answer without log-probabilities: one that came whole or, with `stream`, all events of one that was streamed. */
export function withoutLogprobs(body: Buffer, stream: boolean): Buffer {
  if (!stream) return Buffer.from(stripped(body.toString()));
  const events = eventsOf(body).map(({ raw, data }) =>
    data.includes('"logprobs"') ? `data: ${stripped(data)}\n\n` : raw,
  );
  return Buffer.from(events.join(""));
}

/** Bytes of an unfinished event that are held; one that is larger passes in pieces. */
const HELD_BYTES = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;

/** Takes the event with the usage out of a stream while it is forwarded. */
export class UsageFilter {
  #held: Buffer = NOTHING;

  /** What can be forwarded now that `chunk` has come: whole events, `chunk` itself in nearly all cases. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = lastEventEnd(bytes);
    if (end === 0 && bytes.length > HELD_BYTES) {
      this.#held = NOTHING;
      return bytes;
    }
    this.#held = end === bytes.length ? NOTHING : bytes.subarray(end);
    const whole = end === bytes.length ? bytes : bytes.subarray(0, end);
    // Chunks before the last say that their usage is null; and many providers report it with the last choice.
    if (!whole.includes('"usage":{') && !whole.includes('"usage": {')) return whole;
    if (!NO_CHOICES.test(whole.toString("latin1"))) return whole;
    const kept = eventsOf(whole).filter(({ data }) => !isUsage(data));
    return Buffer.from(kept.map(({ raw }) => raw).join(""));
  }

  /** What is left at the end of the stream. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = NOTHING;
    return rest;
  }
}

/** Whether an event is that which comes for `include_usage`: of no choice, and with the usage. */
function isUsage(data: string): boolean {
  if (!data.includes('"usage"')) return false;
  const event = parse(data);
  const choices = member(event, "choices");
  return (
    Array.isArray(choices) && choices.length === 0 && member(member(event, "usage"), "prompt_tokens") !== undefined
  );
}

function stripped(json: string): string {
  const value = parse(json);
  let found = false;
  for (const choice of entries(member(value, "choices"))) {
    const logprobs = member(choice, "logprobs");
    if (typeof logprobs !== "object" || logprobs === null) continue;
    // As the dialect has it where none were asked for.
    Object.assign(choice as object, { logprobs: null });
    found = true;
  }
  return found ? JSON.stringify(value) : json;
}
