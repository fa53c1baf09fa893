/** The store over counters in shared memory, alone (`memory.ts`) or with a journal behind it (`durable.ts`). */
import type { Counter, Denied, Held, Hold, Store } from "../store.ts";
import type { CounterTable } from "./counter-table.ts";
import { markOf } from "./identity.ts";
import { tryLock, unlock, whenLocked } from "./lock.ts";

/** One amount of a reservation. `index` is that of its hold. */
export interface Entry {
  readonly slot: number;
  readonly generation: number;
  readonly bucket: number;
  readonly limit: number;
  readonly amount: number;
  readonly watched: boolean;
}

/** What must agree, under the lock, before sums that were raised are acted on. */
export interface Backing {
  /** Whether the sum in `cell` is covered as it is. Cheap: asked for each amount. */
  covers(cell: number): boolean;
  /** Covers the sums that the entries are part of, or says why it cannot. */
  cover(entries: readonly Entry[], now: number): string | undefined;
  /** Why nothing may be added any more. */
  closed(): string | undefined;
}

export interface SharedStoreOptions {
  readonly backing?: Backing;
  readonly report?: ((message: string) => void) | undefined;
}

const FULL = "no counter is free: more are in use than the ledger has room for";
/** In the table's header, of all threads: when a counter found no room last, in milliseconds since the epoch. */
const FULL_AT = 5;
/** A store that refused nobody for so long, in milliseconds, is well again: should it be full then, that is news. */
const WELL_AFTER = 3_600_000;

export function createSharedStore(
  table: CounterTable,
  { backing, report = () => {} }: SharedStoreOptions = {},
): Omit<Store, "close"> {
  const { words, header } = table;

  function tellFull(now: number): void {
    if (now - (header[FULL_AT] as number) >= WELL_AFTER)
      report(
        `the ledger has no room for another counter, and refuses whom it has none for: it has ${table.capacity}, of which more than nine tenths are in use`,
      );
    header[FULL_AT] = now;
  }

  function reserveNow(holds: readonly Hold[], now: number): Held | Denied {
    const closed = backing?.closed();
    if (closed !== undefined) return away(0, closed);
    // Filled by index: arrays that grow cost as much as all the rest.
    const entries = new Array<Entry>(holds.length);
    const totals = new Array<number>(holds.length);
    let covered = true;
    for (let index = 0; index < holds.length; index++) {
      const hold = holds[index] as Hold;
      const { counter, amount, watched = false } = hold;
      // A sum past this would not be exact.
      const limit = Math.min(hold.limit, Number.MAX_SAFE_INTEGER);
      const place = table.place(counter);
      const slot = table.claim(place, counter, now);
      if (slot < 0) {
        takeBack(entries, index);
        tellFull(now);
        return away(index, FULL);
      }
      const bucket = table.advance(slot, now);
      const cell = table.cellOf(slot, bucket);
      const total = table.sum(slot) + amount;
      if (amount > 0 && total > limit) {
        takeBack(entries, index);
        return { kind: "denied", index, retryAt: retryAt(hold, slot, total - limit) };
      }
      table.add(slot, cell, amount);
      if (watched) table.addOutstanding(slot, amount);
      entries[index] = { slot, generation: table.generationOf(slot), bucket, limit, amount, watched };
      totals[index] = total;
      if (amount > 0 && backing !== undefined) covered &&= backing.covers(cell);
    }
    const failure = covered ? undefined : backing?.cover(entries, now);
    if (failure === undefined) return new Reservation(entries, totals, now);
    takeBack(entries, entries.length);
    return away(0, failure);
  }

  /** Nothing of a reservation that was not granted stays, and nobody saw it. */
  function takeBack(entries: readonly Entry[], count: number): void {
    for (const { slot, bucket, amount, watched } of entries.slice(0, count)) {
      table.add(slot, table.cellOf(slot, bucket), -amount);
      if (watched) table.addOutstanding(slot, -amount);
    }
  }

  function retryAt({ counter, amount, limit }: Hold, slot: number, excess: number): number | undefined {
    if (amount > limit) return undefined;
    return counter.window.kind === "calendar" ? counter.window.until : table.expiryOfExcess(slot, excess);
  }

  class Reservation implements Held {
    readonly kind = "held";
    readonly totals: readonly number[];
    readonly #entries: readonly Entry[];
    readonly #now: number;

    constructor(entries: readonly Entry[], totals: readonly number[], now: number) {
      this.totals = totals;
      this.#entries = entries;
      this.#now = now;
    }

    settle(actual: readonly number[]): readonly number[] | Promise<readonly number[]> {
      // What came to what was held stands as it is: a request in a limit of requests always does.
      if (isSame(this.#entries, actual)) return this.totals;
      if (!tryLock(words)) return whenLocked(words, () => settleNow(this.#entries, actual, this.#now));
      try {
        return settleNow(this.#entries, actual, this.#now);
      } finally {
        unlock(words);
      }
    }
  }

  function settleNow(entries: readonly Entry[], actual: readonly number[], now: number): number[] {
    const totals = new Array<number>(entries.length);
    let covered = true;
    for (let index = 0; index < entries.length; index++) {
      const { slot, generation, bucket, amount, watched } = entries[index] as Entry;
      // What is out of its window counts no more, and its place may be another's.
      const isGone = table.generationOf(slot) !== generation;
      const cell = isGone ? -1 : table.cellOf(slot, bucket);
      if (watched && !isGone) table.addOutstanding(slot, -amount);
      if (cell >= 0) {
        table.add(slot, cell, (actual[index] as number) - amount);
        if (backing !== undefined) covered &&= backing.covers(cell);
      }
      totals[index] = isGone ? 0 : table.sum(slot);
    }
    // It is spent: should the disk be full, then it is counted in memory alone until something can be written again.
    if (!covered) backing?.cover(entries, now);
    return totals;
  }

  function readNow(counters: readonly Counter[], now: number): number[] {
    return counters.map((counter) => {
      const slot = table.find(table.place(counter));
      if (slot < 0) return 0;
      table.advance(slot, now);
      return table.sum(slot);
    });
  }

  function reserve(holds: readonly Hold[], now: number): Held | Denied | Promise<Held | Denied> {
    if (!tryLock(words)) return whenLocked(words, () => reserveNow(holds, now));
    try {
      return reserveNow(holds, now);
    } finally {
      unlock(words);
    }
  }

  return {
    reserve,
    read(counters, now) {
      if (!tryLock(words)) return whenLocked(words, () => readNow(counters, now));
      try {
        return readNow(counters, now);
      } finally {
        unlock(words);
      }
    },
    // One number, read at once: not worth the lock.
    outstanding(counter) {
      const slot = table.find(table.place(counter));
      return slot < 0 ? 0 : table.outstanding(slot);
    },
    first(counter, mark, now) {
      const reserved = reserve([{ counter: markOf(counter, mark), amount: 1, limit: 1 }], now);
      return reserved instanceof Promise ? reserved.then(isFirst) : isFirst(reserved);
    },
  };
}

/** What is watched is outstanding until it is settled, whatever it comes to. */
function isSame(entries: readonly Entry[], actual: readonly number[]): boolean {
  for (let index = 0; index < entries.length; index++) {
    const { amount, watched } = entries[index] as Entry;
    if (watched || amount !== actual[index]) return false;
  }
  return true;
}

function away(index: number, detail: string): Denied {
  return { kind: "denied", index, retryAt: undefined, away: true, detail };
}

/** Where a mark cannot be kept it counts as new: better told twice than never. */
function isFirst(reserved: Held | Denied): boolean {
  return reserved.kind === "held" || reserved.away === true;
}
