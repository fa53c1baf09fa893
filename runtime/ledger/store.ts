/**
 * Where the ledger's counters live: in this process, on its disk, or in Redis. A store knows nothing of meters and
 * prices; it adds up integers under keys, in windows, and refuses what would pass a limit.
 *
 * What is held counts as spent from the moment it is held, so a process that dies leaves its reservations settled in
 * full, with nothing to be done about it.
 */

/** The time over which a counter adds up, in milliseconds since the epoch, or long. */
export type StoreWindow =
  | { readonly kind: "calendar"; readonly from: number; readonly until: number }
  /** Of the last `length` milliseconds. A store may forget an amount late, by at most a sixtieth of it, never early. */
  | { readonly kind: "sliding"; readonly length: number };

/**
 * One sum. The ledger hands over the same object for the same counter while its calendar window lasts, so that a store
 * may remember by it where the sum is.
 */
export interface Counter {
  /** The meter's name, its keys and their values: the same for all its windows. */
  readonly key: string;
  readonly window: StoreWindow;
}

/** An amount to be added to a counter, if that does not pass `limit`. Whole numbers from 0 to 2^53 - 1. */
export interface Hold {
  readonly counter: Counter;
  readonly amount: number;
  /** Infinity where the counter only adds up. An amount of 0 always fits. */
  readonly limit: number;
  /** Whether somebody asks what of the counter is `outstanding`. */
  readonly watched?: boolean;
}

/** All amounts were added. */
export interface Held {
  readonly kind: "held";
  /** Each counter's sum, in the order of the holds, this one's amounts in it. */
  readonly totals: readonly number[];
  /**
   * Replaces each amount by what it came to, which may be more: what was spent is counted whatever the limit. Called at
   * most once; without it the amounts stay. Never throws; resolves to the counters' new sums, to whoever wants them, or
   * to `totals` where nothing had to change.
   */
  settle(actual: readonly number[]): readonly number[] | Promise<readonly number[]>;
}

/** None was added. */
export interface Denied {
  readonly kind: "denied";
  /** Which hold did not fit; the first of them. */
  readonly index: number;
  /** When it would fit if nothing more were added, in milliseconds since the epoch; undefined where that is not known. */
  readonly retryAt: number | undefined;
  /**
   * The store could not be asked or could not write down, and the operator wants nothing to pass then. What holds nothing
   * passes all the same (`booking.ts`).
   */
  readonly away?: true;
  /** Why, for a person, where it was not the limit: the disk is full, the store is away, no counter is free. */
  readonly detail?: string;
}

export interface Store {
  /**
   * Adds all amounts, or none: atomically, with respect to all others who use the same counters. `now` is in
   * milliseconds since the epoch; a store that is shared between machines may know the time better.
   */
  reserve(holds: readonly Hold[], now: number): Held | Denied | Promise<Held | Denied>;
  /** The counters' sums. Rejects only when the store cannot be asked. */
  read(counters: readonly Counter[], now: number): readonly number[] | Promise<readonly number[]>;
  /**
   * What of the counter's sum is held and not settled by those who are there to do it: of its watched holds. Of those that
   * were left behind by a process nothing is, they are spent. A store that others reach too cannot tell.
   */
  outstanding?(counter: Counter): number;
  /** Whether this is the first time in the counter's window that `mark` is asked for, by anybody; or nobody can say. */
  first(counter: Counter, mark: string, now: number): boolean | Promise<boolean>;
  /** Writes down what is to be kept, and lets go of files and connections. */
  close(): Promise<void>;
}
