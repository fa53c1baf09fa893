/** What meters count, what they refuse, and what rules are told of them. */
import { describe, expect, test } from "vitest";
import type { Store } from "../../../runtime/ledger/index.ts";
import type { UpstreamCall } from "../../../runtime/plan/index.ts";
import type { Attribute, DecisionTable, Model, StateSource } from "../../../runtime/table/index.ts";
import { naiveStore } from "../../support/naive-store.ts";
import { MODEL, tableOf } from "../plan/harness.ts";
import {
  allow,
  type Books,
  booksOf,
  budget,
  type Caller,
  commit,
  DAY,
  DOLLAR,
  FREE,
  HOUR,
  limit,
  MINUTE,
  NOON,
  now,
  requestOf,
} from "./harness.ts";

const PRO = { tier: "pro" };

/** The models of which a call is held. */
function held(books: Books, worst: number): string {
  return ["a", "b", "c"].filter((model) => books.spend(worst, {}, { model }) === "held").join(" ");
}

describe("a budget", () => {
  test("holds the worst case, and has room again for what a call did not cost", () => {
    const books = booksOf([budget(10)]);
    const first = books.reserve(8);
    expect(books.reserve(3)).toMatchObject({ failure: "over_budget" });
    if ("settle" in first) first.settle({ cost: 2, input: 1, output: 1 });
    expect(books.spend(8)).toBe("held");
    expect(books.spend(1)).toBe("over_budget");
    expect(books.spend(0)).toBe("held");
  });

  test("is a count for each combination of its keys, whatever their values are", () => {
    const books = booksOf([budget(10, { per: ["tenant", "tier"] })]);
    const callers = [
      {},
      PRO,
      { tenant: 'acme","pro' },
      { tenant: "" },
      { tenant: "x".repeat(10_000) },
      { tenant: "\ud800" },
    ];
    for (const caller of callers) expect(books.spend(10, caller)).toBe("held");
    for (const caller of callers) expect(books.spend(1, caller)).toBe("over_budget");
  });

  test("of a new policy goes on with what was spent, unless its keys are others", () => {
    const store = naiveStore();
    const spend = (per: string[], caller: Caller): string =>
      booksOf([budget(10, { per })], { store }).spend(10, caller);
    expect(spend(["tenant"], { tenant: "pro" })).toBe("held");
    expect(spend(["tenant"], { tenant: "pro" })).toBe("over_budget");
    expect(spend(["tier"], { tier: "pro" })).toBe("held");
    expect(spend(["tenant", "tier"], { tenant: "free", tier: "pro" })).toBe("held");
    expect(spend(["tier", "tenant"], { tenant: "free", tier: "pro" })).toBe("over_budget");
    expect(spend(["tier", "tenant"], { tenant: "pro", tier: "free" })).toBe("held");
  });

  test("covers the calls that it is `on`, by model or by provider", () => {
    expect(held(booksOf([budget(0, { on: ["b"] })]), 1)).toBe("a c");
    expect(held(booksOf([budget(0, { on: ["somebody"] })]), 1)).toBe("");
    expect(held(booksOf([budget(1, { per: ["model"] })]), 1)).toBe("a b c");
  });

  test("covers the requests that it is `for`", () => {
    const books = booksOf([budget(10, { for: FREE })]);
    expect([books.spend(11), books.spend(11, PRO)]).toEqual(["over_budget", "held"]);
  });

  test("counts what a signal asks that is no model, which no limit does", () => {
    const books = booksOf([budget(10), limit([allow(1, "requests", "hour")], { per: ["model"] })]);
    const model = { ...MODEL, name: "moderation", provider: "moderation" };
    const provider = { name: "moderation", protocol: "openai" as const, url: "https://moderation.example" };
    const upstream = { model, provider, body: Buffer.alloc(0), stream: false, headers: [] };
    const reserve = (): object => books.ledger.reserve(upstream, 4, requestOf(), { input: 0, output: 0 });
    expect([reserve(), reserve(), reserve()].map((got) => "settle" in got)).toEqual([true, true, false]);
  });

  test("begins anew with its window, and a long call counts in the one in which it was reserved", () => {
    const books = booksOf([budget(10)]);
    const long = books.reserve(10);
    books.time += DAY;
    expect(books.spend(9)).toBe("held");
    if ("settle" in long) long.settle({ cost: 4, input: 1, output: 1 });
    expect(books.spend(1)).toBe("held");
    books.time -= DAY;
    expect([books.spend(7), books.spend(6)]).toEqual(["over_budget", "held"]);
  });

  test("says when there is room again", () => {
    expect(booksOf([budget(10)]).reserve(11)).not.toHaveProperty("retryAfter");
    const daily = booksOf([budget(10)]);
    daily.spend(10);
    expect(daily.reserve(1)).toEqual({
      failure: "over_budget",
      detail: "budget `spending` of $1e-8 per day has no room for the call",
      retryAfter: 12 * HOUR,
    });
    const sliding = booksOf([budget(10, { window: HOUR })]);
    sliding.spend(10);
    sliding.time += 20 * MINUTE;
    expect(sliding.reserve(1)).toMatchObject({ retryAfter: 40 * MINUTE });
  });

  test("with another one holds both or none", () => {
    const books = booksOf([budget(10), budget(5, { name: "hourly", window: "hour" })]);
    expect(books.spend(6)).toBe("over_budget");
    expect([books.spend(5), books.spend(1)]).toEqual(["held", "over_budget"]);
    books.time += HOUR;
    expect(books.spend(5)).toBe("held");
  });

  test("counts what a provider reports beyond the bound, and says so", () => {
    const books = booksOf([budget(10)]);
    const call = books.reserve(5);
    if ("settle" in call) call.settle({ cost: 20, input: 101, output: 50 });
    expect(books.excesses).toEqual([
      { model: "a", bound: { cost: 5, input: 100, output: 50 }, reported: { cost: 20, input: 101, output: 50 } },
    ]);
    expect(books.spend(1)).toBe("over_budget");
  });
});

