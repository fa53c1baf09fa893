import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryAnswers } from "../../../runtime/reuse/memory.ts";
import { kept } from "./harness.ts";

test("what was used longest ago goes first", () => {
  const probe = memoryAnswers(1e6);
  probe.put("a", kept(), 0);
  const store = memoryAnswers(probe.size * 2);
  store.put("a", kept("1"), 0);
  store.put("b", kept("2"), 0);
  store.get("a");
  store.put("c", kept("3"), 0);
  expect(["a", "b", "c"].map((key) => store.get(key)?.body.toString())).toEqual(["1", undefined, "3"]);
});

test("what is larger than all room together is not kept, nor what it would replace", () => {
  const store = memoryAnswers(1000);
  store.put("a", kept("small"), 0);
  store.put("a", kept("x".repeat(1000)), 0);
  expect([store.get("a"), store.size]).toEqual([undefined, 0]);
});

test("it is never more than its bound, and what is there is what was put last", () => {
  const steps = fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d"), length: fc.nat(1500) }));
  fc.assert(
    fc.property(steps, (given) => {
      const store = memoryAnswers(4000);
      const last = new Map<string, string>();
      for (const { key, length } of given) {
        const body = "x".repeat(length);
        store.put(key, kept(body), 0);
        last.set(key, body);
        expect(store.size).toBeLessThanOrEqual(4000);
        expect(store.get(key)?.body.toString()).toBe(body);
      }
      for (const [key, body] of last) expect([undefined, body]).toContain(store.get(key)?.body.toString());
    }),
  );
});

test("closed, it is empty", async () => {
  const store = memoryAnswers(4000);
  store.put("a", kept(), 0);
  await store.close();
  expect([store.get("a"), store.size]).toEqual([undefined, 0]);
});
