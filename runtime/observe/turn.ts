/** Whose turn it is to write, among threads that write to one file. */

export interface Turn {
  /** Whether it is this thread's now: it stays so until it is given back. */
  take(): boolean;
  give(): void;
}

/** The memory that the threads share. */
export function turnMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

const NOBODY = 0;

/** `thread` is a number from 0. */
export function turnOf(memory: SharedArrayBuffer, thread: number): Turn {
  const holder = new Int32Array(memory);
  const self = thread + 1;
  return {
    take() {
      const held = Atomics.compareExchange(holder, 0, NOBODY, self);
      return held === NOBODY || held === self;
    },
    give() {
      Atomics.compareExchange(holder, 0, self, NOBODY);
    },
  };
}
