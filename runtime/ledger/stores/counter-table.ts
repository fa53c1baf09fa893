/**
 * Counters in shared memory: a hash table with open addressing, and the sums. Whoever calls holds the lock.
 *
 * A counter has 64 bytes in the table and one sum, or, when its window slides, a ring of 61: the buckets of one length of
 * the window, each a sixtieth of it, and the one that is just going out of it. Beside each sum stands its mark: what is
 * written on disk for it (`durable.ts`). All of it is taken from the system at once and by it only where it is touched,
 * so that room for many counters costs little until they are there.
 *
 * What a thread leaves that is ended in the middle is never too low: sums are raised before anybody acts on them, and
 * what is cleared is out of its window.
 */
import type { Counter } from "../store.ts";
import { identify } from "./identity.ts";

/** Where a counter was last seen. Another may have been put there since: then the generation is another. */
export interface Place {
  readonly id: Int32Array;
  slot: number;
  generation: number;
}

/** A counter as the disk knows it: one sum of a calendar window (`length` 0, `bucket` 0), or one bucket's of a sliding one. */
export interface Cell {
  readonly id: Int32Array;
  /** Of a sliding window, in milliseconds. */
  readonly length: number;
  /** The bucket's number, counted from the epoch. */
  readonly bucket: number;
  /** When it is of no more use, in milliseconds since the epoch. */
  readonly expires: number;
  readonly sum: number;
}

export type CounterTable = ReturnType<typeof createCounterTable>;

const HEADER = 16;
const FIELDS = 8;
/** Of a slot, in 64-bit numbers; before them is the id, 128 bits. */
const GENERATION = 2;
const EXPIRES = 3;
const LENGTH = 4;
const HEAD = 5;
/** Of all buckets: what a ring adds up to, kept so that nobody need add it up. */
const TOTAL = 6;
/** What of it is outstanding (`store.ts`); of a thread that has ended it stays until the slot is another counter's. */
const OUTSTANDING = 7;
const PER_WINDOW = 60;
const RING = PER_WINDOW + 1;
const CELLS = 1 + RING;
/**
 * A counter stands in one of so many slots: the one that its hash names, and then ever farther from it. Those next to it
 * would mostly be taken together; of these none is free only when more than nine tenths of all are taken.
 */
const PROBES = 128;
/** Unless told: nine tenths of it are 236,000 counters. */
export const CAPACITY = 262_144;
/** How long a counter outlives its window at most, in milliseconds: for calls that end late, and clocks that are set back. */
const GRACE = 3_600_000;

/** Room for so many counters, a power of two, in bytes. */
export function sizeFor(capacity: number): number {
  return 8 * (HEADER + capacity * (FIELDS + 2 * CELLS));
}

