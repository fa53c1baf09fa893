/** What a client is told when no model could answer. */
import type { FailedAttempt, RawHeaders } from "../plan/index.ts";
import type { Failure } from "../table/index.ts";
import { errorBody } from "./errors.ts";

/** An error answer. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: Buffer | string;
  /** Seconds after which trying again can help, where that is known. */
  readonly retryAfter: number | undefined;
  /** The headers of an answer that is the provider's own, in the client's dialect. */
  readonly own?: RawHeaders | undefined;
}

const STATUS: Readonly<Record<Failure, number>> = {
  rate_limited: 429,
  timeout: 504,
  overloaded: 503,
  server_error: 502,
  unreachable: 502,
  over_budget: 429,
  too_long: 400,
  unsupported: 400,
  unauthorized: 502,
  filtered: 400,
  refused: 400,
  invalid: 400,
};

/** OpenAI's own codes where it has them, so that clients that know those go on working. */
const CODE: Readonly<Record<Failure, string>> = {
  rate_limited: "rate_limit_exceeded",
  timeout: "timeout",
  overloaded: "overloaded",
  server_error: "server_error",
  unreachable: "unreachable",
  over_budget: "over_budget",
  too_long: "context_length_exceeded",
  unsupported: "unsupported",
  unauthorized: "upstream_unauthorized",
  filtered: "content_filter",
  refused: "content_filter",
  invalid: "invalid_request",
};

/**
 * The answer for a plan that is exhausted. Its last failure is the plan's. It says which models were tried and how each
 * one failed, and nothing of what a transport or a provider said: that can hold addresses and keys. The exceptions are a
 * provider's verdict on the request itself, which is the client's to read, and what a provider says in the client's own
 * dialect: such clients go by its words. `kept` is the request's member that refers to what only some providers keep.
 */
export function exhaustedAnswer(failures: readonly FailedAttempt[], kept?: string): ErrorAnswer {
  const last = failures.at(-1);
  const verdict = verdictIn(last);
  const status = statusOf(last, verdict);
  if (last === undefined) {
    return { status, body: errorBody(status, "the plan ended without trying a model"), retryAfter: undefined };
  }
  if (verdict !== undefined) return { status, body: verdict, retryAfter: undefined, own: last.ownHeaders };
  if (kept !== undefined && failures.every(({ failure }) => failure === "unsupported")) {
    const message = `\`${kept}\` is not supported: no model of the plan is of a provider that keeps responses`;
    return { status, body: errorBody(status, message, kept, CODE.unsupported), retryAfter: undefined };
  }
  const tried = failures.map(({ model, failure, status: came }) => {
    return `\`${model}\` failed with ${failure}${came === undefined ? "" : ` (${came})`}`;
  });
  const message = `no model of the plan could answer: ${tried.join(", then ")}`;
  return { status, body: errorBody(status, message, null, CODE[last.failure]), retryAfter: wait(status, failures) };
}

/** The status of that answer, for who does not tell it. */
export function exhaustedStatus(failures: readonly FailedAttempt[]): number {
  const last = failures.at(-1);
  return statusOf(last, verdictIn(last));
}

function statusOf(last: FailedAttempt | undefined, verdict: Buffer | undefined): number {
  if (last === undefined) return 500;
  return verdict === undefined ? STATUS[last.failure] : (last.status ?? 400);
}

/** What a provider said that the client is told as it is. A key that is refused is not the client's. */
function verdictIn(last: FailedAttempt | undefined): Buffer | undefined {
  if (last === undefined) return undefined;
  const { failure, ownHeaders, body } = last;
  const isTold = failure === "invalid" || (ownHeaders !== undefined && failure !== "unauthorized");
  return isTold && body !== undefined && isErrorObject(body) ? body : undefined;
}

/** The shortest wait that a provider asked for, in whole seconds. */
function wait(status: number, failures: readonly FailedAttempt[]): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const waits = failures.flatMap(({ retryAfter }) => (retryAfter === undefined ? [] : [retryAfter]));
  return waits.length === 0 ? undefined : Math.ceil(Math.min(...waits) / 1000);
}

function isErrorObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString());
    const error = typeof value === "object" && value !== null ? Reflect.get(value, "error") : undefined;
    return typeof error === "object" && error !== null;
  } catch {
    return false;
  }
}
