import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import dns from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type AnswerStore, redisAnswers } from "../../../runtime/reuse/index.ts";
import { decoded, encoded } from "../../../runtime/reuse/redis.ts";
import { refusingUrl } from "../../support/fake-provider.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { kept } from "./harness.ts";

const installed = spawnSync("redis-server", ["--version"]).status === 0;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("bytes of an answer are that answer", () => {
  const answer = fc.record({
    decision: fc.string(),
    model: fc.string(),
    from: fc.nat(),
    until: fc.nat(),
    headers: fc.array(fc.string()),
    body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ends: fc.constant([] as number[]),
  });
  fc.assert(
    fc.property(answer, (given) => {
      expect(decoded(encoded(given))).toEqual(given);
    }),
  );
});

test("other bytes are none, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decoded(Buffer.from(bytes))).toBeUndefined();
    }),
  );
  const strange = [{ ends: [9e9] }, { headers: [1] }, { model: 3 }, { until: null }].map((more) => ({
    ...kept(),
    ...more,
  }));
  for (const each of strange) expect(decoded(encoded(each as never))).toBeUndefined();
});

test("a Redis that is away has nothing, holds nothing up, and is told of once", async () => {
  const told: string[] = [];
  const url = (await refusingUrl()).replace(/^http/, "redis").replace("/v1", "");
  const heard = Promise.withResolvers<void>();
  const store = await redisAnswers({
    url,
    after: virtualClock().after,
    tell(trouble) {
      told.push(trouble);
      heard.resolve();
    },
  });
  onTestFinished(() => store.close());
  await heard.promise;
  store.put("a", kept(), 0);
  expect(await store.get("a")).toBeUndefined();
  expect(told).toEqual([expect.stringMatching(/^Redis cannot be asked for earlier answers: /)]);
});

test("a Redis that is at none of the addresses of its name is told of with a reason", async () => {
  const { port } = new URL(await refusingUrl());
  const both = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  const lookup = vi
    .spyOn(dns, "lookup")
    .mockImplementation(((_name: string, _options: object, done: (error: null, all: object) => void) =>
      done(null, both)) as never);
  onTestFinished(() => lookup.mockRestore());
  const heard = Promise.withResolvers<string>();
  const store = await redisAnswers({
    url: `redis://redis.example:${port}`,
    after: virtualClock().after,
    tell: heard.resolve,
  });
  onTestFinished(() => store.close());
  expect(await heard.promise).toBe("Redis cannot be asked for earlier answers: ECONNREFUSED");
});

describe.runIf(installed)("a Redis", () => {
  let server: ChildProcess;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    folder = mkdtempSync(join(tmpdir(), "routec-reuse-"));
    server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]);
    url = `redis://127.0.0.1:${port}`;
    await new Promise<void>((resolve, reject) => {
      server.once("exit", () => reject(new Error("redis-server did not start")));
      server.stdout?.on("data", (text) => String(text).includes("Ready to accept") && resolve());
    });
  });
  afterAll(() => {
    server.kill();
    rmSync(folder, { recursive: true });
  });

  /** A store that is connected. However long Redis takes, no time passes but that of `clock`. */
  async function open(
    tell: (trouble: string) => void = (trouble) => expect.fail(trouble),
    clock = virtualClock(),
  ): Promise<AnswerStore> {
    const store = await redisAnswers({ url, after: clock.after, tell });
    onTestFinished(() => store.close());
    await until(async () => {
      store.put("ready", kept(), 0);
      return (await store.get("ready")) !== undefined;
    });
    return store;
  }

  /** Asks until it is so, a round trip to Redis each time. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
  }

  test("has what another process put there, byte for byte", async () => {
    const [one, other] = [await open(), await open()];
    const answer = kept("\u0000é\n".repeat(50), { ends: [3, 50, 200] });
    one.put("a", answer, 0);
    await until(async () => (await other.get("a")) !== undefined);
    expect(await other.get("a")).toEqual(answer);
    expect(await other.get("b")).toBeUndefined();
  });

  test("forgets an answer when its time is over", async () => {
    const store = await open();
    const client = await createClient({ url }).connect();
    onTestFinished(() => client.destroy());
    store.put("short", kept("x", { until: 100_000 }), 40_000);
    await until(async () => (await store.get("short")) !== undefined);
    const left = await client.pTTL("routec:reuse:short");
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    store.put("over", kept("x", { until: 1 }), 2);
    expect(await store.get("over")).toBeUndefined();
  });

  test("that holds what is no answer has none", async () => {
    const store = await open();
    const client = await createClient({ url }).connect();
    onTestFinished(() => client.destroy());
    await client.set("routec:reuse:odd", "not ours");
    expect(await store.get("odd")).toBeUndefined();
  });

  test("that stalls is sent so much and no more, soon holds nothing up, and is told of once", async () => {
    const told: string[] = [];
    const clock = virtualClock();
    const store = await open((trouble) => told.push(trouble), clock);
    const client = await createClient({ url }).connect();
    onTestFinished(() => client.destroy());
    server.kill("SIGSTOP");
    onTestFinished(() => void server.kill("SIGCONT"));
    const big = kept("x".repeat(1024 * 1024));
    for (let index = 0; index < 40; index++) store.put(`big ${index}`, big, 0);
    const asked = store.get("ready");
    clock.advance(50);
    expect(await asked).toBeUndefined();
    store.put("small", kept(), 0);
    // Nothing that would have to be waited for.
    expect(store.get("ready")).toBeUndefined();
    expect(told).toEqual([]);
    clock.advance(1_000);
    server.kill("SIGCONT");
    await until(async () => (await store.get("ready")) !== undefined);
    expect(told).toEqual(["Redis cannot be asked for earlier answers: no answer in 1050 ms"]);
    expect(await client.keys("routec:reuse:big *")).toHaveLength(15);
    expect(await store.get("small")).toBeUndefined();
    store.put("small", kept(), 0);
    expect(await store.get("small")).toEqual(kept());
  });

  test("that refuses something is told of once until it does it again, and so is one that then goes away", async () => {
    const told: string[] = [];
    const store = await open((trouble) => told.push(trouble.replace(/.*answers: /, "")));
    const client = await createClient({ url }).connect();
    onTestFinished(() => client.destroy());
    await client.lPush("routec:reuse:list", "not ours");
    const refusal = expect.stringMatching(/^WRONGTYPE /);
    for (let times = 0; times < 2; times++) expect(await store.get("list")).toBeUndefined();
    expect(told).toEqual([refusal]);
    expect(await store.get("ready")).toBeDefined();
    expect(await store.get("list")).toBeUndefined();
    expect(told).toEqual([refusal, refusal]);
    await client.sendCommand(["CLIENT", "KILL", "TYPE", "normal"]);
    await until(async () => (await store.get("ready")) !== undefined);
    expect(told).toEqual([refusal, refusal, "Socket closed unexpectedly"]);
  });

  test("that is full is told of once, and gives what it has", async () => {
    const told: string[] = [];
    const store = await open((trouble) => told.push(trouble.replace(/.*answers: /, "")));
    const client = await createClient({ url }).connect();
    onTestFinished(() => client.destroy());
    await client.configSet("maxmemory", "1");
    for (let times = 0; times < 3; times++) {
      store.put("full", kept(), 0);
      expect(await store.get("ready")).toBeDefined();
    }
    await client.configSet("maxmemory", "0");
    expect(told).toEqual([expect.stringMatching(/^OOM /)]);
  });
});