export function createCounterTable(shared: SharedArrayBuffer) {
  const capacity = (shared.byteLength / 8 - HEADER) / (FIELDS + 2 * CELLS);
  const header = new Float64Array(shared, 0, HEADER);
  const words = new Int32Array(shared);
  const slots = new Float64Array(shared, 8 * HEADER, capacity * FIELDS);
  // The sums of calendar windows stand together: they are the many, and so share pages.
  const sums = new Float64Array(shared, 8 * (HEADER + capacity * FIELDS), capacity * CELLS);
  const marks = new Float64Array(shared, 8 * (HEADER + capacity * (FIELDS + CELLS)), capacity * CELLS);
  const places = new WeakMap<Counter, Place>();

  function place(counter: Counter): Place {
    let known = places.get(counter);
    if (known === undefined) {
      known = { id: identify(counter), slot: -1, generation: 0 };
      places.set(counter, known);
    }
    return known;
  }

  function generationOf(slot: number): number {
    return slots[slot * FIELDS + GENERATION] as number;
  }

  function holds(slot: number, id: Int32Array): boolean {
    const at = 2 * (HEADER + slot * FIELDS);
    return words[at] === id[0] && words[at + 1] === id[1] && words[at + 2] === id[2] && words[at + 3] === id[3];
  }

  /** The counter's slot, or -1 when nothing was ever added to it. */
  function find(known: Place): number {
    if (known.slot >= 0 && generationOf(known.slot) === known.generation) return known.slot;
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = slotAt(known, probe);
      if (generationOf(slot) === 0) return -1;
      if (holds(slot, known.id)) return remember(known, slot);
    }
    return -1;
  }

  function slotAt({ id }: Place, probe: number): number {
    return (((id[0] as number) >>> 0) + (probe * (probe + 1)) / 2) % capacity;
  }

  function remember(known: Place, slot: number): number {
    known.slot = slot;
    known.generation = generationOf(slot);
    return slot;
  }

  /** The counter's slot, a free one or that of a counter whose window is over; -1 when none of those where it may stand is. */
  function claim(known: Place, counter: Counter, now: number): number {
    const found = find(known);
    if (found >= 0) return found;
    const { window } = counter;
    return take(known, window.kind === "sliding" ? window.length : 0, expiryAt(counter, now), now);
  }

  function take(known: Place, length: number, expires: number, now: number): number {
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = slotAt(known, probe);
      const at = slot * FIELDS;
      if (generationOf(slot) !== 0 && (slots[at + EXPIRES] as number) > now) continue;
      clear(slot, length > 0);
      slots[at + LENGTH] = length;
      slots[at + HEAD] = length === 0 ? 0 : bucketAt(now, length);
      slots[at + EXPIRES] = expires;
      slots[at + GENERATION] = generationOf(slot) + 1;
      words.set(known.id, 2 * (HEADER + at));
      return remember(known, slot);
    }
    return -1;
  }

  function clear(slot: number, isSliding: boolean): void {
    slots[slot * FIELDS + TOTAL] = 0;
    slots[slot * FIELDS + OUTSTANDING] = 0;
    sums[slot] = 0;
    marks[slot] = 0;
    if (!isSliding) return;
    sums.fill(0, ringOf(slot), ringOf(slot) + RING);
    marks.fill(0, ringOf(slot), ringOf(slot) + RING);
  }

  /** The ring of a slot, after the sums of all calendar windows. */
  function ringOf(slot: number): number {
    return capacity + slot * RING;
  }

  function cellIn(slot: number, bucket: number): number {
    return ringOf(slot) + modulo(bucket, RING);
  }

  /** Moves a sliding counter's ring on to now, and returns the bucket that amounts of now are added to. */
  function advance(slot: number, now: number): number {
    const at = slot * FIELDS;
    const length = slots[at + LENGTH] as number;
    if (length === 0) return 0;
    const head = slots[at + HEAD] as number;
    const bucket = bucketAt(now, length);
    if (bucket === head) return head;
    const ring = ringOf(slot);
    if (bucket > head) {
      for (let gone = Math.max(head + 1, bucket - PER_WINDOW); gone <= bucket; gone++) {
        const cell = cellIn(slot, gone);
        slots[at + TOTAL] = (slots[at + TOTAL] as number) - (sums[cell] as number);
        sums[cell] = 0;
        marks[cell] = 0;
      }
    } else if (head - bucket > PER_WINDOW) {
      // The clock was set back by more than the window. All is counted as of now: forgotten late, but not in a year. The
      // amounts have no buckets of their own any more, so that those who would settle them must find them gone.
      slots[at + GENERATION] = generationOf(slot) + 1;
      slots[at + OUTSTANDING] = 0;
      const cell = cellIn(slot, bucket);
      sums[cell] = slots[at + TOTAL] as number;
      sums.fill(0, ring, cell);
      sums.fill(0, cell + 1, ring + RING);
      marks.fill(0, ring, ring + RING);
    } else return head;
    slots[at + HEAD] = bucket;
    slots[at + EXPIRES] = expiryOf(bucket, length);
    return bucket;
  }

  /** Where the sum of a bucket is, or -1 when it is out of its window. */
  function cellOf(slot: number, bucket: number): number {
    const at = slot * FIELDS;
    if (slots[at + LENGTH] === 0) return slot;
    const head = slots[at + HEAD] as number;
    if (head - bucket > PER_WINDOW) return -1;
    return cellIn(slot, bucket);
  }

  function sum(slot: number): number {
    const at = slot * FIELDS;
    return (slots[at + LENGTH] === 0 ? sums[slot] : slots[at + TOTAL]) as number;
  }

  /** Adds to one of a slot's cells what may be less than nothing. */
  function add(slot: number, cell: number, amount: number): void {
    sums[cell] = (sums[cell] as number) + amount;
    const at = slot * FIELDS;
    slots[at + TOTAL] = (slots[at + TOTAL] as number) + amount;
  }

  function addOutstanding(slot: number, amount: number): void {
    const at = slot * FIELDS + OUTSTANDING;
    slots[at] = (slots[at] as number) + amount;
  }

  /** Adds the rings up anew, after a thread that had the lock has ended: it may have changed a bucket and not its total. */
  function repair(): void {
    for (let slot = 0; slot < capacity; slot++) {
      if (generationOf(slot) !== 0)
        slots[slot * FIELDS + TOTAL] = ringCells(slot).reduce((all, cell) => all + (sums[cell] as number), 0);
    }
  }

  /** When `excess` of what a sliding counter holds is out of its window, if nothing is added; undefined when there is not so much. */
  function expiryOfExcess(slot: number, excess: number): number | undefined {
    const length = slots[slot * FIELDS + LENGTH] as number;
    const head = slots[slot * FIELDS + HEAD] as number;
    let gone = 0;
    for (let bucket = head - PER_WINDOW; bucket <= head; bucket++) {
      gone += sums[cellIn(slot, bucket)] as number;
      if (gone >= excess) return endOf(bucket, length);
    }
    return undefined;
  }

  /** All sums that still count at `now`, as they stand on disk or as they are. */
  function* cells(of: "marks" | "sums", now: number): Generator<Cell> {
    const values = of === "marks" ? marks : sums;
    for (let slot = 0; slot < capacity; slot++) {
      const at = slot * FIELDS;
      const expires = slots[at + EXPIRES] as number;
      if (generationOf(slot) === 0 || expires <= now) continue;
      for (const cell of slots[at + LENGTH] === 0 ? [slot] : ringCells(slot)) {
        if (values[cell] !== 0) yield describe(slot, cell, values[cell] as number);
      }
    }
  }

  function ringCells(slot: number): number[] {
    return Array.from({ length: RING }, (_, index) => ringOf(slot) + index);
  }

  function describe(slot: number, cell: number, value: number): Cell {
    const at = slot * FIELDS;
    const id = words.slice(2 * (HEADER + at), 2 * (HEADER + at) + 4);
    const length = slots[at + LENGTH] as number;
    if (length === 0) return { id, length, bucket: 0, expires: slots[at + EXPIRES] as number, sum: value };
    const head = slots[at + HEAD] as number;
    const bucket = head - modulo(head - (cell - ringOf(slot)), RING);
    return { id, length, bucket, expires: expiryOf(bucket, length), sum: value };
  }

  /** Puts back what the disk kept of a counter; false when there is no room. */
  function restore({ id, length, bucket, expires, sum: value }: Cell, now: number): boolean {
    const known: Place = { id, slot: -1, generation: 0 };
    const found = find(known);
    const slot = found >= 0 ? found : take(known, length, expires, now);
    if (slot < 0) return false;
    if (length > 0) advance(slot, Math.max(now, startOf(bucket, length)));
    const cell = cellOf(slot, bucket);
    if (cell < 0) return true;
    add(slot, cell, value - (sums[cell] as number));
    marks[cell] = value;
    return true;
  }

  return {
    shared,
    words,
    header,
    capacity,
    sums,
    marks,
    place,
    generationOf,
    find,
    claim,
    advance,
    cellOf,
    sum,
    add,
    addOutstanding,
    outstanding: (slot: number): number => slots[slot * FIELDS + OUTSTANDING] as number,
    repair,
    expiryOfExcess,
    cells,
    ringCells,
    describe,
    restore,
    isSliding: (slot: number): boolean => slots[slot * FIELDS + LENGTH] !== 0,
  };
}

/** Never negative, as `%` is for times before the epoch. */
function modulo(value: number, by: number): number {
  const rest = value % by;
  return rest < 0 ? rest + by : rest;
}

function bucketAt(now: number, length: number): number {
  return Math.floor((now * PER_WINDOW) / length);
}

/** The first millisecond of a bucket. */
function startOf(bucket: number, length: number): number {
  return Math.ceil((bucket * length) / PER_WINDOW);
}

/** The first millisecond at which nothing of a bucket is in its window. */
function endOf(bucket: number, length: number): number {
  return startOf(bucket + RING, length);
}

function expiryOf(bucket: number, length: number): number {
  return endOf(bucket, length) + Math.min(length, GRACE);
}

/** Until when a counter's slot is kept that was used at `now`. */
function expiryAt({ window }: Counter, now: number): number {
  if (window.kind === "sliding") return expiryOf(bucketAt(now, window.length), window.length);
  return window.until + Math.min(window.until - window.from, GRACE);
}
