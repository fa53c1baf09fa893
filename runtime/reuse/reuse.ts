/**
 * `reuse` of a route: a request that was answered before is given the same answer again, at no cost. Two equal requests at
 * one time are both carried out; neither waits for the other.
 */
import { cacheWish } from "./cache-control.ts";
import { type ReusableRequest, reuseKey } from "./key.ts";
import { Recording } from "./recording.ts";
import type { AnswerStore, KeptAnswer } from "./store.ts";

export interface ReuseRequest extends ReusableRequest {
  /** All headers of the client, name and value in turn. */
  readonly clientHeaders: readonly string[];
  /** Milliseconds for which the route lets an answer be used. */
  readonly lifetime: number;
}

/** What is to be done about one request. */
export interface Reuse {
  /** The earlier answer, where there is one to give; a promise only where the store is elsewhere. It never rejects. */
  readonly found: KeptAnswer | undefined | Promise<KeptAnswer | undefined>;
  /** Writes the answer down; undefined where it is not to be kept. */
  readonly recording: Recording | undefined;
  /** Keeps what was recorded, of an answer that is complete. */
  keep(status: number, terms: Pick<KeptAnswer, "decision" | "model" | "headers">): void;
}

/** Undefined where nothing can be used again, nor kept. */
export function reuse(request: ReuseRequest, store: AnswerStore, now: () => number): Reuse | undefined {
  const { read, write, maxAge } = cacheWish(request.clientHeaders);
  const key = read || write ? reuseKey(request) : undefined;
  if (key === undefined) return undefined;

  function fresh(answer: KeptAnswer | undefined): KeptAnswer | undefined {
    const time = now();
    // One from the future was kept before the clock was set back: its age is not known.
    const isFresh = answer !== undefined && time >= answer.from && time < answer.until && time - answer.from <= maxAge;
    return isFresh ? answer : undefined;
  }

  const stored = read ? store.get(key) : undefined;
  const recording = write ? new Recording() : undefined;
  return {
    found: stored instanceof Promise ? stored.then(fresh) : fresh(stored),
    recording,
    keep(status, terms) {
      const from = now();
      const until = from + request.lifetime;
      const answer = recording?.finish(status, request, { ...terms, from, until });
      if (answer !== undefined) store.put(key, answer, from);
    },
  };
}
