/**
 * The four doors through which effects reach a plan: clock, randomness, transport, ledger. Production opens real ones,
 * tests and simulation open virtual time, a seeded generator and simulated providers; the executor cannot tell.
 */
import type { Failure, Model, Provider } from "../table/index.ts";
import type { OwnCall, PlanRequest } from "./request.ts";

/** Time. The executor asks nothing else what time it is, and sets no timer of its own. */
export interface Clock {
  /** Milliseconds since the epoch, as the machine's clock has it: it may be set forward and back. */
  now(): number;
  /** Milliseconds since some moment, passing evenly whatever becomes of `now`: how long things take, and when they are due. */
  elapsed(): number;
  /** Calls `callback` once, at or shortly after `delay` milliseconds from now. */
  after(delay: number, callback: () => void): Timer;
}

export interface Timer {
  /** After this the callback is not called. Harmless when it was called already. */
  cancel(): void;
}

/** Randomness: uniform in [0, 1). */
export interface Random {
  next(): number;
}

/** Header names, in any case, and values in turn (`[name, value, name, value, …]`); each byte of a value is one character. */
export type RawHeaders = readonly string[];

/** One call to a provider, ready to leave. */
export interface UpstreamCall {
  readonly provider: Provider;
  readonly model: Model;
  /** What is asked of the model where that is no answer. */
  readonly endpoint?: "embeddings" | "count_tokens" | undefined;
  /** The dialect of body and answer where it is the provider's own, and not a chat's that is to be translated. */
  readonly dialect?: OwnCall["dialect"] | undefined;
  /** The request body, with the model's upstream name in it. */
  readonly body: Buffer;
  /** Whether the answer was asked for as a stream of server-sent events. */
  readonly stream: boolean;
  /** Headers of the client's that may go upstream; never its credentials. Name and value in turn. */
  readonly headers: readonly string[];
}

/**
 * What a transport tells of a call: `head`, then `data` any number of times, then `end`; or at any point `fail`, and
 * nothing after it. Called asynchronously: never from within `send` itself.
 */
export interface UpstreamEvents {
  head(status: number, headers: RawHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  /**
   * The call broke down below HTTP. `failure` is `unreachable` in all but exceptional cases; `detail` is for the log.
   * `left` is false when it is known that nothing of the request was sent (a refused connection): then it cost nothing.
   */
  fail(failure: Failure, detail: string, left?: boolean): void;
}

/** What the executor may do to a call under way. */
export interface UpstreamControl {
  /** Names of what the request says and the provider's dialect has no word for: it was left out. */
  readonly dropped?: readonly string[];
  /** Ends the call; no event follows. Harmless when it has ended. */
  abort(): void;
  /** Stops `data` until `resume`, down to the provider's socket. */
  pause(): void;
  resume(): void;
}

/** Why calls of a model cannot leave at present. */
export interface Rest {
  readonly failure: Failure;
  readonly detail: string;
  /** Milliseconds after which they can, where that is known. */
  readonly retryAfter: number | undefined;
}

/** A key of a provider, for those who count by it. */
export interface UpstreamKey {
  /** Tells it from the provider's others, wherever it stands among them, and does not give it away. */
  readonly id: string;
}

/** Carries calls to providers. */
export interface Transport {
  /** Why a call of the model cannot leave now, where it cannot: all keys of its provider rest. */
  resting?(model: Model): Rest | undefined;
  /** Whether, of several keys, a call of the model can leave with another than one that rests. */
  hasSpareKey?(model: Model): boolean;
  /** The keys that a call of the model can leave with now, beginning with the one whose turn it is. Takes that turn. */
  keys?(model: Model): readonly UpstreamKey[];
  /** `key` is one of `keys`, which the call was counted for; without it the next one is used. */
  send(call: UpstreamCall, events: UpstreamEvents, key?: UpstreamKey): UpstreamControl;
  /** Closes what is open; calls under way may finish first. */
  close(): Promise<void>;
}

/** Tokens of a call: at most, or as they were used. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** What a call came to. */
export interface Spent {
  /** Nano-dollars; the worst case where nobody knows. */
  readonly cost: number;
  /** Undefined where the provider did not report it: then its bound counts. */
  readonly input: number | undefined;
  readonly output: number | undefined;
}

/** What was set aside for one call before it leaves. */
export interface Reservation {
  /** Where the model's keys are counted: the one that the call leaves with. */
  readonly key?: UpstreamKey | undefined;
  /** Replaces the worst case by what the call came to. Called exactly once. */
  settle(spent: Spent): void;
}

/** A budget or a limit does not allow a call. */
export interface Refusal {
  readonly failure: "over_budget" | "rate_limited";
  /** Which meter, for the log. */
  readonly detail: string;
  /** Milliseconds after which it can fit, where that is known. */
  readonly retryAfter?: number;
}

/** Money and rates. Every call passes here before it leaves the process. */
export interface Ledger {
  /**
   * Sets aside `worst` nano-dollars and, in limits of tokens, `most`; without it what the model can take and write at
   * most. `request` says whose call it is: those that routec makes itself have the attributes of the one that they are
   * for. Of `keys` the first is taken that has room for the call; without them all calls count for one key. A promise
   * never rejects.
   */
  reserve(
    call: UpstreamCall,
    worst: number,
    request: PlanRequest,
    most?: Tokens,
    keys?: readonly UpstreamKey[],
  ): Reservation | Refusal | PromiseLike<Reservation | Refusal>;
  /** The share of a model's own limits that is used, from 0, as far as this process knows; 0 of one that has none. */
  used?(model: Model): number;
  /** Whether a contract that a call of the model counts towards is behind, as far as this process knows. */
  behind?(model: Model, request: PlanRequest): boolean;
}

export interface Doors {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly ledger: Ledger;
}
