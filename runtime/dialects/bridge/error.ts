/** Errors of providers that are called over the AI SDK, which hands on what they answered. */
import { entries, member, text } from "../../plan/json.ts";
import type { ChatError } from "../chat.ts";
import { conformedError } from "../quirks.ts";

export interface BridgedError {
  /** That of the answer, but where it does not say what the answer does. */
  readonly status: number;
  readonly error: ChatError | undefined;
  /** Milliseconds that the body asks to wait. */
  readonly retryAfter: number | undefined;
}

/** What an error answer says. `kind` is Bedrock's `x-amzn-errortype`, where it has one. */
export function bridgedError(status: number, answer: unknown, kind: string | undefined): BridgedError {
  const [first] = Array.isArray(answer) ? answer : [answer];
  const details = entries(member(member(first, "error"), "details"));
  const delay = details
    .map((detail) => /^(\d+(?:\.\d+)?)s$/.exec(text(member(detail, "retryDelay")))?.[1])
    .find(Boolean);
  return {
    status: statusOf(status, details, kind),
    error: conformedError(answer),
    retryAfter: delay === undefined ? undefined : Math.ceil(Number(delay) * 1000),
  };
}

function statusOf(status: number, details: readonly unknown[], kind = ""): number {
  // ai.google.dev: a key that is not known is an invalid argument, with this reason (google.rpc.ErrorInfo).
  if (details.some((detail) => member(detail, "reason") === "API_KEY_INVALID")) return 401;
  // docs.aws.amazon.com, Converse: 424 is the model's own failure.
  return /^Model(Stream)?ErrorException/.test(kind) ? 502 : status;
}

const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/throttl|rate.?limit|quota|resource_exhausted/i, "rate_limit_exceeded"],
  [/overload|unavailable|not.?ready/i, "overloaded"],
  [/timeout|timed.?out/i, "timeout"],
  [/validation|invalid/i, "invalid_request_error"],
];

/** An error that came in a stream: as an object of the provider's own, or as one that its package threw. */
export function streamError(cause: unknown): ChatError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : (JSON.stringify(cause) ?? String(cause));
  const message =
    text(cause) || text(member(cause, "message")) || (cause instanceof Error ? cause.message : said.slice(0, 500));
  const code = BY_WORDS.find(([words]) => words.test(said))?.[1] ?? "server_error";
  return { error: { message, type: code, param: null, code } };
}