describe("an alert", () => {
  const ALERTING = budget(100, { alerts: [50, 80] });
  const told = (books: Books): readonly number[] => books.alerts.map(({ share }) => share);

  test("is told once in a window, for each key by itself, with what it is about", () => {
    const books = booksOf([ALERTING]);
    for (const cost of [49, 1, 10]) books.spend(cost);
    expect(books.alerts).toEqual([
      {
        meter: "spending",
        keys: { tenant: "acme" },
        share: 50,
        window: { kind: "calendar", from: NOON - 12 * HOUR, until: NOON + 12 * HOUR },
        spent: 50,
        limit: 100,
      },
    ]);
    books.spend(80, { tenant: "other" });
    expect(told(books)).toEqual([50, 50, 80]);
    books.time += DAY;
    books.spend(100);
    expect(told(books)).toEqual([50, 50, 80, 50, 80]);
  });

  test("is not told of what was only set aside", () => {
    const books = booksOf([ALERTING]);
    const call = books.reserve(90);
    if ("settle" in call) call.settle({ cost: 10, input: 1, output: 1 });
    expect(told(books)).toEqual([]);
  });

  test("is told of what was spent, whatever is under way beside it", () => {
    const books = booksOf([ALERTING]);
    const others = books.reserve(80);
    books.spend(10);
    expect(told(books)).toEqual([]);
    if ("settle" in others) others.settle({ cost: 45, input: 1, output: 1 });
    expect(books.alerts).toMatchObject([{ share: 50, spent: 55 }]);
  });

  test("counts as spent what a process left behind that was killed", () => {
    const books = booksOf([ALERTING]);
    books.reserve(70);
    books.store.crash();
    books.spend(1);
    expect(books.alerts).toMatchObject([{ share: 50, spent: 71 }]);
    const full = booksOf([ALERTING]);
    full.reserve(95);
    expect([full.spend(10), told(full)]).toEqual(["over_budget", []]);
    full.store.crash();
    expect([full.spend(10), told(full)]).toEqual(["over_budget", [50, 80]]);
  });

  test("is told again of a limit that was raised", () => {
    const store = naiveStore();
    const before = booksOf([ALERTING], { store });
    before.spend(60);
    const after = booksOf([{ ...ALERTING, limit: 200 }], { store });
    for (const cost of [30, 20]) after.spend(cost);
    expect([told(before), after.alerts]).toMatchObject([[50], [{ share: 50, spent: 110, limit: 200 }]]);
  });

  test("is told once by all who share a store, and again when a sliding window has passed", () => {
    const store = naiveStore();
    const [one, two] = [booksOf([ALERTING], { store }), booksOf([ALERTING], { store })];
    one.spend(60);
    two.spend(10);
    expect([told(one), told(two)]).toEqual([[50], []]);

    const sliding = booksOf([budget(100, { alerts: [50], window: HOUR })]);
    sliding.spend(60);
    sliding.time += HOUR + 1;
    sliding.spend(60);
    expect(told(sliding)).toEqual([50, 50]);
  });
});

