/**
 * A lock between the threads of a process: the mutex of Drepper's "Futexes Are Tricky" (2011), with the owner's name in
 * the word, so that the lock of a thread that is no more can be taken away.
 *
 * Nobody is ever blocked: a thread that does not get the lock within some microseconds is called back when it is free.
 * The thread that must take away a dead one's lock therefore always can.
 */
import { threadId } from "node:worker_threads";

/** 0 when free; the owner's number; negative when others wait to be told. */
const WORD = 0;
/** Main is thread 0. */
const self = threadId + 1;
/** Longer than anybody holds the lock who is not writing to disk or waiting for a core. */
const SPINS = 400;

/** Whether the lock was taken. Then {@link unlock} must follow, without waiting for anything in between. */
export function tryLock(words: Int32Array): boolean {
  if (Atomics.compareExchange(words, WORD, 0, self) === 0) return true;
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(words, WORD) === 0 && Atomics.compareExchange(words, WORD, 0, self) === 0) return true;
  }
  return false;
}

export function unlock(words: Int32Array): void {
  if (Atomics.exchange(words, WORD, 0) < 0) Atomics.notify(words, WORD);
}

/** Runs `section`, which must be synchronous, as soon as the lock is free. */
export async function whenLocked<T>(words: Int32Array, section: () => T): Promise<T> {
  // Taken as one that others wait for: those who were woken together with this thread have nobody else to wake them.
  while (Atomics.compareExchange(words, WORD, 0, -self) !== 0) {
    const owner = Atomics.load(words, WORD);
    if (owner === 0 || (owner > 0 && Atomics.compareExchange(words, WORD, owner, -owner) !== owner)) continue;
    const waiting = Atomics.waitAsync(words, WORD, -Math.abs(owner));
    if (!waiting.async) continue;
    // Waiting for memory does not by itself keep a thread from ending.
    const awake = setInterval(() => {}, 2 ** 30);
    await waiting.value;
    clearInterval(awake);
  }
  try {
    return section();
  } finally {
    unlock(words);
  }
}

/** Takes the lock away from a thread that has ended, having run `repair` for what it left half done. */
export function releaseLock(words: Int32Array, ended: number, repair: () => void): void {
  if (Math.abs(Atomics.load(words, WORD)) !== ended + 1) return;
  repair();
  unlock(words);
}
