import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KEY_REST, KeyRing } from "../../../runtime/providers/keys.ts";

const T = 1_000_000;

describe("keys", () => {
  test("are used in turn, whichever model is called", () => {
    const ring = new KeyRing(3);
    expect(["a", "b", "a", "a"].map((model) => ring.next(model, T))).toEqual([0, 1, 2, 0]);
  });

  test("rest on the model that was limited, not on others", () => {
    const ring = new KeyRing(1);
    ring.limited(0, "a", T);
    expect([ring.next("a", T + KEY_REST - 1), ring.next("b", T), ring.next("a", T + KEY_REST)]).toEqual([-1, 0, 0]);
  });

  test("rest as long as the provider asks; a later word only makes it longer", () => {
    const ring = new KeyRing(1);
    ring.limited(0, "a", T, 60_000);
    ring.limited(0, "a", T + 1, 0);
    expect(ring.resting("a", T + 1)).toEqual({ failure: "rate_limited", retryAfter: 59_999 });
  });

  test("that rest say when the first is back", () => {
    const ring = new KeyRing(2);
    ring.limited(0, "a", T, 60_000);
    expect(ring.resting("a", T)).toBeUndefined();
    ring.limited(1, "a", T, 5_000);
    expect(ring.resting("a", T)).toEqual({ failure: "rate_limited", retryAfter: 5_000 });
  });

  test("that were refused stay away, and are not waited for", () => {
    const ring = new KeyRing(2);
    ring.refused(0);
    ring.limited(1, "a", T);
    expect(ring.resting("a", T)).toEqual({ failure: "rate_limited", retryAfter: KEY_REST });
    ring.refused(1);
    expect(ring.resting("b", T + 1e12)).toEqual({ failure: "unauthorized" });
  });
});

/** The same, told as a list of what happened: whether a key may be used is read off from it anew each time. */
class Chronicle {
  readonly #events: { key: number; model: string | undefined; until: number }[] = [];
  #last = -1;

  next(keys: number, model: string, now: number): number {
    const order = Array.from({ length: keys }, (_, index) => (this.#last + 1 + index) % keys);
    const key = order.find((each) => this.#until(each, model) <= now) ?? -1;
    if (key !== -1) this.#last = key;
    return key;
  }

  soonest(keys: number, model: string): number {
    return Math.min(...Array.from({ length: keys }, (_, key) => this.#until(key, model)));
  }

  rest(key: number, model: string | undefined, until: number): void {
    this.#events.push({ key, model, until });
  }

  #until(key: number, model: string): number {
    const mine = this.#events.filter((each) => each.key === key && (each.model ?? model) === model);
    return Math.max(0, ...mine.map(({ until }) => until));
  }
}

test("a ring does what a chronicle of all that happened says", () => {
  const model = fc.constantFrom("a", "b");
  const key = fc.nat({ max: 3 });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("next" as const), model }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("limited" as const), model, key, wait: fc.nat(3_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("refused" as const), model: fc.option(model), key }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), time: fc.nat(2_000) }) },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (keys, steps) => {
      const ring = new KeyRing(keys);
      const chronicle = new Chronicle();
      let now = T;
      for (const each of steps) {
        switch (each.do) {
          case "next":
            expect(ring.next(each.model, now)).toBe(chronicle.next(keys, each.model, now));
            break;
          case "limited":
            ring.limited(each.key % keys, each.model, now, each.wait);
            chronicle.rest(each.key % keys, each.model, now + Math.max(1_000, each.wait));
            break;
          case "refused":
            ring.refused(each.key % keys, each.model ?? undefined);
            chronicle.rest(each.key % keys, each.model ?? undefined, Number.POSITIVE_INFINITY);
            break;
          case "pass":
            now += each.time;
        }
        for (const asked of ["a", "b"]) {
          const soonest = chronicle.soonest(keys, asked);
          expect(ring.resting(asked, now)).toEqual(
            soonest <= now
              ? undefined
              : soonest === Number.POSITIVE_INFINITY
                ? { failure: "unauthorized" }
                : { failure: "rate_limited", retryAfter: soonest - now },
          );
        }
      }
    }),
  );
});
