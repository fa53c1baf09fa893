/** The store in Redis: what all stores do, many clients at once, a server that goes away, and clocks that are wrong. */
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Counter, Store } from "../../../../runtime/ledger/store.ts";
import { createRedisStore, type RedisOptions } from "../../../../runtime/ledger/stores/redis.ts";
import { conforms, survivesClockSetBack } from "./conformance.ts";
import { DAY, denied, held, hold, sliding } from "./counters.ts";
import { hasRedis, type RedisServer, startRedis } from "./redis-server.ts";

describe.skipIf(!hasRedis())("Redis", () => {
  let server: RedisServer;
  let names = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.remove());

  const open = (options: Partial<RedisOptions> = {}): Promise<Store> =>
    createRedisStore({ url: server.url, name: `test ${names++}`, timeout: 5_000, ...options });
  const inVirtualTime = () => open({ time: "caller" });

  conforms("the store in Redis", { open: inVirtualTime, runs: 20 });
  survivesClockSetBack("the store in Redis", inVirtualTime);

  const now = (): number => Date.now();
  const today = (key: string): Counter => {
    const from = now() - (now() % DAY);
    return { key, window: { kind: "calendar", from, until: from + DAY } };
  };

  test("clients that meet at a limit are granted all of it, and nothing more", async () => {
    const stores = await Promise.all([0, 1, 2, 3].map(() => open({ name: "race" })));
    const counter = today("a");
    const granted = await Promise.all(
      stores.map(async (store) => {
        let count = 0;
        while ((await store.reserve([hold(counter, 7, 7 * 400)], now())).kind === "held") count++;
        return count;
      }),
    );
    expect(granted.reduce((a, b) => a + b)).toBe(400);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("a machine whose clock is wrong cannot spend a window before it begins, or after it is over", async () => {
    const store = await open();
    const counterOf = (from: number): Counter => ({
      key: "a",
      window: { kind: "calendar", from, until: from + 60_000 },
    });
    const ahead = await denied(store, [hold(counterOf(now() + 30_000), 1, 10)], now() + 35_000);
    expect(ahead.detail).toMatch(/^this machine's clock is \d+ ms ahead of the one of the ledger's redis$/);
    expect(ahead.retryAt).toBeGreaterThan(now() + 30_000);
    const behind = await denied(store, [hold(counterOf(now() - 90_000), 1, 10)], now() - 60_000);
    expect(behind.detail).toMatch(/^this machine's clock is \d+ ms behind /);
    await held(store, [hold(counterOf(now() + 200), 1, 10)], now() + 300);
    await store.close();
  });

  test("scripts that the server has forgotten are sent again", async () => {
    const store = await open();
    await held(store, [hold(today("a"), 1)], now());
    const { createClient } = await import("@redis/client");
    const client = await createClient({ url: server.url }).connect();
    await client.scriptFlush();
    await client.close();
    expect((await held(store, [hold(today("a"), 1)], now())).totals).toEqual([2]);
    await store.close();
  });

  test("while the server is away nothing passes, and afterwards all is as it was", async () => {
    const told = reports();
    const store = await open({ report: told.report });
    const counter = today("a");
    const open1 = await held(store, [hold(counter, 50, 100)], now());
    await server.stop();
    expect(await denied(store, [hold(counter, 1, 100)], now())).toMatchObject({ away: true });
    await open1.settle([20]);
    await expect(store.read([counter], now())).rejects.toThrow("the ledger's redis cannot be asked");
    // An alert is better told twice than never.
    expect(await store.first(counter, "80%", now())).toBe(true);
    await server.start();
    await told.once("the ledger's redis is back");
    // The settlement waited. Sent first, it is there when the next is answered.
    expect(await store.read([counter], now())).toEqual([20]);
    await store.close();
  });

  test("open by a share, the server's absence lets so much pass, which is counted when it is back", async () => {
    const told = reports();
    const store = await open({ whenAway: { open: 0.1 }, report: told.report });
    const counter = today("a");
    await held(store, [hold(counter, 50, 100)], now());
    await server.stop();
    const lent = await held(store, [hold(counter, 6, 100)], now());
    await (await held(store, [hold(counter, 4, 100)], now())).settle([3]);
    expect(await denied(store, [hold(counter, 2, 100)], now())).toMatchObject({
      away: true,
      detail: "the ledger's redis is away, and 10% of the limit were used without it",
    });
    await server.start();
    await told.once("the ledger's redis is back");
    await until(async () => (await store.read([counter], now()))[0] === 59);
    await lent.settle([1]);
    expect(await store.read([counter], now())).toEqual([54]);
    await store.close();
  });

  test("what was lent in a window that is over is forgotten, and what was lent with it in another is not", async () => {
    const told = reports();
    const store = await open({ whenAway: { open: 1 }, skew: 0, report: told.report });
    const time = now();
    const ending: Counter = { key: "a", window: { kind: "calendar", from: time - 60_000, until: time + 1 } };
    const [day, hour] = [today("a"), sliding("a")];
    await server.stop();
    const lent = await held(store, [hold(day, 6, 10), hold(ending, 6, 10), hold(hour, 6, 10)], time);
    await server.start();
    await told.once("the ledger's redis is back");
    await until(async () => (await store.read([day], now()))[0] === 6);
    expect(await lent.settle([2, 2, 3])).toEqual([2, 0, 3]);
    expect(await store.read([day, ending, hour], now())).toEqual([2, 0, 3]);
    await store.close();
  });

  test("a server that is full takes what was lent as soon as it has room, and is told of once until then", async () => {
    const told = reports();
    const store = await open({ whenAway: { open: 0.5 }, report: told.report });
    const { createClient } = await import("@redis/client");
    const client = await createClient({ url: server.url }).connect();
    const [counter, commit] = [today("a"), today("b")];
    const before = await held(store, [hold(commit, 0)], now());
    await client.configSet("maxmemory", "1");
    await held(store, [hold(counter, 6, 100)], now());
    await before.settle([7]);
    await held(store, [hold(counter, 40, 100)], now());
    // It can be read all the while, which does not make it back.
    expect(await store.read([counter], now())).toEqual([0]);
    await held(store, [hold(counter, 4, 100)], now());
    expect(told.all).toEqual([expect.stringMatching(/^the ledger's redis cannot be asked: OOM /)]);
    // What was lent counts as lent, however often the server was asked to take it.
    expect(await denied(store, [hold(counter, 1, 100)], now())).toMatchObject({ away: true });
    await client.configSet("maxmemory", "0");
    await told.once("the ledger's redis is back");
    expect(await store.read([counter, commit], now())).toEqual([50, 7]);
    expect(told.all).toHaveLength(2);
    await client.close();
    await store.close();
  });

  test("a server that is restarted under load grants no more than the limit", async () => {
    const store = await open({ timeout: 500 });
    const counter = today("a");
    let granted = 0;
    let isBack = false;
    const load = Array.from({ length: 8 }, async () => {
      for (;;) {
        const answer = await store.reserve([hold(counter, 1, 2_000)], now());
        if (answer.kind === "held") granted++;
        else if (answer.away !== true || isBack) return;
        else await new Promise(setImmediate);
      }
    });
    await until(async () => granted > 200);
    await server.stop();
    await server.start();
    await until(async () => (await Promise.allSettled([store.read([counter], now())]))[0]?.status === "fulfilled");
    isBack = true;
    await Promise.all(load);
    expect(granted).toBeGreaterThan(200);
    expect(granted).toBeLessThanOrEqual((await store.read([counter], now()))[0] as number);
    expect((await store.read([counter], now()))[0]).toBeLessThanOrEqual(2_000);
    await store.close();
  });

  test("a server that was never there is away, not an error", async () => {
    const store = await createRedisStore({ url: "redis://127.0.0.1:1", timeout: 100 });
    expect(await denied(store, [hold(today("a"), 1)], now())).toMatchObject({ away: true });
    await store.close();
  });
});

/** Messages for the operator, and a promise of each to come. */
function reports() {
  const messages = new EventTarget();
  const all: string[] = [];
  return {
    all,
    report(message: string): void {
      all.push(message);
      messages.dispatchEvent(new Event(message));
    },
    once: (message: string) => once(messages, message),
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}
