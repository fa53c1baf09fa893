/** The contract of the ledger's stores, word by word and as slow as that is: the oracle of all others. */
import type { Counter, Denied, Held, Hold, Store } from "../../runtime/ledger/store.ts";

interface Amount {
  readonly at: number;
  size: number;
  /** Of which life of the process it is to be settled yet. */
  outstanding?: number;
}

export interface NaiveStore extends Store {
  /** A counter's sum, and all that was ever added to it. */
  sum(counter: Counter, now: number): number;
  /** Everything held is never settled from here on: what a process leaves behind that is killed. */
  crash(): void;
}

/** Forgets nothing, so that a clock that goes back finds what was there. */
export function naiveStore(): NaiveStore {
  const amounts = new Map<string, Amount[]>();
  /** The same: to name a counter takes longer than all else here. */
  const byCounter = new WeakMap<Counter, Amount[]>();
  const marks = new Map<string, number>();
  let life = 0;
  /** The time as it was told last: settling is not told it. */
  let latest = 0;

  function amountsOf(counter: Counter): Amount[] {
    const known = byCounter.get(counter);
    if (known !== undefined) return known;
    const name = nameOf(counter);
    const found = amounts.get(name) ?? [];
    amounts.set(name, found);
    byCounter.set(counter, found);
    return found;
  }

  /** What counts at `now`. */
  function current(counter: Counter, now: number): Amount[] {
    const { window } = counter;
    const all = amountsOf(counter);
    return window.kind === "calendar" ? all : all.filter(({ at }) => at > now - window.length);
  }

  function sum(counter: Counter, now: number): number {
    return total(current(counter, now));
  }

  /** When `amount` would fit if nothing more were added. */
  function retryAt({ counter, amount, limit }: Hold, now: number): number | undefined {
    const { window } = counter;
    if (amount > limit) return undefined;
    if (window.kind === "calendar") return window.until;
    const left = current(counter, now).toSorted((a, b) => a.at - b.at);
    for (let first = left.shift(); first !== undefined; first = left.shift())
      if (total(left) + amount <= limit) return first.at + window.length;
    return undefined;
  }

  return {
    sum,
    crash: () => void life++,
    reserve(holds, now): Held | Denied {
      latest = now;
      const added: Amount[] = [];
      const takeBack = (): void => {
        for (const [index, { counter }] of holds.entries()) {
          const all = amountsOf(counter);
          const mine = added[index];
          if (mine !== undefined) all.splice(all.indexOf(mine), 1);
        }
      };
      for (const [index, hold] of holds.entries()) {
        if (hold.amount > 0 && sum(hold.counter, now) + hold.amount > hold.limit) {
          takeBack();
          return { kind: "denied", index, retryAt: retryAt(hold, now) };
        }
        const amount: Amount = { at: now, size: hold.amount, outstanding: life };
        added.push(amount);
        amountsOf(hold.counter).push(amount);
      }
      const born = life;
      return {
        kind: "held",
        totals: holds.map(({ counter }) => sum(counter, now)),
        settle(actual) {
          if (born === life)
            for (const [index, amount] of added.entries()) {
              amount.size = actual[index] ?? amount.size;
              delete amount.outstanding;
            }
          return holds.map(({ counter }) => sum(counter, latest));
        },
      };
    },
    read: (counters, now) => counters.map((counter) => sum(counter, now)),
    outstanding: (counter) => total(amountsOf(counter).filter(({ outstanding }) => outstanding === life)),
    first(counter, mark, now) {
      const name = `${nameOf(counter)} ${mark}`;
      const last = marks.get(name);
      const { window } = counter;
      const isFirst = last === undefined || (window.kind === "sliding" && last <= now - window.length);
      if (isFirst) marks.set(name, now);
      return isFirst;
    },
    close: async () => {},
  };
}

function nameOf({ key, window }: Counter): string {
  return window.kind === "calendar" ? `${window.from} ${window.until} ${key}` : `${window.length} ${key}`;
}

function total(amounts: readonly Amount[]): number {
  let sum = 0;
  for (const { size } of amounts) sum += size;
  return sum;
}
