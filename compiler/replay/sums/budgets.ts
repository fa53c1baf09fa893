/** What budgets have spent, as the ledger counts it: it stands before the ledger's store and changes nothing. */
import type { Counter, Held, Hold, Store } from "../../../runtime/ledger/index.ts";
import type { DecisionTable } from "../../../runtime/table/index.ts";
import { last, Series } from "./series.ts";

/** One budget in one of its windows. */
export interface BudgetWindow {
  readonly budget: string;
  /** Nano-dollars, of each account. */
  readonly limit: number;
  /** Milliseconds since the epoch; undefined of a sliding window. */
  readonly from: number | undefined;
  readonly until: number | undefined;
  /** One for each combination of its keys' values. */
  readonly accounts: Map<string, Account>;
  /** Accounts that are not told apart any more. */
  forgotten: number;
  /** Of them, those that ran out. */
  forgottenOut: number;
  /** When the first of these did, in milliseconds since the epoch; Infinity where none did. */
  firstOut: number;
  /** Nano-dollars that all accounts have spent. */
  total: number;
}

export interface Account {
  /** Values of the budget's keys. */
  readonly values: readonly string[];
  /** Nano-dollars. */
  spent: number;
  /** When the first call did not fit, or nothing was left: in milliseconds since the epoch. */
  outAt: number | undefined;
  /** Calls that did not fit. */
  refused: number;
}

/** Accounts that are told apart of a window that has ended: those that spent most. */
const KEPT = 20;

interface Entry {
  readonly window: BudgetWindow;
  readonly account: Account;
}

export class BudgetWatch {
  readonly windows: BudgetWindow[] = [];
  /** What all accounts of a budget have spent in its window, over time, by the budget's name. */
  readonly spent = new Map<string, Series>();
  readonly #limits: ReadonlyMap<string, number>;
  readonly #byCounter = new WeakMap<Counter, Entry | null>();

  constructor({ meters }: DecisionTable) {
    this.#limits = new Map(meters.flatMap((meter) => (meter.kind === "budget" ? [[meter.name, meter.limit]] : [])));
  }

  /** The store with somebody before it. */
  before(store: Store): Store {
    if (this.#limits.size === 0) return store;
    return {
      ...store,
      reserve: (holds, now) => {
        const got = store.reserve(holds, now);
        if (!("kind" in got)) throw new Error("a simulation's store takes its time");
        if (got.kind === "held") return this.#held(holds, got, now);
        const denied = holds[got.index];
        const entry = denied && this.#entryOf(denied.counter);
        if (entry) {
          entry.account.refused++;
          this.#out(entry, now);
        }
        return got;
      },
    };
  }

  #held(holds: readonly Hold[], held: Held, now: number): Held {
    const entries = holds.map(({ counter }) => this.#entryOf(counter));
    if (entries.every((entry) => !entry)) return held;
    this.#learn(entries, held.totals, now);
    return {
      ...held,
      settle: (actual) => {
        const totals = held.settle(actual);
        if (!Array.isArray(totals)) throw new Error("a simulation's store takes its time");
        this.#learn(entries, totals, now);
        return totals;
      },
    };
  }

  #learn(entries: readonly (Entry | null)[], totals: readonly number[], now: number): void {
    for (const [index, entry] of entries.entries()) {
      if (!entry) continue;
      const { window, account } = entry;
      const total = totals[index] as number;
      window.total += total - account.spent;
      account.spent = total;
      this.spent.get(window.budget)?.put(now, window.total);
      if (total >= window.limit) this.#out(entry, now);
    }
  }

  #out({ account }: Entry, now: number): void {
    account.outAt ??= now;
  }

  #entryOf(counter: Counter): Entry | null {
    const known = this.#byCounter.get(counter);
    if (known !== undefined) return known;
    const entry = this.#newEntry(counter);
    this.#byCounter.set(counter, entry);
    return entry;
  }

  #newEntry({ key, window: span }: Counter): Entry | null {
    // A counter's key begins with what it is of, and ends with its keys, each with its value: runtime/ledger/accounts.ts.
    const [name, unit, , ...keys] = JSON.parse(key) as [string, string, unknown, ...string[]];
    const limit = this.#limits.get(name);
    if (unit !== "dollars" || limit === undefined) return null;
    const [from, until] = span.kind === "calendar" ? [span.from, span.until] : [undefined, undefined];
    let window = this.windows.findLast((each) => each.budget === name && each.from === from);
    if (window === undefined) {
      for (const each of this.windows) if (each.budget === name) trim(each);
      const none = { forgotten: 0, forgottenOut: 0, firstOut: Number.POSITIVE_INFINITY, total: 0 };
      window = { budget: name, limit, from, until, accounts: new Map(), ...none };
      this.windows.push(window);
      if (!this.spent.has(name)) this.spent.set(name, new Series(last));
    }
    const values = keys.filter((_, at) => at % 2 === 1);
    const id = JSON.stringify(values);
    let account = window.accounts.get(id);
    if (account === undefined) {
      account = { values, spent: 0, outAt: undefined, refused: 0 };
      window.accounts.set(id, account);
    }
    return { window, account };
  }
}

/** Forgets the accounts of a window that has ended but for those that spent most. */
function trim(window: BudgetWindow): void {
  if (window.accounts.size <= KEPT) return;
  const least = [...window.accounts].sort(([, a], [, b]) => b.spent - a.spent).slice(KEPT);
  for (const [id, account] of least) forget(window, id, account);
}

function forget(window: BudgetWindow, id: string, { outAt }: Account): void {
  window.accounts.delete(id);
  window.forgotten++;
  if (outAt === undefined) return;
  window.forgottenOut++;
  window.firstOut = Math.min(window.firstOut, outAt);
}
