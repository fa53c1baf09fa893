/** What a provider allows for each of its keys: a call takes the first that has room, and only where none has it fails. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Refusal, Reservation } from "../../../runtime/plan/index.ts";
import type { Allowance, Model } from "../../../runtime/table/index.ts";
import { naiveStore } from "../../support/naive-store.ts";
import { call, tableOf } from "../plan/harness.ts";
import { allow, type Books, booksOf, budget, HOUR, MINUTE, NOON, now, requestOf } from "./harness.ts";

/** `60 requests per minute per key` */
function each(...[count, unit, window]: Parameters<typeof allow>): Allowance {
  return { ...allow(count, unit, window), per: "key" };
}

interface Allowed {
  readonly provider?: Allowance[];
  readonly a?: Allowance[];
}

function booksFor({ provider, a }: Allowed, setting: Parameters<typeof booksOf>[1] = {}): Books {
  const { providers, models } = tableOf({
    run: call("a"),
    ...(provider && { provider: { allow: provider } }),
    ...(a && { models: { a: { allow: a } } }),
  });
  return booksOf([], { ...setting, table: { providers, models, ...setting.table } });
}

const AB = ["a", "b"];

/** The key that a call leaves with, or why it does not. */
function asked(books: Books, keys: readonly string[] = AB, more: { model?: string } = {}): string {
  const got = books.reserve(0, undefined, { keys, ...more });
  return "failure" in got ? got.failure : (got.key?.id ?? "none");
}

const times = <T>(count: number, what: () => T): T[] => Array.from({ length: count }, what);

describe("a limit per key", () => {
  test("lets a call leave with the first key that has room, and fails only where none has", () => {
    const books = booksFor({ provider: [each(2, "requests", "hour")] });
    expect(times(5, () => asked(books))).toEqual(["a", "a", "b", "b", "rate_limited"]);
    expect(books.reserve(0, undefined, { keys: AB })).toEqual({
      failure: "rate_limited",
      detail: "`somebody` allows 2 requests per hour per key",
      retryAfter: HOUR,
    });
    books.time += HOUR;
    expect(asked(books)).toBe("a");
  });

  test("stays with a key wherever it stands, and begins anew with a new one", () => {
    const books = booksFor({ provider: [each(1, "requests", "hour")] });
    expect([asked(books, ["a", "b"]), asked(books, ["b", "a"])]).toEqual(["a", "b"]);
    expect([asked(books, ["b", "a"]), asked(books, ["a", "c"]), asked(books, ["c"])]).toEqual([
      "rate_limited",
      "c",
      "rate_limited",
    ]);
  });

  test("says when the first key has room again", () => {
    const books = booksFor({ provider: [each(1, "requests", HOUR)] });
    asked(books);
    books.time += 10 * MINUTE;
    asked(books);
    expect(books.reserve(0, undefined, { keys: ["b", "a"] })).toMatchObject({ retryAfter: 50 * MINUTE });
  });

  test("in tokens holds the worst case, and gives back what was not used", () => {
    const books = booksFor({ provider: [each(150, "tokens", "hour")] });
    const first = books.reserve(0, undefined, { keys: ["a"] });
    expect(asked(books, ["a"])).toBe("rate_limited");
    if ("settle" in first) first.settle({ cost: 0, input: 0, output: 0 });
    expect(asked(books, ["a"])).toBe("a");
  });

  test("counts beside what the provider allows in all, and what a model does", () => {
    const books = booksFor({
      provider: [each(2, "requests", "hour"), allow(3, "requests", "hour")],
      a: [each(1, "requests", "hour")],
    });
    const b = { model: "b" };
    expect([asked(books), asked(books), asked(books)]).toEqual(["a", "b", "rate_limited"]);
    expect([asked(books, AB, b), asked(books, AB, b)]).toEqual(["a", "rate_limited"]);
    expect(books.reserve(0, undefined, { keys: AB, ...b })).toMatchObject({
      detail: "`somebody` allows 3 requests per hour",
    });
  });

  test("has one key for all calls where nobody says which there are", () => {
    const books = booksFor({ provider: [each(1, "requests", "hour")] });
    expect([asked(books, []), asked(books, [])]).toEqual(["", "rate_limited"]);
  });

  test("is used by as much as all keys are together", () => {
    const books = booksFor({ provider: [each(2, "requests", "hour")] });
    const used = (): number => books.ledger.used({ name: "a", provider: "somebody" } as Model);
    expect(used()).toBe(0);
    asked(books);
    expect(used()).toBe(1 / 4);
    times(3, () => asked(books));
    expect(used()).toBe(1);
  });

  test("is asked of no other key where a budget has no room", () => {
    const store = naiveStore();
    const reserve = vi.fn(store.reserve);
    const { providers } = tableOf({ run: call("a"), provider: { allow: [each(1, "requests", "hour")] } });
    const books = booksOf([budget(5)], { store: { ...store, reserve }, table: { providers } });
    expect(books.reserve(6, undefined, { keys: AB })).toMatchObject({ failure: "over_budget" });
    expect(reserve).toHaveBeenCalledTimes(1);
  });

  test("is the same in a store that takes its time, and fails where that is away", async () => {
    const store = naiveStore();
    const { ledger } = booksFor(
      { provider: [each(1, "requests", "hour")] },
      { store: { ...store, reserve: async (holds, time) => store.reserve(holds, time) } },
    );
    const { models, providers } = tableOf({ run: call("a") });
    const upstream = { model: models[0] as Model, provider: providers[0] as never, body: Buffer.alloc(0) };
    const ask = (): Promise<Reservation | Refusal> =>
      Promise.resolve(
        ledger.reserve({ ...upstream, stream: false, headers: [] }, 0, requestOf(), undefined, [
          { id: "a" },
          { id: "b" },
        ]),
      );
    expect(await Promise.all(times(3, ask))).toMatchObject([
      { key: { id: "a" } },
      { key: { id: "b" } },
      { failure: "rate_limited" },
    ]);
    const away = { kind: "denied", index: 0, retryAt: undefined, away: true } as const;
    const gone = booksFor({ provider: [each(1, "requests", "hour")] }, { store: { ...store, reserve: () => away } });
    expect(asked(gone)).toBe("rate_limited");
  });
});

