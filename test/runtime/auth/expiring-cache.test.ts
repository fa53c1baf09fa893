import fc from "fast-check";
import { expect, test } from "vitest";
import { expiringCache } from "../../../runtime/auth/expiring-cache.ts";

const MOST = 3;

test("has the newest entries that are not over, and no other", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ put: key, value: fc.nat(), lasts: fc.nat(10) }),
    fc.record({ get: key }),
    fc.record({ pass: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      let now = 0;
      const cache = expiringCache<number>(MOST, { now: () => now });
      /** All that was ever put, newest first. */
      let history: { key: string; value: number; until: number }[] = [];
      for (const step of steps) {
        if ("pass" in step) now += step.pass;
        else if ("put" in step) {
          cache.put(step.put, step.value, now + step.lasts);
          const newest = { key: step.put, value: step.value, until: now + step.lasts };
          history = [newest, ...history.filter((entry) => entry.key !== step.put)];
        } else {
          const at = history.findIndex((entry) => entry.key === step.get);
          const entry = history[at];
          const found = cache.get(step.get);
          if (entry === undefined || now >= entry.until) expect(found).toBeUndefined();
          else if (at < MOST) expect(found).toBe(entry.value);
          // Entries that are over may have been dropped before this one had to go.
          else expect([undefined, entry.value]).toContain(found);
        }
      }
      const left = history.filter(({ key, until }) => cache.get(key) !== undefined && now < until);
      expect(left.length).toBeLessThanOrEqual(MOST);
    }),
    { numRuns: 500 },
  );
});