describe("a limit on calls", () => {
  const ON = { on: ["somebody"], per: [] };

  test("lets so many leave, and says how long to wait", () => {
    const books = booksOf([limit([allow(2, "requests", "hour")], ON)]);
    expect([books.spend(0), books.spend(0)]).toEqual(["held", "held"]);
    expect(books.reserve(0)).toEqual({
      failure: "rate_limited",
      detail: "`rate` allows 2 requests per hour",
      retryAfter: HOUR,
    });
  });

  test.each([
    ["tokens", 150],
    ["input tokens", 100],
    ["output tokens", 50],
  ] as const)("in %s holds the bound of %i, and counts what was used", (unit, bound) => {
    const books = booksOf([limit([allow(bound, unit, "hour")], ON)]);
    const call = books.reserve(1);
    expect(books.reserve(1)).toMatchObject({ failure: "rate_limited" });
    if ("settle" in call) call.settle({ cost: 1, input: 0, output: 0 });
    const unknown = books.reserve(1);
    if ("settle" in unknown) unknown.settle({ cost: 1, input: undefined, output: undefined });
    expect(books.reserve(1)).toMatchObject({ failure: "rate_limited" });
  });

  test("`per model` counts calls though it says no `on`", () => {
    const books = booksOf([limit([allow(1, "requests", "hour")], { per: ["model"] })]);
    expect(now(books.admit())).toHaveProperty("finish");
    expect([held(books, 0), held(books, 0)]).toEqual(["a b c", ""]);
  });

  test("of a provider counts all its models together, and that of a model its own beside", () => {
    const { providers, models } = tableOf({
      run: { kind: "call", model: "a" },
      provider: { allow: [allow(3, "requests", "hour")] },
      models: { a: { allow: [allow(1, "requests", "hour")] } },
    });
    const books = booksOf([], { table: { providers, models } });
    expect(held(books, 0)).toBe("a b c");
    expect(held(books, 0)).toBe("");
    books.time += HOUR;
    expect([books.spend(0), books.spend(0)]).toEqual(["held", "rate_limited"]);
    const [a, b] = models;
    expect([a && books.ledger.used(a), b && books.ledger.used(b)]).toEqual([1, 1 / 3]);
    books.time += HOUR;
    expect(a && books.ledger.used(a)).toBe(0);
  });
});