/** What happens, to three keys that each allow so many requests in a minute and so many tokens in an hour. */
const acts = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      keys: fc.shuffledSubarray(["a", "b", "c"], { minLength: 1 }),
      tokens: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("settle" as const), index: fc.nat(8), share: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.nat(30_000) }) },
);

test("a call leaves with the first of its keys that all it did leaves room for, however the keys are ordered", () => {
  const [CALLS, TOKENS] = [4, 60];
  fc.assert(
    fc.property(fc.array(acts, { minLength: 20, maxLength: 80 }), (script) => {
      const books = booksFor({ provider: [each(CALLS, "requests", "minute"), each(TOKENS, "output tokens", HOUR)] });
      const all: { readonly key: string; readonly time: number; tokens: number }[] = [];
      const open: { readonly reservation: Reservation; readonly entry: (typeof all)[number] }[] = [];
      const minute = (time: number): number => Math.floor((time - NOON) / MINUTE);
      const hasRoom = (key: string, tokens: number): boolean => {
        const own = all.filter((each) => each.key === key);
        const inHour = own.filter(({ time }) => time > books.time - HOUR).reduce((sum, each) => sum + each.tokens, 0);
        return (
          own.filter(({ time }) => minute(time) === minute(books.time)).length < CALLS && inHour + tokens <= TOKENS
        );
      };
      for (const act of script) {
        if (act.kind === "pass") books.time += act.time;
        else if (act.kind === "settle") {
          const [found] = open.splice(act.index, 1);
          if (found === undefined) continue;
          found.entry.tokens = Math.floor((found.entry.tokens * act.share) / 100);
          found.reservation.settle({ cost: 0, input: 0, output: found.entry.tokens });
        } else {
          const expected = act.keys.find((key) => hasRoom(key, act.tokens));
          const most = { input: 0, output: act.tokens };
          const got = books.reserve(0, undefined, { keys: act.keys, most });
          expect("failure" in got ? undefined : got.key?.id).toBe(expected);
          if ("failure" in got || expected === undefined) continue;
          const entry = { key: expected, time: books.time, tokens: act.tokens };
          all.push(entry);
          open.push({ reservation: now(got), entry });
        }
      }
    }),
    { numRuns: 200 },
  );
});
