/** The ledger's store of a simulation: plain sums in this process, of which so much is used before it begins. */
import { elapsed } from "../ledger/state.ts";
import type { Counter, Denied, Held, Hold, Store } from "../ledger/store.ts";
import type { DecisionTable } from "../table/index.ts";

/** An amount in a sliding window. */
interface Amount {
  readonly at: number;
  size: number;
}

interface Sum {
  total: number;
  /** Of a sliding window, in the order of their times. */
  readonly amounts: Amount[];
  /** When its window ends. */
  readonly until: number;
}

/** Sums, at least, that are kept. */
const ROOM = 10_000;

/** In percent, by the name of the meter: 0 when not given. Of a commit against the time that has passed: 100 when not given. */
export type Used = ReadonlyMap<string, number>;

/** `used` at `start`, in milliseconds since the epoch, of each of a meter's counters, whoever they are of. */
export function simulatedStore({ meters }: Pick<DecisionTable, "meters">, used: Used, start: number): Store {
  const byCounter = new WeakMap<Counter, Sum>();
  const byName = new Map<string, Sum>();
  /** Until when each mark holds. */
  const marks = new Map<string, number>();
  /** So many sums are kept before those of windows that have ended are let go of. */
  let room = ROOM;

  /** What is held of them is settled all the same: nobody asks for them again. */
  function forgetEnded(now: number): void {
    for (const [name, { until }] of byName) if (until <= now) byName.delete(name);
    room = Math.max(ROOM, 2 * byName.size);
  }

  function sumOf(counter: Counter, now: number): Sum {
    const known = byCounter.get(counter);
    if (known !== undefined) return known;
    const name = nameOf(counter);
    let sum = byName.get(name);
    if (sum === undefined) {
      if (byName.size >= room) forgetEnded(now);
      const before = usedBefore(counter);
      sum =
        counter.window.kind === "sliding"
          ? { total: before, amounts: [{ at: start, size: before }], until: Number.POSITIVE_INFINITY }
          : { total: before, amounts: [], until: counter.window.until };
      byName.set(name, sum);
    }
    byCounter.set(counter, sum);
    return sum;
  }

  function usedBefore({ key, window }: Counter): number {
    if (meters.length === 0) return 0;
    if (window.kind === "calendar" && (start < window.from || start >= window.until)) return 0;
    // A counter's key begins with what it is of: runtime/ledger/accounts.ts.
    const [name, unit, length] = JSON.parse(key) as readonly unknown[];
    const meter = meters.find((each) => each.name === name);
    if (meter === undefined) return 0;
    const share = used.get(meter.name) ?? (meter.kind === "commit" ? 100 : 0);
    switch (meter.kind) {
      case "budget":
        return Math.round((meter.limit * share) / 100);
      case "commit":
        return partOf(meter.spend * elapsed(window, start), share);
      case "limit":
        return partOf(meter.allow.find((each) => each.unit === unit && each.window === length)?.count ?? 0, share);
    }
  }

  function current(counter: Counter, now: number): Sum {
    const sum = sumOf(counter, now);
    const { window } = counter;
    if (window.kind === "sliding") {
      for (let first = sum.amounts[0]; first !== undefined && first.at <= now - window.length; [first] = sum.amounts) {
        sum.total -= first.size;
        sum.amounts.shift();
      }
    }
    return sum;
  }

  function retryAt({ counter: { window }, amount, limit }: Hold, sum: Sum): number | undefined {
    if (amount > limit) return undefined;
    if (window.kind === "calendar") return window.until;
    let rest = sum.total;
    for (const { at, size } of sum.amounts) {
      rest -= size;
      if (rest + amount <= limit) return at + window.length;
    }
    return undefined;
  }

  return {
    reserve(holds, now): Held | Denied {
      const sums: Sum[] = [];
      const added: (Amount | undefined)[] = [];
      for (const [index, hold] of holds.entries()) {
        const sum = current(hold.counter, now);
        if (hold.amount > 0 && sum.total + hold.amount > hold.limit) {
          for (const [taken, each] of sums.entries()) {
            each.total -= holds[taken]?.amount ?? 0;
            if (added[taken] !== undefined) each.amounts.pop();
          }
          return { kind: "denied", index, retryAt: retryAt(hold, sum) };
        }
        const amount = hold.counter.window.kind === "sliding" ? { at: now, size: hold.amount } : undefined;
        if (amount !== undefined) sum.amounts.push(amount);
        sum.total += hold.amount;
        sums.push(sum);
        added.push(amount);
      }
      return {
        kind: "held",
        totals: sums.map(({ total }) => total),
        settle(actual) {
          for (const [index, sum] of sums.entries()) {
            const amount = added[index];
            const size = actual[index] as number;
            // What is out of its window counts no more.
            if (amount !== undefined && !sum.amounts.includes(amount)) continue;
            sum.total += size - (amount?.size ?? (holds[index] as Hold).amount);
            if (amount !== undefined) amount.size = size;
          }
          return sums.map(({ total }) => total);
        },
      };
    },
    read: (counters, now) => counters.map((counter) => current(counter, now).total),
    first(counter, mark, now) {
      const { window } = counter;
      const name = `${mark} ${nameOf(counter)}`;
      const isFirst = now >= (marks.get(name) ?? now);
      if (isFirst) marks.set(name, window.kind === "sliding" ? now + window.length : Number.POSITIVE_INFINITY);
      return isFirst;
    },
    close: async () => {},
  };
}

function nameOf({ key, window }: Counter): string {
  return window.kind === "calendar" ? `${window.from} ${window.until} ${key}` : `${window.length} ${key}`;
}

/** `percent` of `whole`, such that it is read back as this very percentage where some number is. */
function partOf(whole: number, percent: number): number {
  const part = (whole * percent) / 100;
  if (whole === 0) return 0;
  const near = [part, part * (1 - Number.EPSILON), part * (1 + Number.EPSILON)];
  return near.find((each) => (each * 100) / whole === percent) ?? part;
}
