/** Something told piece by piece, each in its own time. */
import type { Clock, Timer, UpstreamControl, UpstreamEvents } from "../../plan/doors.ts";

export interface Beat {
  /** Milliseconds after the call. */
  readonly at: number;
  tell(events: UpstreamEvents): void;
}

/** Milliseconds: the longest that a timer of Node's can be set to. */
const LONG = 2 ** 31 - 1;

/** Tells one beat at a time, so that who listens can have it paused or given up after each. */
export class Recital implements UpstreamControl {
  readonly #clock: Clock;
  readonly #beats: Iterator<Beat>;
  readonly #events: UpstreamEvents;
  readonly #began: number;
  #next: Beat | undefined;
  #timer: Timer | undefined;
  /** As a socket does, a call under way keeps the process alive, which timers of the clock need not. */
  readonly #alive = setInterval(() => {}, LONG);
  #paused = false;
  #over = false;

  constructor(clock: Clock, beats: Iterable<Beat>, events: UpstreamEvents) {
    this.#clock = clock;
    this.#beats = beats[Symbol.iterator]();
    this.#events = events;
    this.#began = clock.elapsed();
    this.#next = this.#beats.next().value;
    this.#wait();
  }

  abort(): void {
    this.#over = true;
    clearInterval(this.#alive);
    this.#timer?.cancel();
  }

  pause(): void {
    this.#paused = true;
    this.#timer?.cancel();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#wait();
  }

  #wait(): void {
    const beat = this.#next;
    if (beat === undefined || this.#paused || this.#over) return;
    const passed = this.#clock.elapsed() - this.#began;
    this.#timer = this.#clock.after(Math.max(0, beat.at - passed), () => {
      // From within, the call may be paused or given up.
      this.#next = this.#beats.next().value;
      if (this.#next === undefined) clearInterval(this.#alive);
      beat.tell(this.#events);
      this.#wait();
    });
  }
}
