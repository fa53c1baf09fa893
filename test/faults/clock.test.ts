/** The machine's clock is set forward and back while requests go by. */
import { expect, test } from "vitest";
import { load } from "../../runtime/index.ts";
import type { DecisionRecord } from "../../runtime/observe/observer.ts";
import { systemClock } from "../../runtime/plan/index.ts";
import { tableOf } from "../compiler/support.ts";
import { ask, provided, serve } from "../runtime/proxy/harness.ts";
import { fails } from "../support/fake-provider.ts";
import { policyOf, WORST } from "./service.ts";

const HOUR = 3_600_000;

async function served(declarations: string) {
  const provider = await provided();
  // In the middle of an hour of the middle of a month.
  let shift = Date.UTC(2026, 5, 15, 12, 30) - Date.now();
  const clock = { ...systemClock(), now: () => Date.now() + shift };
  const policy = load(tableOf(policyOf(provider.url, declarations)));
  const took: number[] = [];
  const observe = () => ({ over: ({ milliseconds }: DecisionRecord) => void took.push(milliseconds) });
  const proxy = await serve(policy, { doors: { clock }, env: { UPSTREAM_KEY: "x" }, observe });
  const set = (by: number): void => {
    shift += by;
  };
  const model = async (): Promise<string | null> => (await ask(proxy.url)).headers.get("x-routec-model");
  return { ...proxy, provider, set, model, took };
}

test("a budget's window is the one that the clock is in, and an earlier one has what it had", async () => {
  const limit = (WORST + 1_000) / 1e9;
  const { model, set } = await served(`budget cap { limit $${limit} per hour }\nroute chat -> a else b`);
  expect([await model(), await model()]).toEqual(["a", "b"]);
  set(HOUR);
  expect([await model(), await model()]).toEqual(["a", "b"]);
  set(-HOUR);
  expect(await model()).toBe("b");
});

test.each([24 * HOUR, -24 * HOUR])("a request under way does not notice that the clock is set by %d ms", async (by) => {
  const { model, set, provider, took } = await served("route chat -> a else b");
  provider.script((...asked) => {
    set(by);
    fails(500)(...asked);
  });
  expect(await model()).toBe("b");
  expect(took).toEqual([expect.toSatisfy((milliseconds: number) => milliseconds >= 0 && milliseconds < HOUR)]);
});

test("a sliding window gives nothing back when the clock is set back", async () => {
  const limit = (WORST + 1_000) / 1e9;
  const { model, set } = await served(`budget cap { limit $${limit} per 10m }\nroute chat -> a else b`);
  expect(await model()).toBe("a");
  for (const back of [60_000, HOUR, 24 * HOUR]) {
    set(-back);
    expect(await model()).toBe("b");
  }
});

test.each([
  ["a key", fails(429, null, { "retry-after": "30" }), 1],
  ["a model", fails(503), 5],
])("%s that rests is not kept resting for as long as the clock was set back", async (_, failure, times) => {
  const { model, set, provider } = await served("route chat -> a else b");
  provider.always((request, ...rest) =>
    (JSON.parse(request.body).model === "up-a" ? failure : fails(200))(request, ...rest),
  );
  for (let i = 0; i < times; i++) await model();
  const calls = provider.requests.length;
  await model();
  // Only `b` was asked, if its key does not rest too.
  expect(provider.requests.slice(calls).some(({ body }) => JSON.parse(body).model === "up-a")).toBe(false);
  set(-5 * HOUR);
  const before = provider.requests.length;
  await model();
  expect(JSON.parse(provider.requests[before]?.body ?? "{}").model).toBe("up-a");
});
