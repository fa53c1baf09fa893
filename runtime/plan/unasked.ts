/** Takes out of an answer what was asked for here, for a gate, and not by the client. */
import { entries, member, parse } from "./json.ts";
import type { Extras } from "./link-call.ts";
import { LOGPROBS, type Overrides, type PlanRequest } from "./request.ts";
import { eventsOf } from "./stream-events.ts";

/** What `overrides` ask for beyond `request`; undefined where that is nothing. */
export function unaskedBy(request: PlanRequest, overrides: Overrides | undefined): Extras | undefined {
  const logprobs = overrides?.logprobs === true && (request.needs & LOGPROBS) === 0;
  const usage = overrides?.usage === true && request.stream && !asksForUsage(request);
  return logprobs || usage ? { ...(logprobs && { logprobs }), ...(usage && { usage }) } : undefined;
}

function asksForUsage(request: PlanRequest): boolean {
  return member(member(request.json?.(), "stream_options"), "include_usage") === true;
}

/** `body` is an answer that came whole or, with `stream`, all events of one that was streamed. */
export function without({ logprobs, usage }: Extras, body: Buffer, stream: boolean): Buffer {
  if (!stream) return Buffer.from(logprobs === true ? withoutLogprobs(body.toString()) : body);
  const kept = eventsOf(body).filter(({ data }) => usage !== true || !isUsage(data));
  const stripped = kept.map(({ raw, data }) =>
    logprobs === true && data.includes('"logprobs"') ? `data: ${withoutLogprobs(data)}\n\n` : raw,
  );
  return Buffer.from(stripped.join(""));
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

function withoutLogprobs(json: string): string {
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
