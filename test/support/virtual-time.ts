/** A clock that stands still until it is told to go on: timers run in the order of their time, then of being set. */
import type { Clock, Timer } from "../../runtime/plan/index.ts";

export interface VirtualClock extends Clock {
  /** Lets `milliseconds` pass, running each timer at its own time. */
  advance(milliseconds: number): void;
  /** Runs timers until none is left. */
  run(): void;
  /** Timers that are set. */
  pending(): number;
}

interface VirtualTimer {
  readonly at: number;
  readonly callback: () => void;
}

export function virtualClock(start = 1_000_000): VirtualClock {
  let now = start;
  const timers = new Set<VirtualTimer>();

  function runNext(until: number): boolean {
    let first: VirtualTimer | undefined;
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
    if (first === undefined || first.at > until) return false;
    timers.delete(first);
    now = Math.max(now, first.at);
    first.callback();
    return true;
  }

  return {
    now: () => now,
    after(delay, callback): Timer {
      const timer = { at: now + Math.max(0, delay), callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(milliseconds) {
      const until = now + milliseconds;
      while (runNext(until));
      now = until;
    },
    run() {
      while (runNext(Number.POSITIVE_INFINITY));
    },
    pending: () => timers.size,
  };
}
