/** 500 requests at once against a budget that fits 50: 50 are answered, in one process with two threads and in two processes. */
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, startRedis } from "../runtime/ledger/stores/redis-server.ts";
import { answers, type FakeProvider } from "../support/fake-provider.ts";
import { provided, served } from "./harness.ts";
import { ask, decisions, type Service, USUAL, WORST } from "./service.ts";

const FITS = 50;
const REQUESTS = 500;
const POLICY = `budget cap { limit $${(FITS * WORST) / 1e9} per day }\nroute chat -> a`;

/** All requests at once; none is answered before each has been let through or refused. */
async function rush(provider: FakeProvider, services: readonly Service[]): Promise<number[]> {
  const held: (() => void)[] = [];
  provider.always((...call) => void held.push(() => answers()(...call)));
  const refused = Promise.withResolvers<void>();
  let over = 0;
  const asked = Array.from({ length: REQUESTS }, async (_, index) => {
    const response = await ask(services[index % services.length] as Service);
    if (response.status === 429 && ++over === REQUESTS - FITS) refused.resolve();
    await response.text();
    return response.status;
  });
  await Promise.all([provider.arrival(FITS - 1), refused.promise]);
  for (const answer of held.splice(0)) answer();
  provider.always(answers());
  return Promise.all(asked);
}

/** Nothing is over, and nothing that would have fitted was refused; what was not spent of it can be spent afterwards. */
async function check(provider: FakeProvider, services: readonly Service[]): Promise<void> {
  const statuses = await rush(provider, services);
  expect(statuses.filter((status) => status === 200)).toHaveLength(FITS);
  expect(provider.requests).toHaveLength(FITS);
  const fitsNow = Math.floor((FITS * (WORST - USUAL)) / WORST);
  const again = await Promise.all(
    Array.from({ length: fitsNow }, (_, index) => ask(services[index % services.length] as Service)),
  );
  expect(again.filter(({ status }) => status !== 200)).toEqual([]);
  for (const service of services) await service.stop();
  const spent = services.flatMap((service) => decisions(service)).reduce((sum, { cost }) => sum + cost, 0);
  expect(Math.round(spent * 1e9)).toBe((FITS + fitsNow) * USUAL);
}

test("two threads that share a ledger on disk", async () => {
  const provider = await provided();
  await check(provider, [await served(provider.url, POLICY, { args: ["--workers", "2"] })]);
});

describe.skipIf(!hasRedis())("in Redis", () => {
  test("two processes that share a ledger in Redis", async () => {
    const provider = await provided();
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const config = { ledger: { store: "redis", redis: { url: redis.url } } };
    const services = [1, 2].map(() => served(provider.url, POLICY, { config, args: ["--workers", "1"] }));
    await check(provider, await Promise.all(services));
  });
});
