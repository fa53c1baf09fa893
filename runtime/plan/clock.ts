/** The clock of production: the system's time, and a timer wheel for time limits that are nearly always called off. */
import type { Clock, Timer } from "./doors.ts";

/** Milliseconds between two looks at the wheel: no timer is early, none later than this (and a busy event loop). */
const TICK = 20;
/** Slots of the wheel; a power of two. A timer further away than a turn stays in its slot for several. */
const SLOTS = 1024;

/**
 * A clock whose timers cost a list entry each, not a timer of the event loop's (hashed timing wheel; Varghese and Lauck,
 * 1987, scheme 6). It ticks only while a timer is armed and keeps no process alive.
 */
export function systemClock(): Clock {
  // The global is a getter: code that names it calls that each time.
  const monotonic = performance;
  const slots = Array.from({ length: SLOTS }, () => new Entry(0, nothing));
  const due = new Entry(0, nothing);
  let armed = 0;
  let tick = 0;
  let ticker: NodeJS.Timeout | undefined;

  function currentTick(): number {
    return Math.floor(monotonic.now() / TICK);
  }

  function turn(): void {
    const now = currentTick();
    // After a long stall each slot is looked at once, however many turns were missed.
    for (tick = Math.max(tick, now - SLOTS); tick < now; ) {
      tick++;
      collect(slots[tick % SLOTS], now);
    }
    for (let entry = due.next; entry !== due; entry = due.next) {
      entry.unlink();
      armed--;
      entry.callback();
    }
    if (armed === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  }

  function collect(slot: Entry | undefined, now: number): void {
    if (slot === undefined) return;
    for (let entry = slot.next; entry !== slot; ) {
      const { next } = entry;
      if (entry.tick <= now) {
        entry.unlink();
        due.append(entry);
      }
      entry = next;
    }
  }

  return {
    now: Date.now,
    elapsed: () => monotonic.now(),
    after(delay, callback): Timer {
      // Nothing to wait for but the next turn of the event loop.
      if (delay <= 0) {
        const immediate = setImmediate(callback);
        return { cancel: () => clearImmediate(immediate) };
      }
      if (ticker === undefined) {
        tick = currentTick();
        ticker = setInterval(turn, TICK).unref();
      }
      const entry = new Entry(Math.max(tick + 1, Math.ceil((monotonic.now() + delay) / TICK)), callback);
      slots[entry.tick % SLOTS]?.append(entry);
      armed++;
      return {
        cancel() {
          if (entry.unlink()) armed--;
        },
      };
    },
  };
}

function nothing(): void {}

/** An entry of a slot's circular list, or the list's own head. */
class Entry {
  readonly tick: number;
  readonly callback: () => void;
  next: Entry = this;
  previous: Entry = this;

  constructor(tick: number, callback: () => void) {
    this.tick = tick;
    this.callback = callback;
  }

  append(entry: Entry): void {
    entry.previous = this.previous;
    entry.next = this;
    this.previous.next = entry;
    this.previous = entry;
  }

  /** Returns false when it was in no list. */
  unlink(): boolean {
    if (this.next === this) return false;
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
    return true;
  }
}
