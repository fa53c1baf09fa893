/** What every store must do, whatever it is made of. The time is the test's, and begins at {@link START}. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Counter, Held, Hold, Store } from "../../../../runtime/ledger/store.ts";
import { naiveStore } from "../../../support/naive-store.ts";
import { DAY, daily, denied, HOUR, held, hold, START, sliding } from "./counters.ts";

export interface Conformance {
  /** A new store with nothing in it; closed by the test. */
  open(): Promise<Store>;
  /** Of each property. */
  readonly runs?: number;
}

export function conforms(name: string, { open, runs = 200 }: Conformance): void {
  describe(name, () => {
    const stores: Store[] = [];
    const opened = async (): Promise<Store> => {
      const store = await open();
      stores.push(store);
      return store;
    };
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    });

    test("what is held counts at once, and settling replaces it by less or by more", async () => {
      const store = await opened();
      const first = await held(store, [hold(daily("a"), 100, 150)]);
      expect(first.totals).toEqual([100]);
      expect(await first.settle([30])).toEqual([30]);
      const second = await held(store, [hold(daily("a"), 100, 150)]);
      expect(second.totals).toEqual([130]);
      expect(await second.settle([500])).toEqual([530]);
      expect(await store.read([daily("a"), daily("b")], START)).toEqual([530, 0]);
    });

    test("a limit may be met and not passed by one", async () => {
      const store = await opened();
      await held(store, [hold(daily("a"), 60, 100)]);
      expect(await denied(store, [hold(daily("a"), 41, 100)])).toMatchObject({ index: 0 });
      await held(store, [hold(daily("a"), 40, 100)]);
      expect(await store.read([daily("a")], START)).toEqual([100]);
    });

    test("an amount of 0 fits into a counter that is past its limit", async () => {
      const store = await opened();
      await held(store, [hold(daily("a"), 100)]);
      expect((await held(store, [hold(daily("a"), 0, 1)])).totals).toEqual([100]);
    });

    test("all amounts are added or none, and the first that does not fit is named", async () => {
      const store = await opened();
      await held(store, [hold(daily("b"), 9, 10)]);
      const holds = [hold(daily("a"), 1, 10), hold(daily("b"), 2, 10), hold(daily("c"), 11, 10)];
      expect(await denied(store, holds)).toMatchObject({ index: 1 });
      expect(await store.read([daily("a"), daily("b"), daily("c")], START)).toEqual([0, 9, 0]);
    });

    test("a counter that is held twice in one reservation counts twice", async () => {
      const store = await opened();
      expect(await denied(store, [hold(daily("a"), 6, 10), hold(daily("a"), 6, 10)])).toMatchObject({ index: 1 });
      expect((await held(store, [hold(daily("a"), 6, 12), hold(daily("a"), 6, 12)])).totals.at(-1)).toBe(12);
    });

    test("each window of a calendar counter has a sum of its own, in which late settling stays", async () => {
      const store = await opened();
      const late = await held(store, [hold(daily("a"), 100, 100)], START + DAY - 1);
      await held(store, [hold(daily("a", 1), 100, 100)], START + DAY);
      await late.settle([1]);
      expect(await store.read([daily("a"), daily("a", 1)], START + DAY)).toEqual([1, 100]);
    });

    test("a sliding window forgets an amount never early, and at most a sixtieth late", async () => {
      const store = await opened();
      for (const odd of [0, 1, 59_999]) {
        const counter = sliding(`a${odd}`);
        await held(store, [hold(counter, 1, 1)], START + odd);
        await denied(store, [hold(counter, 1, 1)], START + odd + HOUR - 1);
        await held(store, [hold(counter, 1, 1)], START + odd + HOUR + HOUR / 60);
      }
    });

    test("what is settled after it left its sliding window changes nothing", async () => {
      const store = await opened();
      const old = await held(store, [hold(sliding("a"), 5)]);
      await held(store, [hold(sliding("a"), 7)], START + 2 * HOUR);
      await old.settle([1000]);
      expect(await store.read([sliding("a")], START + 2 * HOUR)).toEqual([7]);
    });

    test("a denial says when the amount would fit", async () => {
      const store = await opened();
      await held(store, [hold(daily("a"), 10, 10)]);
      expect(await denied(store, [hold(daily("a"), 1, 10)])).toMatchObject({ retryAt: START + DAY });
      expect(await denied(store, [hold(daily("a"), 11, 10)])).toMatchObject({ retryAt: undefined });

      await held(store, [hold(sliding("b"), 4, 10)], START);
      await held(store, [hold(sliding("b"), 4, 10)], START + HOUR / 2);
      for (const [amount, earliest] of [
        [6, HOUR],
        [7, HOUR * 1.5],
      ] as const) {
        const { retryAt } = await denied(store, [hold(sliding("b"), amount, 10)], START + HOUR / 2);
        expect(retryAt).toBeGreaterThanOrEqual(START + earliest);
        expect(retryAt).toBeLessThanOrEqual(START + earliest + HOUR / 60);
      }
      const { retryAt } = await denied(store, [hold(sliding("b"), 6, 10)], START + HOUR / 2);
      await held(store, [hold(sliding("b"), 6, 10)], retryAt);
    });

    test("sums are exact up to 2^53 - 1", async () => {
      const store = await opened();
      const all = Number.MAX_SAFE_INTEGER;
      for (const counter of [daily("a"), sliding("a")]) {
        await held(store, [hold(counter, all - 2, all)]);
        expect((await held(store, [hold(counter, 1, all)])).totals).toEqual([all - 1]);
        await denied(store, [hold(counter, 2, all)]);
        const last = await held(store, [hold(counter, 1, all)]);
        expect(last.totals).toEqual([all]);
        expect(await last.settle([0])).toEqual([all - 1]);
        expect(await store.read([counter], START)).toEqual([all - 1]);
      }
    });

    test("a mark is first once in a window, and apart from other marks, counters and sums", async () => {
      const store = await opened();
      const asked = [
        [daily("a"), "80%", START],
        [daily("a"), "80%", START + 1],
        [daily("a"), "100%", START],
        [daily("b"), "80%", START],
        [daily("a", 1), "80%", START + DAY],
      ] as const;
      const answers: boolean[] = [];
      for (const [counter, mark, now] of asked) answers.push(await store.first(counter, mark, now));
      expect(answers).toEqual([true, false, true, true, true]);
      expect(await store.read([daily("a")], START)).toEqual([0]);
    });

    test("of many who ask for the same mark at once, one is first", async () => {
      const store = await opened();
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.first(sliding("a"), "80%", START)));
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    test("a counter is known by key and window, not by the object", async () => {
      const store = await opened();
      await held(store, [hold(daily("a"), 1), hold(sliding("a"), 2), hold(sliding("a", DAY), 4)]);
      expect(await store.read([daily("a"), sliding("a"), sliding("a", DAY)], START)).toEqual([1, 2, 4]);
      expect(await store.read([daily("a", 1), sliding("b")], START)).toEqual([0, 0]);
    });

    test("whatever is held and settled, and however time goes on: what the naive store says", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const store = await open();
          try {
            await compare(store, steps);
          } finally {
            await store.close();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

/** Of the stores that have to forget: the naive one does not. */
export function survivesClockSetBack(name: string, open: () => Promise<Store>): void {
  test(`${name}: a clock that is set back makes nothing forgotten, and nothing unforgettable`, async () => {
    const store = await open();
    const late = START + 10 * HOUR;
    const one = hold(sliding("a"), 1, 1);
    const first = await held(store, [one], late);
    for (const now of [late - HOUR / 2, START, START + HOUR - 1]) await denied(store, [one], now);
    await held(store, [one], START + HOUR + HOUR / 60);
    // Its amount is gone: a refund would be another's.
    await first.settle([0]);
    await denied(store, [one], START + HOUR + HOUR / 60);
    await store.close();
  });
}

interface Step {
  /** Each: which counter, how much. */
  readonly holds: readonly (readonly [counter: number, amount: number])[];
  /** Milliseconds since the step before. */
  readonly pause: number;
  /** Which of the reservations that are open is settled, and by what for each amount. */
  readonly settle: number;
  readonly actual: readonly number[];
}

const LIMIT = 100;
const amount = fc.oneof(fc.nat(30), fc.constantFrom(0, LIMIT, LIMIT + 1));
const step: fc.Arbitrary<Step> = fc.record({
  holds: fc.array(fc.tuple(fc.nat(3), amount), { minLength: 1, maxLength: 3 }),
  pause: fc.oneof(fc.constant(0), fc.nat(HOUR / 30), fc.nat(2 * HOUR), fc.constantFrom(HOUR, HOUR - 1, DAY)),
  settle: fc.nat(5),
  actual: fc.array(fc.nat(120), { minLength: 3, maxLength: 3 }),
});

/** A naive store that is told what the other one granted says what may count at least, and one with longer windows at most. */
async function compare(store: Store, steps: readonly Step[]): Promise<void> {
  const least = naiveStore();
  const most = naiveStore();
  const open: (readonly [Held, Held, Held])[] = [];
  let now = START;
  for (const { holds, pause, settle, actual } of steps) {
    now += pause;
    const counters = holds.map(([index]) => counterAt(index, now));
    const wanted = holds.map(([, size], index) => hold(counters[index] as Counter, size, LIMIT));
    const answer = await store.reserve(wanted, now);
    if (answer.kind === "held") {
      const free = wanted.map(({ counter, amount }) => hold(counter, amount));
      const both = [least.reserve(free, now), most.reserve(free.map(longer), now)] as [Held, Held];
      open.push([answer, ...both]);
      for (const { counter, amount, limit } of wanted) {
        if (amount > 0) expect(least.sum(counter, now), "no limit is passed").toBeLessThanOrEqual(limit);
      }
    } else {
      const upTo = wanted.slice(0, answer.index + 1);
      const { counter, limit } = upTo.at(-1) as Hold;
      const added = upTo.filter((each) => each.counter.key === counter.key).reduce((sum, each) => sum + each.amount, 0);
      expect(most.sum(longer({ counter }).counter, now) + added, "only what does not fit is denied").toBeGreaterThan(
        limit,
      );
    }
    const settled = open[settle];
    if (settled !== undefined) {
      open.splice(settle, 1);
      for (const each of settled) await each.settle(actual);
    }
    const all = [0, 1, 2, 3].map((index) => counterAt(index, now));
    for (const [index, sum] of (await store.read(all, now)).entries()) {
      const counter = all[index] as Counter;
      expect(sum).toBeGreaterThanOrEqual(least.sum(counter, now));
      expect(sum).toBeLessThanOrEqual(most.sum(longer({ counter }).counter, now));
    }
  }
}

function counterAt(index: number, now: number): Counter {
  if (index === 2) return sliding("c");
  if (index === 3) return sliding("d", DAY);
  return daily(index === 0 ? "a" : "b", Math.floor((now - START) / DAY));
}

function longer<T extends { readonly counter: Counter }>(of: T): T {
  const { key, window } = of.counter;
  if (window.kind === "calendar") return of;
  return { ...of, counter: { key, window: { kind: "sliding", length: window.length + window.length / 60 } } };
}
