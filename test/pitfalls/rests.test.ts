/** What users of other gateways ran into with 429 and cooling down, each by the thread that reports it. */
import { expect, test } from "vitest";
import { Key, KeyRing } from "../../runtime/providers/keys.ts";
import { begin, call, carryOut, chain, linked, type Policy } from "../runtime/plan/harness.ts";
import { answer, failing } from "../support/scripted-transport.ts";
import { virtualClock } from "../support/virtual-time.ts";

test("BerriAI/litellm#40130: a rest is made longer by a later `Retry-After`, never shorter", () => {
  const key = new Key("sk");
  const ring = new KeyRing([key]);
  key.limited("a", 0, 5_000);
  key.limited("a", 100, 30_000);
  expect(ring.resting("a", { now: () => 100 })).toMatchObject({ retryAfter: 30_000 });
  key.limited("a", 200, 1_000);
  expect(ring.resting("a", { now: () => 200 })).toMatchObject({ retryAfter: 29_900 });
});

test("BerriAI/litellm#41261: a retry waits at least as long as the provider asks", () => {
  const run = begin({
    run: call("a", { retries: 1, retry_on: ["rate_limited"] }),
    scripts: [failing(429, null, ["retry-after", "7"]), answer()],
  });
  run.clock.advance(6_999);
  expect(run.tried()).toEqual(["a"]);
  run.clock.run();
  expect(run.tried()).toEqual(["a", "a"]);
});

test("BerriAI/litellm#34836: a model that only fails is not in rotation: one call finds out after each rest", () => {
  const clock = virtualClock();
  const policy: Policy = {
    run: chain(call("a"), call("b")),
    provider: { breaker: { failures: 5, window: 30_000, rest: 10_000 } },
  };
  const run = linked({ ...policy, run: call("a") });
  let calls = 0;
  // A request each 100 ms for a minute.
  for (let time = 0; time < 60_000; time += 100) {
    const asked = begin({ ...policy, linked: run, clock, scripts: { a: failing(500) } });
    clock.advance(100);
    calls += asked.tried().length;
  }
  expect(calls).toBe(5 + 5);
});

test("BerriAI/litellm#3646: a retry waits for the key that is back first, where the deadline leaves room, else fails at once", () => {
  const policy = { run: call("a", { retries: 1, retry_on: ["rate_limited" as const] }) };
  const scripts = [failing(429, null, ["retry-after", "20"]), answer()];
  expect(carryOut({ ...policy, scripts }).tried()).toEqual(["a", "a"]);
  const hurried = begin({ ...policy, scripts, deadline: 10_000 });
  hurried.clock.advance(0);
  expect(hurried.told).toEqual(["exhausted after 1: a rate_limited"]);
});

test("langwatch/langwatch#7027: a provider that answers 429 for hours holds up no request, and is used again when it is well", () => {
  const clock = virtualClock();
  const run = linked({ run: chain(call("a"), call("b")) });
  const policy = { run: chain(call("a"), call("b")), linked: run, clock };
  for (let minute = 0; minute < 240; minute++) {
    const asked = begin({ ...policy, scripts: { a: failing(429), b: answer() } });
    clock.advance(0);
    expect(asked.told).toEqual([expect.stringMatching(/^whole 200 by b /)]);
    clock.advance(60_000);
  }
  const well = begin({ ...policy, scripts: { a: answer(), b: answer() } });
  clock.advance(0);
  expect(well.tried()).toEqual(["a"]);
});
