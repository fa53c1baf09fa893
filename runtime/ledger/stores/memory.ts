/**
 * Counters in this process, shared by its threads.
 *
 * One lock, not one counter after the other without: a reservation of several counters is all or nothing to everybody
 * else, two that meet at a limit are never both refused, a sliding window is a plain sum of its buckets, and a place can
 * be given to another counter. `node bench/ledger.ts` has what it costs.
 */
import type { Store } from "../store.ts";
import { CAPACITY, createCounterTable, sizeFor } from "./counter-table.ts";
import { releaseLock } from "./lock.ts";
import { createSharedStore } from "./shared-store.ts";

export interface SharedStore extends Store {
  /** To be handed to the other threads of the process, for `options.shared` there. */
  readonly shared: SharedArrayBuffer;
  /** To be told when a thread has ended, whatever way; what it held stays counted. `threadId` as it was when it ran. */
  release(threadId: number): void;
}

export interface MemoryOptions {
  /** Of the thread that made the store. */
  readonly shared?: SharedArrayBuffer;
  /**
   * How many counters there is room for, a power of two, 262,144 unless told: those of windows that are not over. Each takes
   * 80 bytes, and about 1 kB when its window slides. From nine tenths on, reservations of new counters may be refused.
   */
  readonly capacity?: number;
  /** Told of what an operator must know: that there is no room for another counter. */
  readonly report?: (message: string) => void;
}

export function createMemoryStore({ shared, capacity = CAPACITY, report }: MemoryOptions = {}): SharedStore {
  const table = createCounterTable(shared ?? new SharedArrayBuffer(sizeFor(capacity)));
  return {
    ...createSharedStore(table, { report }),
    shared: table.shared,
    release: (threadId) => releaseLock(table.words, threadId, table.repair),
    close: async () => {},
  };
}
