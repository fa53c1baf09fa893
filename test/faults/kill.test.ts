/** Spending on disk is at least what was spent, and never above the limit, whenever the service is killed. */
import { expect, test } from "vitest";
import { killServices } from "./kills.ts";

test("services killed while they serve: the ledger lacks nothing, holds no more than the limit, and goes on", async () => {
  const statuses = new Set<number>();
  // The calls that are under way at a kill stay counted at their worst: the last service finds little left.
  for await (const { billed, counted, limit, answered } of killServices(3, (time) => 30 + time * 41, 90_000_000)) {
    expect(counted).toBeGreaterThanOrEqual(billed);
    expect(counted).toBeLessThanOrEqual(limit);
    for (const status of answered.keys()) statuses.add(status);
  }
  expect([...statuses].sort()).toEqual([200, 429]);
});
