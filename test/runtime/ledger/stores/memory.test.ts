/** The store in shared memory: what all stores do, its capacity, and threads that use it at once or end in the middle. */
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../../../runtime/ledger/stores/memory.ts";
import { conforms, survivesClockSetBack } from "./conformance.ts";
import { DAY, daily, denied, HOUR, held, hold, START, sliding } from "./counters.ts";
import type { Task, Told } from "./thread.ts";

const open = async () => createMemoryStore({ capacity: 4096 });
conforms("the store in memory", { open });
survivesClockSetBack("the store in memory", open);

test("a store that is full refuses new counters with a word, and goes on with those that it has", async () => {
  const store = createMemoryStore({ capacity: 64 });
  const first = Array.from({ length: 64 }, (_, index) => daily(`a${index}`));
  for (const counter of first) await held(store, [hold(counter, 1, 10)]);
  expect(await denied(store, [hold(daily("one more"), 1, 10)])).toEqual({
    kind: "denied",
    index: 0,
    retryAt: undefined,
    away: true,
    detail: "no counter is free: more are in use than the ledger has room for",
  });
  for (const counter of first) await held(store, [hold(counter, 9, 10)]);
  expect(await store.first(daily("a0"), "alert", START)).toBe(true);
});

test("a store holds nine tenths of its room before it refuses anybody", async () => {
  const store = createMemoryStore({ capacity: 16_384 });
  for (let index = 0; index < 0.9 * 16_384; index++) await held(store, [hold(daily(`a${index}`), 1, 10)]);
});

test("a store that is full says so once, and again when it was well in between", async () => {
  const told: string[] = [];
  const store = createMemoryStore({ capacity: 64, report: (message) => told.push(message) });
  const other = createMemoryStore({ shared: store.shared, report: (message) => told.push(message) });
  for (let index = 0; index < 64; index++) await held(store, [hold(daily(`a${index}`), 1, 10)]);
  for (const each of [store, other, store]) await denied(each, [hold(daily("one more"), 1, 10)]);
  expect(told).toEqual([
    "the ledger has no room for another counter, and refuses whom it has none for: it has 64, of which more than nine tenths are in use",
  ]);
  await denied(store, [hold(daily("one more"), 1, 10)], START + HOUR);
  expect(told).toHaveLength(2);
});

test("what is held and not settled is known to all threads, where it is watched", async () => {
  const store = createMemoryStore({ capacity: 64 });
  const other = createMemoryStore({ shared: store.shared });
  for (const counter of [daily("a"), sliding("a")]) {
    const watched = { ...hold(counter, 7, 20), watched: true };
    const [first, second] = [await held(store, [watched]), await held(other, [watched])];
    await held(store, [hold(counter, 1)]);
    await denied(store, [watched]);
    await denied(other, [watched, hold(daily("b"), 2, 1)]);
    expect(other.outstanding?.(counter)).toBe(14);
    await first.settle([7]);
    expect(other.outstanding?.(counter)).toBe(7);
    await second.settle([2]);
    expect(store.outstanding?.(counter)).toBe(0);
    expect(await store.read([counter], START)).toEqual([10]);
  }
});

test("the places of windows that are over are given to others, and late settling does not reach those", async () => {
  const store = createMemoryStore({ capacity: 64 });
  const late = [];
  for (let index = 0; index < 64; index++) late.push(await held(store, [hold(daily(`a${index}`), 10, 10)]));
  const next = START + 3 * DAY;
  for (let index = 0; index < 64; index++) await held(store, [hold(daily(`b${index}`, 3), 10, 10)], next);
  for (const each of late) await each.settle([0]);
  for (let index = 0; index < 64; index++) await denied(store, [hold(daily(`b${index}`, 3), 1, 10)], next);
});

test("a hundred thousand counters pass through a store with room for thousands", async () => {
  const store = createMemoryStore({ capacity: 4096 });
  for (let index = 0; index < 100_000; index++) {
    const window = { kind: "calendar", from: START + index * 60_000, until: START + (index + 1) * 60_000 } as const;
    const answer = store.reserve([hold({ key: "a", window }, 5, 5)], window.from);
    if ("then" in answer || answer.kind !== "held") throw new Error(`denied after ${index}`);
  }
});

/** Threads that hold amounts until none fits; what they were granted. */
async function race(
  tasks: readonly Omit<Task, "shared">[],
  store: ReturnType<typeof createMemoryStore>,
): Promise<number[]> {
  return Promise.all(
    tasks.map((task) => {
      const worker = new Worker(new URL("thread.ts", import.meta.url), {
        workerData: { ...task, shared: store.shared },
      });
      return new Promise<number>((resolve, reject) => {
        worker.on("message", (told: Told) => resolve(told.granted));
        worker.on("error", reject);
      });
    }),
  );
}

test("threads that meet at a limit are granted all of it, and nothing more", async () => {
  const store = createMemoryStore({ capacity: 4096 });
  for (const counter of [daily("a"), sliding("a")]) {
    const holds = [hold(counter, 1, 20_000), hold(daily(`own ${counter.key}`), 1)];
    const granted = await race([{ holds }, { holds }, { holds }, { holds }], store);
    expect(granted.reduce((a, b) => a + b)).toBe(20_000);
    expect(await store.read([counter], START)).toEqual([20_000]);
  }
});

test("threads that settle at 0 leave nothing", async () => {
  const store = createMemoryStore({ capacity: 4096 });
  const holds = [hold(daily("a"), 3, 7), hold(sliding("b"), 2, 5)];
  await race(
    [
      { holds, rounds: 20_000 },
      { holds, rounds: 20_000 },
      { holds, rounds: 20_000 },
    ],
    store,
  );
  expect(await store.read([daily("a"), sliding("b")], START)).toEqual([0, 0]);
});

test("a thread that is ended in the middle blocks nobody, and what it was granted stays counted", async () => {
  const store = createMemoryStore({ capacity: 4096 });
  const counter = daily("a");
  for (let round = 0; round < 5; round++) {
    const progress = new BigInt64Array(new SharedArrayBuffer(8));
    const workerData: Task = { shared: store.shared, holds: [hold(counter, 1), hold(sliding("b"), 1)], progress };
    const worker = new Worker(new URL("thread.ts", import.meta.url), { workerData });
    const { threadId } = worker;
    const [before] = await store.read([counter], START);
    while (Atomics.load(progress, 0) < 500n) await new Promise(setImmediate);
    await worker.terminate();
    store.release(threadId);
    const [after, both] = await store.read([counter, sliding("b")], START);
    expect((after as number) - (before as number)).toBeGreaterThanOrEqual(Number(progress[0]));
    expect(Math.abs((both as number) - (after as number))).toBeLessThanOrEqual(round + 1);
  }
});

test("a lock that a thread took with it is given back by release, and those who waited go on", async () => {
  const store = createMemoryStore({ capacity: 64 });
  const words = new Int32Array(store.shared);
  const gone = 1234;
  Atomics.store(words, 0, gone + 1);
  const waiting = [held(store, [hold(daily("a"), 1, 2)]), held(store, [hold(daily("a"), 1, 2)])];
  await new Promise(setImmediate);
  store.release(gone + 1);
  expect(Math.abs(Atomics.load(words, 0))).toBe(gone + 1);
  store.release(gone);
  await Promise.all(waiting);
  expect(await store.read([daily("a")], START)).toEqual([2]);
});
