/**
 * Puts arrivals in order. A log has its requests in the order in which they ended, which is nearly that in which they came:
 * so many wait, in a heap, that one which took long is still found its place.
 */
import { add, removeFirst } from "../../../runtime/simulation/index.ts";
import type { Arrival } from "./arrival.ts";

export interface Timed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly arrival: Arrival;
}

/** At most so many wait. */
export const WAITING = 16_384;

export interface ArrivalOrder {
  /** Takes one, and gives the one that is next once enough wait. */
  add(next: Timed): Timed | undefined;
  /** All that wait. */
  rest(): readonly Timed[];
}

/** Counts in `late` those that come before one that was given already. */
export function arrivalOrder(count: { late: number }): ArrivalOrder {
  const heap: Timed[] = [];
  let given = Number.NEGATIVE_INFINITY;
  return {
    add(next) {
      if (next.at < given) count.late++;
      add(heap, next, isBefore);
      if (heap.length <= WAITING) return undefined;
      const first = removeFirst(heap, isBefore) as Timed;
      given = Math.max(given, first.at);
      return first;
    },
    rest: () => heap.splice(0).sort((a, b) => a.at - b.at || a.arrival.line - b.arrival.line),
  };
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.at < b.at || (a.at === b.at && a.arrival.line < b.arrival.line);
}
