/** What users of other gateways ran into with budgets and limits, each by the thread that reports it. */
import { expect, test } from "vitest";
import { naiveStore } from "../../support/naive-store.ts";
import { answer, breaks } from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { begin, call, chain, hedge, MODEL, type Policy } from "../plan/harness.ts";
import { allow, type Books, booksOf, budget, limit, now } from "./harness.ts";

/** What a call of `MODEL` can cost with a prompt of 100 tokens: 400 at $2 and 1,000 at $10 per million. */
const WORST = 400 * 2_000 + 1_000 * 10_000;
const FREE_MODEL = { a: { price: { input: 0, output: 0 } } };

/** How many of so many that come at once are held. */
function heldAtOnce(count: number, reserve: (index: number) => object): number {
  return Array.from({ length: count }, (_, index) => reserve(index)).filter((got) => "settle" in got).length;
}

/** Carries a policy out under a budget of one tenant's, and says which models were called. */
function tried(policy: Policy, room: number, scripts = { a: breaks(), b: answer() }): readonly string[] {
  const { ledger } = booksOf([budget(room)]);
  const run = begin({ ...policy, scripts, ledger, request: { attribute: () => "acme" }, clock: virtualClock() });
  run.clock.run();
  return run.tried();
}

test("BerriAI/litellm#34732: 500 that come at once share a budget that fits 50, and 50 are held", () => {
  const books = booksOf([budget(50 * WORST)]);
  expect(heldAtOnce(500, () => books.reserve(WORST))).toBe(50);
});

test("BerriAI/litellm#40095: the first requests of a caller that nobody has seen are counted from the first on", () => {
  const books = booksOf([budget(10)]);
  expect(heldAtOnce(20, () => books.reserve(1, { tenant: "never seen" }))).toBe(10);
});

test("BerriAI/litellm#26672, #23714, #11083: a budget by any attributes holds, by each of them alone and together", () => {
  for (const per of [[], ["tenant"], ["tier"], ["tenant", "tier"], ["model"]]) {
    const books = booksOf([budget(10, { per })]);
    expect(heldAtOnce(20, () => books.reserve(1))).toBe(10);
  }
});

test("BerriAI/litellm#41344: a free model falls back to a paid one only where the budget has room", () => {
  const policy = { run: chain(call("a"), call("b")), models: FREE_MODEL };
  expect(tried(policy, WORST)).toEqual(["a", "b"]);
  expect(tried(policy, WORST - 1)).toEqual(["a"]);
});

test("BerriAI/litellm#27639, #40050, #35569, #38111: what was settled leaves nothing behind", () => {
  const books = booksOf([budget(100)]);
  for (let count = 0; count < 1_000; count++) {
    const got = books.reserve(100);
    if (!("settle" in got)) throw new Error("a reservation has leaked");
    got.settle({ cost: 0, input: 0, output: 0 });
  }
  expect(books.spend(100)).toBe("held");
});

test("BerriAI/litellm#35525, SocialGouv/iterion#473: usage that nobody reports is paid in full, never as nothing", () => {
  const books = booksOf([budget(2 * WORST)]);
  const { execution, clock } = begin({
    run: call("a"),
    scripts: [breaks()],
    ledger: books.ledger,
    request: { attribute: () => "acme" },
  });
  clock.run();
  expect(execution.cost).toBe(WORST);
  expect(books.reserve(WORST + 1)).toMatchObject({ failure: "over_budget" });
  expect(books.spend(WORST)).toBe("held");
});

/** Two processes that share a store. */
function processes(meters: Parameters<typeof booksOf>[0]): readonly [Books, Books] {
  const store = naiveStore();
  return [booksOf(meters, { store }), booksOf(meters, { store })];
}

test("BerriAI/litellm#27735, maximhq/bifrost#3547: a budget is one, however many processes spend it", () => {
  const both = processes([budget(10)]);
  expect(heldAtOnce(40, (index) => (both[index % 2] as Books).reserve(1))).toBe(10);
});

test("BerriAI/litellm#27736, #40291, #6938: so is a limit in tokens or requests", () => {
  for (const allowance of [allow(10, "requests", "minute"), allow(1_500, "tokens", "minute")]) {
    const both = processes([limit([allowance], { on: ["a"] })]);
    expect(heldAtOnce(40, (index) => (both[index % 2] as Books).reserve(0))).toBe(10);
  }
});

test("maximhq/bifrost#2873: no call leaves that did not pass the ledger, whatever form the plan has", () => {
  const closed = { reserve: () => ({ failure: "over_budget", detail: "closed" }) as const };
  for (const run of [call("a"), chain(call("a"), call("b")), hedge(call("a"))]) {
    const { told, tried: called } = begin({ run, scripts: [], ledger: closed });
    expect([called(), told.length]).toEqual([[], 1]);
  }
});

test("maximhq/bifrost#5770: `.used` is a percentage of its own meter's limit", () => {
  const state = (["spending", "other"] as const).map((of) => ({
    name: of,
    type: { kind: "money" as const },
    source: { from: "state" as const, of, read: "spent" as const },
  }));
  const books = booksOf([budget(15_000), budget(1_000, { name: "other", on: ["b"] })], { state });
  books.spend(400);
  expect(books.state()).toEqual([400, 0]);
});

test("tensorzero/tensorzero#6262: what is set aside is the call's own worst case, and no flat sum", () => {
  const { ledger, reserve } = booksOf([budget(WORST + 1)]);
  const clock = virtualClock();
  begin({ run: call("a"), scripts: [answer()], ledger, request: { attribute: () => "acme" }, clock });
  expect(MODEL.output).toBe(1_000);
  expect([reserve(2), reserve(1)]).toMatchObject([{ failure: "over_budget" }, {}]);
});

test("BerriAI/litellm#6938: a caller's requests are counted when they come, not when they end", () => {
  const books = booksOf([limit([allow(10, "requests", "minute")])]);
  const admitted = Array.from({ length: 50 }, () => now(books.admit())).filter((got) => "finish" in got);
  expect(admitted).toHaveLength(10);
});
