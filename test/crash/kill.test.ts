/** Spending on disk is at least what was served, and never above the limit, whenever the process is killed. */
import { expect, test } from "vitest";
import { kills } from "./kill.ts";

test("twenty processes killed while they spend", { timeout: 120_000 }, async () => {
  for await (const { granted, counted, limit, told } of kills(20, (time) => 20 + time * 37, 50_000_000)) {
    for (const sum of counted) {
      expect(sum).toBeGreaterThanOrEqual(granted);
      expect(sum).toBeLessThanOrEqual(limit);
    }
    expect(told).toEqual([]);
  }
});
