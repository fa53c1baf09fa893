import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KEY_REST, Key, KeyRing } from "../../../runtime/providers/keys.ts";

const T = 1_000_000;

/** A clock that shows this time. */
function at(now: number): { now(): number } {
  return { now: () => now };
}

/** So many keys, which carry their numbers, and the ring of them. */
function keysOf(count: number): { readonly ring: KeyRing<number>; readonly keys: readonly Key<number>[] } {
  const keys = Array.from({ length: count }, (_, index) => new Key(index));
  return { ring: new KeyRing(keys), keys };
}

/** One, and the ring of it. */
function one(): { readonly ring: KeyRing<number>; readonly key: Key<number> } {
  const key = new Key(0);
  return { ring: new KeyRing([key]), key };
}

describe("keys", () => {
  test("are used in turn, whichever model is called", () => {
    const { ring } = keysOf(3);
    expect(["a", "b", "a", "a"].map((model) => ring.next(model, at(T))?.credential)).toEqual([0, 1, 2, 0]);
  });

  test("rest on the model that was limited, not on others", () => {
    const { ring, key } = one();
    key.limited("a", T);
    const asked = [ring.next("a", at(T + KEY_REST - 1)), ring.next("b", at(T)), ring.next("a", at(T + KEY_REST))];
    expect(asked).toEqual([undefined, key, key]);
  });

  test("rest as long as the provider asks; a later word only makes it longer", () => {
    const { ring, key } = one();
    key.limited("a", T, 60_000);
    key.limited("a", T + 1, 0);
    expect(ring.resting("a", at(T + 1))).toEqual({ failure: "rate_limited", retryAfter: 59_999 });
  });

  test("that rest say when the first is back", () => {
    const { ring, keys } = keysOf(2);
    keys[0]?.limited("a", T, 60_000);
    expect(ring.resting("a", at(T))).toBeUndefined();
    keys[1]?.limited("a", T, 5_000);
    expect(ring.resting("a", at(T))).toEqual({ failure: "rate_limited", retryAfter: 5_000 });
  });

  test("are spare where another one than those that rest can be used", () => {
    const { ring, keys } = keysOf(2);
    expect([ring.hasSpare("a", at(T)), one().ring.hasSpare("a", at(T))]).toEqual([true, false]);
    keys[0]?.limited("a", T);
    expect(ring.hasSpare("a", at(T))).toBe(true);
    keys[1]?.limited("a", T);
    expect([ring.hasSpare("a", at(T)), ring.hasSpare("b", at(T))]).toEqual([false, true]);
  });

  test("that were refused stay away, and are not waited for", () => {
    const { ring, keys } = keysOf(2);
    keys[0]?.refused();
    keys[1]?.limited("a", T);
    expect(ring.resting("a", at(T))).toEqual({ failure: "rate_limited", retryAfter: KEY_REST });
    keys[1]?.refused();
    expect(ring.resting("b", at(T + 1e12))).toEqual({ failure: "unauthorized" });
  });

  test("that can be used are told in their turn, and the turn goes on", () => {
    const { ring, keys } = keysOf(4);
    const inTurn = (): number[] => ring.inTurn("a", at(T)).map(({ credential }) => credential);
    keys[1]?.limited("a", T);
    expect([inTurn(), inTurn(), inTurn(), inTurn()]).toEqual([
      [0, 2, 3],
      [2, 3, 0],
      [3, 0, 2],
      [0, 2, 3],
    ]);
    for (const key of keys) key.refused();
    expect(inTurn()).toEqual([]);
  });

  test("that a call was counted for are used, also when they have gone or rest meanwhile", () => {
    const { ring, key } = one();
    key.limited("a", T);
    ring.replace([new Key(1)]);
    expect([ring.take(key, "a", at(T)), ring.take(undefined, "a", at(T))?.credential]).toEqual([key, 1]);
  });

  test("are known by a hash that is theirs wherever they stand, and that is none where there is no key", () => {
    expect(new Key("", "sk-secret").id).toBe(new Key("other", "sk-secret").id);
    expect(new Key("", "sk-secret").id).toMatch(/^[0-9a-f]{16}$/);
    expect([new Key("").id, new Key("", "sk-other").id === new Key("", "sk-secret").id]).toEqual(["", false]);
  });

  test("give way to others, fewer or more", () => {
    const { ring, keys } = keysOf(3);
    for (let call = 0; call < 2; call++) ring.next("a", at(T));
    keys[2]?.refused();
    ring.replace([new Key(7)]);
    expect([ring.next("a", at(T)), ring.next("a", at(T))].map((key) => key?.credential)).toEqual([7, 7]);
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
      const { ring, keys: held } = keysOf(keys);
      const chronicle = new Chronicle();
      let now = T;
      for (const each of steps) {
        switch (each.do) {
          case "next":
            expect(ring.next(each.model, at(now))?.credential ?? -1).toBe(chronicle.next(keys, each.model, now));
            break;
          case "limited":
            held[each.key % keys]?.limited(each.model, now, each.wait);
            chronicle.rest(each.key % keys, each.model, now + Math.max(1_000, each.wait));
            break;
          case "refused":
            held[each.key % keys]?.refused(each.model ?? undefined);
            chronicle.rest(each.key % keys, each.model ?? undefined, Number.POSITIVE_INFINITY);
            break;
          case "pass":
            now += each.time;
        }
        for (const asked of ["a", "b"]) {
          const soonest = chronicle.soonest(keys, asked);
          expect(ring.resting(asked, at(now))).toEqual(
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
