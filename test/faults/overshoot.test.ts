/**
 * 500 requests at once against a budget that fits 50: 50 are answered, in one process with two threads and in two
 * processes. And as many as all keys allow together, with each as many as it allows.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, startRedis } from "../runtime/ledger/stores/redis-server.ts";
import { answers, type FakeProvider } from "../support/fake-provider.ts";
import { provided, served } from "./harness.ts";
import { ask, decisions, type Service, USUAL, WORST } from "./service.ts";

const FITS = 50;
const REQUESTS = 500;
const KEYS = ["sk-one", "sk-two", "sk-three"];
const PER_KEY = 20;

/** A budget, and a model of which each key may be asked so many times: the keys are in a file. */
const policy = (url: string): string => `budget cap { limit $${(FITS * WORST) / 1e9} per day }
provider keyed { protocol openai  url "${url}"  key env "KEYS"  allow ${PER_KEY} requests per 7d per key }
model k = keyed "up-k" { context 8k  output 1k  price free }
route keys -> k
route chat -> a`;
const OPTIONS = { files: { keys: KEYS.join("\n") }, env: { KEYS_FILE: "keys" } };

/** Twice as many requests at once as the keys allow together: each key is used up, and none is used beyond. */
async function checkKeys({ requests }: FakeProvider, services: readonly Service[]): Promise<void> {
  const fit = KEYS.length * PER_KEY;
  const responses = await Promise.all(
    Array.from({ length: 2 * fit }, (_, index) =>
      // On connections of their own, which the system gives to either thread.
      ask(services[index % services.length] as Service, { model: "keys" }, { connection: "close" }),
    ),
  );
  const refused = responses.filter(({ status }) => status !== 200);
  expect(refused.map(({ status }) => status)).toEqual(new Array(fit).fill(429));
  for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThan(6 * 86_400);
  const used = requests.map(({ headers }) => headers.authorization?.slice("Bearer ".length));
  expect(KEYS.map((key) => used.filter((each) => each === key).length)).toEqual([PER_KEY, PER_KEY, PER_KEY]);
}

/** All requests at once; none is answered before each has been let through or refused. */
async function rush(provider: FakeProvider, services: readonly Service[]): Promise<number[]> {
  const held: (() => void)[] = [];
  const before = provider.requests.length;
  provider.always((...call) => void held.push(() => answers()(...call)));
  const refused = Promise.withResolvers<void>();
  let over = 0;
  const asked = Array.from({ length: REQUESTS }, async (_, index) => {
    const response = await ask(services[index % services.length] as Service);
    if (response.status === 429 && ++over === REQUESTS - FITS) refused.resolve();
    await response.text();
    return response.status;
  });
  await Promise.all([provider.arrival(before + FITS - 1), refused.promise]);
  for (const answer of held.splice(0)) answer();
  provider.always(answers());
  return Promise.all(asked);
}

/** Nothing is over, and nothing that would have fitted was refused; what was not spent of it can be spent afterwards. */
async function check(provider: FakeProvider, services: readonly Service[]): Promise<void> {
  const before = provider.requests.length;
  const statuses = await rush(provider, services);
  expect(statuses.filter((status) => status === 200)).toHaveLength(FITS);
  expect(provider.requests).toHaveLength(before + FITS);
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
  const services = [await served(provider.url, policy(provider.url), { ...OPTIONS, args: ["--workers", "2"] })];
  await checkKeys(provider, services);
  await check(provider, services);
});

describe.skipIf(!hasRedis())("in Redis", () => {
  test("two processes that share a ledger in Redis", async () => {
    const provider = await provided();
    const redis = await startRedis();
    onTestFinished(() => redis.remove());
    const config = { ledger: { store: "redis", redis: { url: redis.url } } };
    const one = { ...OPTIONS, config, args: ["--workers", "1"] };
    const services = await Promise.all([1, 2].map(() => served(provider.url, policy(provider.url), one)));
    await checkKeys(provider, services);
    await check(provider, services);
  });
});
