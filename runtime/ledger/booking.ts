/** One reservation in the store: for a call, or for a request of a caller's. */
import { RESERVED, type Refusal, type Reservation, type Spent, type Tokens, type UpstreamKey } from "../plan/index.ts";
import type { Model, Value } from "../table/index.ts";
import { KEY, type Tally } from "./accounts.ts";
import type { Counter, Denied, Held, Hold, Store, StoreWindow } from "./store.ts";

/** So much of a budget has been spent. Told once in a window, by whoever of those that share the store is first. */
export interface Alert {
  readonly meter: string;
  /** The values of the meter's keys, by name. */
  readonly keys: Readonly<Record<string, Value>>;
  /** Percent, as the policy has it. */
  readonly share: number;
  readonly window: StoreWindow;
  /** Nano-dollars spent so far, and the limit. */
  readonly spent: number;
  readonly limit: number;
}

/** What a call comes to: cost in nano-dollars. */
export interface Amounts extends Tokens {
  readonly cost: number;
}

/** A provider reported more than a call can come to. It is counted in full; it is the one way past a limit. */
export interface Excess {
  readonly model: string;
  readonly bound: Amounts;
  readonly reported: Amounts;
}

/** What all bookings of a ledger share. */
export interface Books {
  readonly store: Store;
  readonly now: () => number;
  readonly alert: ((alert: Alert) => void) | undefined;
  readonly excess: ((excess: Excess) => void) | undefined;
}

/** What is booked, for a call of `model` or, without it, for a request. */
export interface Entry {
  readonly tallies: readonly Tally[];
  readonly cost: number;
  readonly most: Tokens;
  readonly model: Model | undefined;
  /** The provider's key that tallies are of, where some are. */
  readonly key: UpstreamKey | undefined;
}

type Answer = Reservation | Refusal | PromiseLike<Reservation | Refusal>;

/**
 * Sets all amounts aside, or none. A promise never rejects. Where the store is away, what would set nothing aside is granted
 * without it, and not counted.
 */
export function book(books: Books, entry: Entry): Answer {
  return attempt(books, entry, books.now());
}

/**
 * As `book`, for the first of `keys`, of which there is one at least, that has room for it by the tallies of its own. The
 * refusal says when the first has.
 */
export function bookByKey(
  books: Books,
  entry: Entry,
  keys: readonly UpstreamKey[],
  talliesOf: (key: UpstreamKey) => readonly Tally[],
): Answer {
  let soonest = Number.POSITIVE_INFINITY;
  const from = (at: number): Answer => {
    const key = keys[at] as UpstreamKey;
    // A store may have taken its time over the keys before.
    const now = books.now();
    const tallies = [...entry.tallies, ...talliesOf(key)];
    return attempt(books, { ...entry, tallies, key }, now, (denied) => {
      // What is common to all keys has no room with another either.
      if (denied.away || denied.index < entry.tallies.length) return refusal(denied, tallies, now);
      soonest = Math.min(soonest, denied.retryAt ?? Number.POSITIVE_INFINITY);
      if (at + 1 < keys.length) return from(at + 1);
      return refusal({ ...denied, retryAt: Number.isFinite(soonest) ? soonest : undefined }, tallies, now);
    });
  };
  return from(0);
}

/** Where it is denied `otherwise` says what comes of that; a refusal if not given. */
function attempt(books: Books, entry: Entry, now: number, otherwise?: (denied: Denied) => Answer): Answer {
  const { tallies } = entry;
  // Lists here are filled by index: one that grows has room for seventeen.
  const holds = new Array<Hold>(tallies.length);
  for (let index = 0; index < tallies.length; index++) {
    const tally = tallies[index] as Tally;
    const watched = tally.account.meter.alerts.length > 0;
    holds[index] = { counter: tally.counter(now), amount: boundOf(tally, entry), limit: tally.measure.limit, watched };
  }
  const got = books.store.reserve(holds, now);
  if ("kind" in got) return answerOf(books, entry, now, holds, got, otherwise);
  return got.then(
    (late) => answerOf(books, entry, now, holds, late, otherwise),
    () => answerOf(books, entry, now, holds, AWAY, otherwise),
  );
}

function answerOf(
  books: Books,
  entry: Entry,
  now: number,
  holds: readonly Hold[],
  got: Held | Denied,
  otherwise: ((denied: Denied) => Answer) | undefined,
): Answer {
  if (got.kind === "held") return new Booking(books, entry, holds, got, now);
  if (got.away && holds.every(({ amount }) => amount === 0)) return RESERVED;
  if (!got.away) refused(books, entry.tallies[got.index] as Tally, holds[got.index] as Hold, now);
  return otherwise === undefined ? refusal(got, entry.tallies, now) : otherwise(got);
}

/**
 * Nothing is settled any more in a budget that is full of what a killed process left behind: that is told where it refuses.
 * A store that cannot tell it from what is under way is not asked.
 */
function refused(books: Books, tally: Tally, { counter, watched = false }: Hold, now: number): void {
  const { store, alert } = books;
  if (alert === undefined || !watched || store.outstanding === undefined) return;
  const tell = ([total = 0]: readonly number[]): void => tellAlerts(books, tally, counter, total);
  const totals = store.read([counter], now);
  if ("then" in totals) void totals.then(tell, () => {});
  else tell(totals);
}

