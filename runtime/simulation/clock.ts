/** A clock that stands still until it is told to go on: timers run in the order of their time, then of being set. */
import type { Clock, Timer } from "../plan/index.ts";
import { add, removeFirst } from "./heap.ts";

export interface VirtualClock extends Clock {
  /** Lets `milliseconds` pass, running each timer at its own time. */
  advance(milliseconds: number): void;
  /** Runs timers until none is left. */
  run(): void;
  /** Timers that are set. */
  pending(): number;
}

interface Entry {
  readonly at: number;
  /** Counts timers, so that of two for one time the first that was set runs first. */
  readonly turn: number;
  /** Undefined once it has run or was cancelled. */
  callback: (() => void) | undefined;
}

/** `start` is in milliseconds since the epoch. */
export function virtualClock(start = 1_000_000): VirtualClock {
  let now = start;
  let turns = 0;
  let set = 0;
  const heap: Entry[] = [];

  function runNext(until: number): boolean {
    let first = heap[0];
    // Nearly all timers are time limits that are called off: they are let go of when it is their turn.
    while (first !== undefined && first.callback === undefined) {
      removeFirst(heap, isBefore);
      first = heap[0];
    }
    if (first === undefined || first.at > until) return false;
    removeFirst(heap, isBefore);
    now = Math.max(now, first.at);
    const { callback } = first;
    first.callback = undefined;
    set--;
    callback?.();
    return true;
  }

  return {
    now: () => now,
    elapsed: () => now - start,
    after(delay, callback): Timer {
      const entry: Entry = { at: now + Math.max(0, delay), turn: turns++, callback };
      add(heap, entry, isBefore);
      set++;
      return {
        cancel() {
          if (entry.callback === undefined) return;
          entry.callback = undefined;
          set--;
        },
      };
    },
    advance(milliseconds) {
      const until = now + milliseconds;
      while (runNext(until));
      now = until;
    },
    run() {
      while (runNext(Number.POSITIVE_INFINITY));
    },
    pending: () => set,
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn);
}
