/** How a model is doing: what its calls took and cost lately, how many failed, and whether it rests. */
import type { Breaker, Failure } from "../table/index.ts";

/** The weight of the newest call in each moving average; the last 20 calls make 99% of it. */
const NEWEST = 0.2;

/** Failures that are the model's own and not the request's or the policy's. */
const FAULTS: readonly Failure[] = ["timeout", "overloaded", "server_error", "unreachable"];
/** What counts as an error beside: the model is well, but not for us. */
const ERRORS: readonly Failure[] = [...FAULTS, "rate_limited", "unauthorized"];

/** A provider as rules see it. */
export type ProviderHealth = "up" | "degraded" | "down";

/** With this share of failed calls on average a model is ill, as long as a call of it failed within so many milliseconds. */
const ILL_SHARE = 0.5;
const ILL_FOR = 60_000;
/** Of fewer calls no share is told. */
const FEWEST = 3;

/**
 * How a provider is, by its models that some plan or signal calls. It is `down` while all of them rest. It is `degraded`
 * while one of them rests, or waits for the call that finds out whether it is well again, or fails in half of its latest
 * calls or more. What lies a minute back says nothing any more: else a rule that avoids a provider which is not `up` would
 * avoid it for good, as nobody would find out.
 */
export function providerHealth(models: readonly Health[], now: number): ProviderHealth {
  if (models.length > 0 && models.every((model) => model.resting(now) !== undefined)) return "down";
  return models.some((model) => model.isIll(now)) ? "degraded" : "up";
}

/**
 * Exponentially weighted moving averages over a model's calls, and its circuit breaker (Nygard, Release It!, 2007). Kept
 * in memory, for one table in one process.
 */
export class Health {
  readonly #breaker: Breaker | undefined;
  /** When the last failures were, in milliseconds since the epoch, while the breaker is closed. */
  #faults: number[] = [];
  /** The failure that tripped the breaker; undefined while it is closed. */
  #tripped: Failure | undefined;
  #restsUntil = 0;
  #probing = false;
  /** When a call failed last that counts as an error; and how many calls were counted. */
  #failedAt = Number.NEGATIVE_INFINITY;
  #counted = 0;
  /** Calls under way. */
  inFlight = 0;
  /** Averages; undefined before the first call. Milliseconds to the end of an unstreamed answer. */
  whole: number | undefined;
  /** Milliseconds to the first content of a streamed answer. */
  streamed: number | undefined;
  /** Nano-dollars a call. */
  cost: number | undefined;
  /** Share of calls that failed, 0 to 1. */
  errors: number | undefined;

  /** Without a `breaker` the model never rests. */
  constructor(breaker: Breaker | undefined) {
    this.#breaker = breaker;
  }

  /** While the model rests, the failure that made it; calls fail so at once. */
  resting(now: number): Failure | undefined {
    return this.#isResting(now) || this.#probing ? this.#tripped : undefined;
  }

  /** A clock that was set back would have it rest for longer than it is to. */
  #isResting(now: number): boolean {
    const left = this.#restsUntil - now;
    return left > 0 && left <= (this.#breaker?.rest ?? 0);
  }

  /** It rests, or has just rested, or its calls mostly fail. */
  isIll(now: number): boolean {
    if (this.resting(now) !== undefined) return true;
    if (this.#tripped !== undefined) return now - this.#restsUntil < ILL_FOR;
    return now - this.#failedAt < ILL_FOR && this.#counted >= FEWEST && (this.errors ?? 0) >= ILL_SHARE;
  }

  /** A call leaves. Returns whether it is the one that finds out if a model that rested is well again. */
  leaves(): boolean {
    this.inFlight++;
    if (this.#tripped === undefined) return false;
    this.#probing = true;
    return true;
  }

  /** A call is over and has cost so many nano-dollars. */
  settled(cost: number, probe: boolean): void {
    this.inFlight--;
    this.cost = average(this.cost, cost);
    // Should nothing be known of the model after it, the next call finds out.
    if (probe) this.#probing = false;
  }

  /** An answer, or its first content, came after so many milliseconds. */
  answered(milliseconds: number, stream: boolean, probe: boolean): void {
    if (stream) this.streamed = average(this.streamed, milliseconds);
    else this.whole = average(this.whole, milliseconds);
    this.errors = average(this.errors, 0);
    this.#counted++;
    if (probe) this.#close();
  }

  failed(failure: Failure, now: number, probe: boolean): void {
    if (ERRORS.includes(failure)) {
      this.errors = average(this.errors, 1);
      this.#failedAt = now;
      this.#counted++;
    }
    if (this.#breaker === undefined) return;
    if (!FAULTS.includes(failure)) {
      if (probe) this.#close();
    } else if (probe) this.#trip(failure, now, this.#breaker);
    else if (this.#tripped === undefined) this.#count(failure, now, this.#breaker);
  }

  #count(failure: Failure, now: number, breaker: Breaker): void {
    this.#faults.push(now);
    if (this.#faults.length < breaker.failures) return;
    const first = this.#faults.shift() ?? now;
    if (now - first <= breaker.window) this.#trip(failure, now, breaker);
  }

  #trip(failure: Failure, now: number, { rest }: Breaker): void {
    this.#tripped = failure;
    this.#restsUntil = now + rest;
    this.#probing = false;
    this.#faults = [];
  }

  #close(): void {
    this.#tripped = undefined;
    this.#probing = false;
  }
}

function average(before: number | undefined, newest: number): number {
  return before === undefined ? newest : before + (newest - before) * NEWEST;
}