describe("a caller's limit", () => {
  test("counts a request once, whatever it calls", () => {
    const books = booksOf([limit([allow(2, "requests", "hour")])]);
    now(books.admit());
    expect([held(books, 0), held(books, 0)]).toEqual(["a b c", "a b c"]);
    expect(now(books.admit())).toHaveProperty("finish");
    expect(now(books.admit())).toMatchObject({ failure: "rate_limited", retryAfter: HOUR });
    expect(now(books.admit(1, { tenant: "other" }))).toHaveProperty("finish");
  });

  test("takes `prompt_tokens` when it starts and what was used when it ends", () => {
    const books = booksOf([limit([allow(1_000, "tokens", "day")])]);
    const first = now(books.admit(900));
    expect(now(books.admit(200))).toMatchObject({ failure: "rate_limited" });
    if ("finish" in first) first.finish({ input: 300, output: 500 });
    expect(now(books.admit(201))).toMatchObject({ failure: "rate_limited" });
    expect(now(books.admit(200))).toHaveProperty("finish");
  });

  test("in output tokens lets nobody in when it is used up", () => {
    const books = booksOf([limit([allow(10, "output tokens", "day")])]);
    const first = now(books.admit());
    if ("finish" in first) first.finish({ input: 0, output: 40 });
    expect(now(books.admit())).toMatchObject({ failure: "rate_limited" });
  });

  test("takes a request of unknown size for no more than a model can take", () => {
    const books = booksOf([limit([allow(8_000, "input tokens", "day")])]);
    expect(now(books.admit(Number.MAX_SAFE_INTEGER))).toHaveProperty("finish");
  });

  test("has all its windows at once, and only for those it is `for`", () => {
    const books = booksOf([limit([allow(2, "requests", "hour"), allow(3, "requests", "day")], { for: FREE })]);
    const admitted = (caller = {}): boolean => "finish" in now(books.admit(1, caller));
    expect([admitted(), admitted(), admitted()]).toEqual([true, true, false]);
    books.time += HOUR;
    expect([admitted(), admitted()]).toEqual([true, false]);
    expect(admitted(PRO)).toBe(true);
  });
});

/** `tenant_month.used` and the like. */
function state(of: string, read: StateSource["read"]): Attribute {
  return { name: `${of}.${read}`, type: { kind: "percent" }, source: { from: "state", of, read } };
}

describe("state", () => {
  test("of a budget is what its own caller spent, reservations with it", () => {
    const books = booksOf([budget(10 * DOLLAR, { for: FREE })], { state: [state("spending", "spent")] });
    books.spend(3 * DOLLAR);
    books.reserve(2 * DOLLAR);
    expect([books.state(), books.state({ tenant: "other" }), books.state(PRO)]).toEqual([[5 * DOLLAR], [0], [0]]);
  });

  test("of a limit is the highest share of its windows, in percent", () => {
    const books = booksOf([limit([allow(4, "requests", "hour"), allow(1_000, "tokens", "day")])], {
      state: [state("rate", "used")],
    });
    now(books.admit(900));
    expect(books.state()).toEqual([90]);
    books.time += HOUR;
    const second = now(books.admit(0));
    if ("finish" in second) second.finish({ input: 2_000, output: 0 });
    expect(books.state()).toEqual([100]);
  });

  test("of a meter by model is that of the one of which most is used", () => {
    const books = booksOf([budget(10, { per: ["model"] })], { state: [state("spending", "spent")] });
    books.spend(3);
    books.spend(7, {}, { model: "b" });
    expect(books.state()).toEqual([7]);
  });

  test("of a commit is told by the time that has passed, and only by what was spent", () => {
    const books = booksOf([commit(100)], { state: [state("contract", "behind"), state("contract", "pace")] });
    expect(books.state()).toEqual([true, 0]);
    books.reserve(80);
    expect(books.state()).toEqual([true, 0]);
    books.spend(50);
    expect(books.state()).toEqual([false, 100]);
    books.time = NOON + 12 * HOUR;
    expect(books.state()).toEqual([false, 100]);
  });

  test("of a commit is known to plans as calls of its models tell it", () => {
    const books = booksOf([commit(100, { on: ["a"] })]);
    const [a, b] = tableOf({ run: { kind: "call", model: "a" } }).models as [Model, Model];
    const behind = (): boolean[] => [a, b].map((model) => books.ledger.behind(model, requestOf()));
    expect(behind()).toEqual([true, false]);
    books.spend(50);
    expect(behind()).toEqual([false, false]);
    books.time += 6 * HOUR;
    expect(behind()).toEqual([true, false]);
  });

  test("of a provider is what plans know of it", () => {
    const setting = { state: [state("somebody", "health")], health: () => "degraded" as const };
    expect(booksOf([], setting).state()).toEqual(["degraded"]);
    expect(booksOf([], { state: setting.state }).state()).toEqual(["up"]);
  });
});

