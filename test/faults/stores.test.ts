/** The ledger's store and the log's disk fail under the service, and come back. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, startRedis } from "../runtime/ledger/stores/redis-server.ts";
import { answers } from "../support/fake-provider.ts";
import { provided, served } from "./harness.ts";
import { ask, decisions, metric, type Service, USUAL, WORST } from "./service.ts";

const statusOf = async (response: Promise<Response>): Promise<number> => {
  const { status, body } = await response;
  await body?.cancel();
  return status;
};

/** Asks until the answer has that status. */
async function until(service: Service, status: number): Promise<void> {
  while ((await statusOf(ask(service))) !== status);
}

describe.skipIf(!hasRedis())("Redis", () => {
  test("that is killed and started again under load: closed meanwhile, and nothing is passed or lost", async () => {
    const provider = await provided();
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const limit = 60 * WORST;
    const service = await served(provider.url, `budget cap { limit $${limit / 1e9} per month }\nroute chat -> a`, {
      config: { ledger: { store: "redis", redis: { url: redis.url } } },
      args: ["--workers", "2"],
    });
    const statuses: number[] = [];
    let loading = true;
    const client = async (): Promise<void> => {
      while (loading) statuses.push(await statusOf(ask(service)));
    };
    const clients = Array.from({ length: 8 }, client);
    await provider.arrival(20);
    for (let restart = 0; restart < 2; restart++) {
      const from = service.told().length;
      await redis.stop();
      await service.tells(/the ledger's redis cannot be asked/, from);
      await redis.start();
      await service.tells(/the ledger's redis is back/, from);
      await provider.arrival(provider.requests.length + 10);
    }
    loading = false;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // What was under way when it was killed may stay counted at its worst.
    const counted = (await metric(service, "routec_budget_spent_usd")) * 1e9;
    expect(counted).toBeGreaterThanOrEqual(provider.requests.length * USUAL - 1);
    expect(counted).toBeLessThanOrEqual(limit);
    expect(await service.stop()).toBe(0);
  });

  test("that is away when the service starts and stops: it starts, refuses what is budgeted, and stops", async () => {
    const provider = await provided();
    const service = await served(
      provider.url,
      "budget cap { on a  limit $1 per month }\nroute chat -> a else b\nroute dear -> a",
      {
        config: { ledger: { store: "redis", redis: { url: "redis://127.0.0.1:1" } } },
        args: ["--workers", "1"],
      },
    );
    expect((await ask(service)).headers.get("x-routec-model")).toBe("b");
    expect((await ask(service, { model: "dear" })).status).toBe(429);
    expect(await service.stop()).toBe(0);
  });

  test("that is away with a share of limits open: all threads of the process together pass no more than that", async () => {
    const provider = await provided();
    provider.always(answers());
    const service = await served(provider.url, "limit few { allow 20 requests per month }\nroute chat -> a", {
      config: { ledger: { store: "redis", redis: { url: "redis://127.0.0.1:1", when_away: "open", open_share: 0.4 } } },
      args: ["--workers", "4"],
    });
    // On connections of their own, which the system gives to any thread.
    const asked = Array.from({ length: 60 }, () => statusOf(ask(service, {}, { connection: "close" })));
    const passed = (await Promise.all(asked)).filter((status) => status === 200);
    expect(passed.length).toBeGreaterThan(0);
    expect(passed.length).toBeLessThanOrEqual(8);
    expect(await service.stop()).toBe(0);
  });
});

test("a full disk: what is budgeted is refused, the rest is served, and both go on when there is room", async () => {
  const provider = await provided();
  provider.always(answers());
  // A file may have 8 kB: the log is full at once, the ledger after some hundred writes of a limit that is far away.
  const service = await served(
    provider.url,
    "budget cap { on a  limit $0.1 per month }\nroute chat -> a\nroute free -> b",
    { args: ["--workers", "2"], limit: "-S -f 8" },
  );
  await until(service, 429);
  await service.tells(/the ledger cannot write to `.routec`: /);
  await service.tells(/the decision log cannot be written: /);
  expect(await statusOf(ask(service, { model: "free" }))).toBe(200);
  execFileSync("prlimit", ["--pid", String(service.child.pid), "--fsize=unlimited"]);
  await until(service, 200);
  await service.tells(/the decision log can be written again/);
  expect(await service.stop()).toBe(0);
  for (const { id } of decisions(service)) expect(id).toMatch(/^\w+-\w+$/);
});

test("secrets and prompts are in no file and in nothing that is told", async () => {
  const provider = await provided();
  const service = await served(provider.url, "budget cap { per tenant  limit $1 per month }\nroute chat -> a", {
    args: ["--workers", "2"],
  });
  const secrets = { authorization: "Bearer client-secret", "x-api-key": "client-secret", cookie: "a=client-secret" };
  const response = await ask(service, { messages: [{ role: "user", content: "a private word" }] }, secrets);
  const seen = [await response.text(), JSON.stringify([...response.headers])];
  for (const path of ["/metrics", "/policy", "/decisions", "/readyz"])
    seen.push(await (await fetch(service.admin + path)).text());
  await service.stop();
  const files = ["decisions.jsonl", "ledger"].map((name) => join(service.folder, ".routec", name));
  expect(files.map(existsSync)).toEqual([true, true]);
  seen.push(service.told(), ...files.map((path) => readFileSync(path, "utf8")));
  for (const text of seen) expect(text).not.toMatch(/client-secret|sk-upstream-secret|private word/);
  expect(JSON.stringify(provider.requests[0]?.rawHeaders)).not.toContain("client-secret");
});
