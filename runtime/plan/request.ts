/** What the one who asks hands to the plan executor, and what it is told in return. */
import type { Attempt } from "../observe/observer.ts";
import type { Failure, Model, Value } from "../table/index.ts";
import type { RawHeaders, Reservation, Tokens } from "./doors.ts";
import type { Frame } from "./frames.ts";
import type { Gate } from "./gate.ts";
import type { LinkedCall, LinkedRun } from "./linked.ts";
import type { Wire, WireStream } from "./wire.ts";

/** Capabilities that a request needs of the model that answers it (`needs.*` in the language). */
export const CAPABILITIES = ["tools", "vision", "audio", "pdf", "json", "logprobs", "reasoning", "search"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The bit of `PlanRequest.needs` for log-probabilities. */
export const LOGPROBS = 1 << CAPABILITIES.indexOf("logprobs");

/** `promptTokens` of a request that refers to something of unknown size. It is tried, and reserved as a full context. */
export const UNKNOWN_SIZE = Number.MAX_SAFE_INTEGER;

/** What a step's options change in the body of its calls. What is absent stays as the request has it. */
export interface Overrides {
  /** A cap on output tokens: a lower one of the request stays. */
  readonly maxTokens?: number;
  /** The request was made here of one of another dialect: its cap takes the provider's name for it. */
  readonly capRenamed?: true;
  /** The member that states the cap where the request has none. */
  readonly capMember: "max_completion_tokens" | "max_tokens";
  readonly temperature?: number;
  readonly reasoningEffort?: string;
  /** Stands in the place of all system messages. */
  readonly system?: string;
  /** Names of the tools that are passed on. */
  readonly tools?: readonly string[];
  /** The log-probabilities of the answer's tokens are asked for. */
  readonly logprobs?: true;
  /** The usage is asked for at the end of a stream, which the request asks for. */
  readonly usage?: true;
}

/** A request in the dialect in which it came, for a provider that speaks it: all but the model's name stays as it is. */
export interface OwnCall {
  readonly dialect: "messages" | "responses";
  readonly body: Buffer;
  /** Headers that go with it, name and value in turn. */
  readonly headers: readonly string[];
  /** Names of the step's options that the model cannot honour. */
  readonly dropped: readonly string[];
  readonly wire: Wire;
}

/** A request as the plan executor sees it: already decided, its dialect already read. */
export interface PlanRequest {
  /**
   * The body with `upstream` as its model, and with `overrides`; nothing else of it changes. Called once per attempt.
   * Undefined where there are overrides and the body cannot be rewritten.
   */
  bodyFor(upstream: string, overrides?: Overrides): Buffer | undefined;
  /** The request for this step in its own dialect, where that is no chat's and the step's provider speaks it. */
  own?(step: LinkedCall): OwnCall | undefined;
  /** The member by which the request refers to what a provider keeps, so that it can leave in no other form than `own`. */
  readonly ownAlone?: string | undefined;
  /** The value of the table's attribute of that index, where the request has it. For sticky draws, and for meters. */
  attribute?(index: number): Value | undefined;
  /** The client asked for the usage at the end of its stream, and is told it. */
  readonly usageAsked?: boolean;
  /** It was made of a request of another dialect, so that its body is ours to write. */
  readonly translated?: boolean;
  /** The body as a value, for gates that compare the answer with what was asked. */
  json?(): unknown;
  readonly stream: boolean;
  /** Bit i is set when the request needs `CAPABILITIES[i]`. */
  readonly needs: number;
  /** The quarter of the token bound, rounded up (`prompt_tokens` in the language), or `UNKNOWN_SIZE`. */
  readonly promptTokens: number;
  /** The cap on output tokens that the request states, or undefined. */
  readonly maxTokens: number | undefined;
  /** How many texts it asks the embeddings of; undefined where it asks for a chat completion. */
  readonly inputs?: number | undefined;
  /** How many answers it asks for (`n`), each of them at the full output bound; 1 when absent. */
  readonly choices?: number;
  /** Headers that may go upstream, name and value in turn. */
  readonly headers: readonly string[];
}

/** Who answered, and what it took. */
export interface Served {
  readonly model: Model;
  /** Calls that left the process, this one and all others counted. */
  readonly attempts: number;
  /** What of the step's options the model cannot honour, and of the request its dialect cannot say, by name: it was left out. */
  readonly dropped: readonly string[];
  /** The answer is written in the client's own dialect, which is no chat's. */
  readonly own: boolean;
  /** The stream that it comes as. */
  readonly stream: Pick<WireStream, "broken"> | undefined;
}

/** A failed attempt, in the order in which they happened. */
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
  /** The headers of what the provider said, where that is in the client's own dialect. */
  readonly ownHeaders?: RawHeaders;
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

  // For who wants to follow how a plan is carried out, as simulations do; nothing depends on these.

  /** This form of the plan is carried out, within the frame. */
  reached?(run: LinkedRun, within: Frame | undefined): void;
  /** A gate has decided on the answer of the call for which `reservation` was made; one that cannot be computed does not accept. */
  gated?(gate: Gate, accepted: boolean, reservation: Reservation): void;
  /** The call for which `reservation` was made has failed. */
  failed?(attempt: FailedAttempt, reservation: Reservation): void;
}

/** A plan being carried out. */
export interface Execution {
  /** The attempts that failed so far. */
  readonly failures: readonly FailedAttempt[];
  /** The calls that left the process so far, in order. */
  readonly calls: readonly Attempt[];
  /** How many that are. */
  readonly attempts: number;
  /** Tokens of the calls that are over, judges among them; the most that they can have been where nobody knows. */
  readonly tokens: Tokens;
  /** What they cost, in nano-dollars; the worst case where nobody knows. */
  readonly cost: number;
  /** The client has gone: ends all calls under way and tells the sink nothing more. */
  cancel(): void;
  /** The reader that returned false from `data` can take more. */
  resume(): void;
}