describe("a store that cannot be asked", () => {
  const AWAY: Store = {
    reserve: async () => ({ kind: "denied", index: 0, retryAt: undefined, away: true }),
    read: () => Promise.reject(new Error("away")),
    first: () => Promise.reject(new Error("away")),
    close: async () => {},
  };

  test("refuses what a budget covers, and takes it for used up", async () => {
    const values = ["acme", "free", undefined];
    const { ledger } = booksOf([budget(10)], { store: AWAY, state: [state("spending", "spent")] });
    await ledger.state(values, [2]);
    expect(values[2]).toBe(10);
    const [model, provider] = [tableOf({ run: { kind: "call", model: "a" } })].flatMap(({ models, providers }) => [
      models[0],
      providers[0],
    ]);
    const upstream = { model, provider, body: Buffer.alloc(0), stream: false, headers: [] } as unknown as UpstreamCall;
    expect(await ledger.reserve(upstream, 1, requestOf())).toMatchObject({ failure: "over_budget" });
    const { ledger: broken } = booksOf([limit([allow(1, "requests", "day")])], {
      store: { ...AWAY, reserve: () => Promise.reject(new Error("gone")) },
    });
    const refusal = { failure: "rate_limited", detail: "the ledger's store cannot be asked" };
    expect(await broken.admit(requestOf())).toEqual(refusal);
  });

  test.each([
    ["says that it is away", AWAY],
    ["rejects", { ...AWAY, reserve: () => Promise.reject(new Error("gone")) }],
    [
      "knows at once that it is",
      { ...AWAY, reserve: () => ({ kind: "denied", index: 0, retryAt: undefined, away: true }) },
    ],
  ] satisfies [string, Store][])("and %s grants what holds nothing, and does not count it", async (_how, store) => {
    const grants = async (cost: number, ...meters: DecisionTable["meters"]): Promise<boolean> => {
      const { ledger } = booksOf(meters, { store });
      const [model] = tableOf({ run: { kind: "call", model: "a" } }).models;
      const got = await ledger.reserve({ model } as UpstreamCall, cost, requestOf());
      if ("settle" in got) got.settle({ cost: 5, input: 1, output: 1 });
      // What was not counted is not known either.
      expect(ledger.behind(model as Model, requestOf())).toBe(meters.some(({ kind }) => kind === "commit"));
      return "settle" in got;
    };
    expect(await grants(0, budget(10))).toBe(true);
    expect(await grants(7, commit(100))).toBe(true);
    expect(await grants(0, budget(10), commit(100))).toBe(true);
    expect(await grants(1, budget(10), commit(100))).toBe(false);
    expect(await grants(0, budget(10), limit([allow(9, "requests", "day")], { on: ["a"] }))).toBe(false);
  });

  test("has an alert told, rather twice than never", async () => {
    const store: Store = { ...naiveStore(), first: AWAY.first };
    const books = booksOf([budget(10, { alerts: [50] })], { store });
    books.spend(9);
    await expect.poll(() => books.alerts.length).toBe(1);
  });
});

test("a policy without meters is asked for nothing", () => {
  const store = new Proxy({} as Store, {
    get: () => {
      throw new Error("the store was asked");
    },
  });
  const books = booksOf([], { store });
  expect(books.spend(1)).toBe("held");
  expect(now(books.admit())).toHaveProperty("finish");
  expect(books.state()).toEqual([]);
});

test("a counter is the same object while its window lasts, however many callers there are", () => {
  const seen: object[] = [];
  const naive = naiveStore();
  const store: Store = {
    ...naive,
    reserve(holds, time) {
      seen.push(...holds.map(({ counter }) => counter));
      return naive.reserve(holds, time);
    },
  };
  const books = booksOf([budget(10, { per: ["tenant", "tier"] })], { store });
  for (const tenant of ["a", "b", "a", "b"]) books.spend(0, { tenant });
  expect(new Set(seen).size).toBe(2);
  books.time += DAY;
  books.spend(0, { tenant: "a" });
  expect(new Set(seen).size).toBe(3);
});