function tellAlerts({ store, alert, now }: Books, tally: Tally, counter: Counter, total: number): void {
  const { account, measure } = tally;
  const { name: meter, per } = account.meter;
  const { limit } = measure;
  // The worst case of what is under way is not spent yet, and mostly never will be.
  const spent = Math.max(0, total - (store.outstanding?.(counter) ?? 0));
  for (const share of tally.reached(spent, now)) {
    const keys = Object.fromEntries(per.map((key, at) => [key, account.values[at] ?? ""]));
    const tell = (isFirst: boolean): void => {
      if (isFirst) alert?.({ meter, keys, share, window: counter.window, spent, limit });
    };
    // With the limit: 50% of a limit that was raised is other news.
    const first = store.first(counter, `alert ${share} of ${limit}`, now());
    // Better told twice than never.
    if (typeof first === "boolean") tell(first);
    else first.then(tell, () => tell(true));
  }
}

const AWAY: Denied = { kind: "denied", index: 0, retryAt: undefined, away: true };

/** What is held of the worst case. */
function boundOf({ account, measure }: Tally, { cost, most }: Entry): number {
  switch (measure.unit) {
    case "dollars":
      // A contract's minimum is reached by what was spent, not by what may be.
      return account.meter.kind === "commit" ? 0 : Math.min(cost, Number.MAX_SAFE_INTEGER);
    case "requests":
      return 1;
    case "tokens":
      return most.input + most.output;
    case "input tokens":
      return most.input;
    case "output tokens":
      // An answer has at least one: so that a limit which is used up lets none in.
      return Math.max(1, most.output);
  }
}

/** What is counted in the end; `held` where nobody knows. */
function actualOf({ measure }: Tally, { cost, input, output }: Spent, held: number): number {
  switch (measure.unit) {
    case "dollars":
      return cost;
    case "requests":
      return held;
    case "tokens":
      return input === undefined || output === undefined ? held : input + output;
    case "input tokens":
      return input ?? held;
    case "output tokens":
      return output ?? held;
  }
}

/** A budget's refusal is `over_budget`, a limit's `rate_limited`; when the store is away it is a budget's if there is one. */
function refusal({ index, retryAt, away, detail }: Denied, tallies: readonly Tally[], now: number): Refusal {
  const refused = away ? tallies.find(({ measure }) => measure.unit === "dollars") : tallies[index];
  return {
    failure: refused?.measure.unit === "dollars" ? "over_budget" : "rate_limited",
    detail: detail ?? (away || refused === undefined ? "the ledger's store cannot be asked" : describe(refused)),
    ...(retryAt !== undefined && { retryAfter: Math.max(0, retryAt - now) }),
  };
}

function describe({ account: { meter }, measure: { limit, unit, window } }: Tally): string {
  const time = typeof window === "number" ? `${window} ms` : window;
  if (unit === "dollars") return `budget \`${meter.name}\` of $${limit / 1e9} per ${time} has no room for the call`;
  return `\`${meter.name}\` allows ${limit} ${unit} per ${time}${meter.keys.includes(KEY) ? " per key" : ""}`;
}

/** What was set aside. */
class Booking implements Reservation {
  readonly key: UpstreamKey | undefined;
  readonly #books: Books;
  readonly #entry: Entry;
  readonly #holds: readonly Hold[];
  readonly #held: Held;
  /** When, in milliseconds since the epoch. */
  readonly #time: number;

  constructor(books: Books, entry: Entry, holds: readonly Hold[], held: Held, time: number) {
    this.#books = books;
    this.#entry = entry;
    this.#holds = holds;
    this.#held = held;
    this.#time = time;
    this.key = entry.key;
    this.#learn(held.totals);
  }

  settle(spent: Spent): void {
    const { tallies } = this.#entry;
    const actual = new Array<number>(tallies.length);
    for (let index = 0; index < tallies.length; index++)
      actual[index] = actualOf(tallies[index] as Tally, spent, (this.#holds[index] as Hold).amount);
    const totals = this.#held.settle(actual);
    if (Array.isArray(totals)) this.#settled(totals);
    else void (totals as Promise<readonly number[]>).then((sums) => this.#settled(sums));
    if (this.#books.excess !== undefined) this.#tellExcess(spent);
  }

  #settled(totals: readonly number[]): void {
    // Sums that are known already may have changed since.
    if (totals !== this.#held.totals) this.#learn(totals);
    if (this.#books.alert === undefined) return;
    const { tallies } = this.#entry;
    for (let index = 0; index < tallies.length; index++) {
      const tally = tallies[index] as Tally;
      if (tally.account.meter.alerts.length > 0)
        tellAlerts(this.#books, tally, (this.#holds[index] as Hold).counter, totals[index] as number);
    }
  }

  #tellExcess({ cost, input = 0, output = 0 }: Spent): void {
    const { model, cost: worst, most } = this.#entry;
    if (model === undefined || (cost <= worst && input <= most.input && output <= most.output)) return;
    this.#books.excess?.({
      model: model.name,
      bound: { cost: worst, input: most.input, output: most.output },
      reported: { cost, input, output },
    });
  }

  #learn(totals: readonly number[]): void {
    const { tallies } = this.#entry;
    for (let index = 0; index < totals.length; index++)
      (tallies[index] as Tally).learn(totals[index] as number, this.#time);
  }
}
