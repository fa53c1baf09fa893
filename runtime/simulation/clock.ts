/** A clock that stands still until it is told to go on: timers run in the order of their time, then of being set. */
import type { Clock, Timer } from "../plan/index.ts";

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
      removeFirst(heap);
      first = heap[0];
    }
    if (first === undefined || first.at > until) return false;
    removeFirst(heap);
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
      add(heap, entry);
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

/** Adds to a binary heap with the earliest entry first. */
function add(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const above = (at - 1) >>> 1;
    const parent = heap[above] as Entry;
    if (!isBefore(entry, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const least = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
    if (!isBefore(heap[least] as Entry, last)) break;
    heap[at] = heap[least] as Entry;
    at = least;
  }
  heap[at] = last;
}
