/** Worker threads that do the same work, each replaced when it dies. */
import { EventEmitter, once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { type Pool, type PoolOptions, startPool } from "../../../runtime/workers/pool.ts";

const open: Pool[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close("end")));
});

async function pool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  const entry = new URL("fixture.ts", import.meta.url);
  const started = await startPool({ entry, count: 2, setup: (slot) => ({ start: slot * 10 }), ...options });
  open.push(started);
  return started;
}

test("all workers get an order, and each one's answer comes back", async () => {
  const { ready, order } = await pool();
  expect(ready).toEqual([{ sum: 0 }, { sum: 10 }]);
  expect(await order(1)).toEqual([1, 11]);
  expect(await order(2)).toEqual([3, 13]);
});

test("what the others start with may build on what the first one said", async () => {
  let first = 0;
  const { ready } = await pool({
    firstAlone: true,
    setup: () => ({ start: first + 1 }),
    onReady: (_, said) => {
      first = (said as { readonly sum: number }).sum;
    },
  });
  expect(ready).toEqual([{ sum: 1 }, { sum: 2 }]);
});

test("what workers say unasked is heard", async () => {
  const said: unknown[] = [];
  const { order } = await pool({ onSaid: (body) => said.push(body) });
  await order(5);
  expect(said.sort()).toEqual(["sum is 15", "sum is 5"]);
});

test("an order that a worker cannot carry out is an error of the same name, and the worker goes on", async () => {
  const { order } = await pool();
  await expect(order("refuse")).rejects.toMatchObject({ name: "RangeError", message: "not this" });
  expect(await order(1)).toEqual([1, 11]);
});

test.each(["die", "fault"])(
  "a worker that is told to %s is replaced, and begins with what holds by then",
  async (word) => {
    const events = new EventEmitter();
    let start = 0;
    const deaths: number[] = [];
    const workers = await pool({
      count: 1,
      setup: () => ({ start }),
      onReady: () => events.emit("ready"),
      onDeath: ({ slot }) => deaths.push(slot),
    });
    start = 100;
    const replaced = once(events, "ready");
    await workers.order(word);
    await replaced;
    expect(await workers.order(1)).toEqual([101]);
    expect(deaths).toEqual([0]);
  },
);

test("an order that comes while a replacement starts is carried out by it", async () => {
  const starting = Promise.withResolvers<void>();
  let starts = 0;
  const { order } = await pool({
    count: 1,
    setup() {
      if (++starts === 2) queueMicrotask(starting.resolve);
      return { start: 0 };
    },
  });
  await order("die");
  await starting.promise;
  expect(await order(5)).toEqual([5]);
});

test("a worker that cannot start ends them all, and says why", async () => {
  const entry = new URL("fixture.ts", import.meta.url);
  const started = startPool({ entry, count: 2, setup: (slot) => ({ start: slot === 1 ? "unfit" : 0 }) });
  await expect(started).rejects.toMatchObject({ message: "no such port", code: "EADDRINUSE" });
});
