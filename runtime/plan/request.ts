/** What the one who asks hands to the plan executor, and what it is told in return. */
import type { Failure, Model } from "../table/index.ts";
import type { RawHeaders } from "./doors.ts";

/** Capabilities that a request needs of the model that answers it (`needs.*` in the language). */
export const CAPABILITIES = ["tools", "vision", "audio", "pdf", "json", "logprobs", "reasoning", "search"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** `promptTokens` of a request that refers to something of unknown size. It is tried, and reserved as a full context. */
export const UNKNOWN_SIZE = Number.MAX_SAFE_INTEGER;

/** A request as the plan executor sees it: already decided, its dialect already read. */
export interface PlanRequest {
  /** The body with `upstream` as its model. Called once per attempt. */
  bodyFor(upstream: string): Buffer;
  readonly stream: boolean;
  /** Bit i is set when the request needs `CAPABILITIES[i]`. */
  readonly needs: number;
  /** The quarter of the token bound, rounded up (`prompt_tokens` in the language), or `UNKNOWN_SIZE`. */
  readonly promptTokens: number;
  /** The cap on output tokens that the request states, or undefined. */
  readonly maxTokens: number | undefined;
  /** How many answers it asks for (`n`), each of them at the full output bound; 1 when absent. */
  readonly choices?: number;
  /** Headers that may go upstream, name and value in turn. */
  readonly headers: readonly string[];
}

/** Who answered, and what it took. */
export interface Served {
  readonly model: Model;
  /** Calls that left the process, this one counted. */
  readonly attempts: number;
}

/** A failed step, in the order in which they happened. */
export interface FailedAttempt {
  readonly model: string;
  readonly failure: Failure;
  /** HTTP status of the provider's answer, where there was one. */
  readonly status: number | undefined;
  readonly detail: string;
  /** What the provider said, at most 64 kB, where it said anything. */
  readonly body: Buffer | undefined;
  /** Milliseconds that the provider asked us to wait (`Retry-After`), where it did. */
  readonly retryAfter: number | undefined;
}

/**
 * Where an answer goes. Exactly one of these sequences is called, unless the request is cancelled:
 * `whole`; `begin`, `data`…, `end`; `begin`, `data`…, `broken`; `reject`; `exhausted`.
 */
export interface AnswerSink {
  /** A complete unstreamed answer. `cost` is in nano-dollars, undefined where the provider reported no usage. */
  whole(served: Served, status: number, headers: RawHeaders, body: Buffer, cost: number | undefined): void;
  /** The first content of a streamed answer (or of one too large to hold) has come; from here no other model can take over. */
  begin(served: Served, status: number, headers: RawHeaders): void;
  /** Returns false when the reader is slow: the executor then pauses upstream until `resume` is called on the execution. */
  data(chunk: Buffer): boolean;
  /** The answer is complete. `cost` is in nano-dollars, undefined where the provider reported no usage. */
  end(cost: number | undefined): void;
  /** The answer broke down after `begin`. */
  broken(served: Served, failure: Failure, detail: string): void;
  /** The policy says no, at once or after these failures. */
  reject(status: number, text: string | undefined, failures: readonly FailedAttempt[], attempts: number): void;
  /** No step of the plan could answer; the last failure is the plan's. `attempts` counts calls that left the process. */
  exhausted(failures: readonly FailedAttempt[], attempts: number): void;
}

/** A plan being carried out. */
export interface Execution {
  /** The steps that failed so far. */
  readonly failures: readonly FailedAttempt[];
  /** Calls that left the process so far. */
  readonly attempts: number;
  /** The client has gone: ends the call under way and tells the sink nothing more. */
  cancel(): void;
  /** The reader that returned false from `data` can take more. */
  resume(): void;
}
