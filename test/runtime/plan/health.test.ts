/** How a provider is, told by how its models' calls went. */
import { expect, test } from "vitest";
import { Health, providerHealth } from "../../../runtime/plan/health.ts";
import type { Breaker, Failure } from "../../../runtime/table/index.ts";

const BREAKER: Breaker = { failures: 3, window: 30_000, rest: 10_000 };

/** A model whose calls ended so, at time 0. */
function model(ends: readonly (Failure | "answered")[], health = new Health(BREAKER)): Health {
  for (const end of ends) {
    const probe = health.leaves();
    if (end === "answered") health.answered(100, false, probe);
    else health.failed(end, 0, probe);
    health.settled(0, probe);
  }
  return health;
}

const DOWN = model(["server_error", "server_error", "server_error"]);
const LIMITED = model(["rate_limited", "rate_limited", "rate_limited"]);
const WELL = model(["answered", "answered", "answered"]);
const UNUSED = model([]);

test.each([
  ["up, when nothing is known of it", [], 0, "up"],
  ["up, when its models are well", [WELL, UNUSED], 0, "up"],
  ["down, while all its models rest", [DOWN, DOWN], 0, "down"],
  ["degraded, while some of them rest", [DOWN, WELL], 0, "degraded"],
  ["degraded, when the rest is over and nobody has found out yet", [DOWN], 10_000, "degraded"],
  ["up, when that is a minute ago", [DOWN], 70_000, "up"],
  ["degraded, while half of the calls of a model fail", [LIMITED, WELL], 0, "degraded"],
  ["up, when they failed a minute ago", [LIMITED], 60_000, "up"],
  ["up, after one failure", [model(["rate_limited"])], 0, "up"],
  ["up, when requests are at fault", [model(["invalid", "invalid", "invalid"])], 0, "up"],
  [
    "degraded and never down, without breakers",
    [model(["timeout", "timeout", "timeout"], new Health(undefined))],
    0,
    "degraded",
  ],
])("a provider is %s", (_how, models, now, expected) => {
  expect(providerHealth(models, now)).toBe(expected);
});
