/** What plans do with the word of a ledger: at once, later, or too late. */
import { describe, expect, test } from "vitest";
import type { Ledger, Refusal, Spent } from "../../../runtime/plan/index.ts";
import { chatCompletion } from "../../support/fake-provider.ts";
import { answer, breaks, failing, type Script, silence, stream } from "../../support/scripted-transport.ts";
import { after } from "../../support/virtual-promise.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import {
  begin,
  COST,
  call,
  carryOut,
  cascade,
  chain,
  hedge,
  judged,
  linked,
  OVER_BUDGET,
  type Policy,
  type Run,
  type Setting,
} from "./harness.ts";

const NOTHING: Spent = { cost: 0, input: 0, output: 0 };

interface Slow {
  /** What was settled, by model. */
  readonly settled: [string, Spent][];
  readonly asked: string[];
  run(setting: Omit<Setting, "scripts"> & { readonly scripts?: Setting["scripts"] }): Run;
}

/** A ledger that takes 100 ms for each answer. */
function slow(refused: Readonly<Record<string, Refusal>> = {}, takes = 100): Slow {
  const clock = virtualClock();
  const settled: [string, Spent][] = [];
  const asked: string[] = [];
  const ledger: Ledger = {
    reserve({ model: { name } }) {
      asked.push(name);
      const reservation = { settle: (spent: Spent) => void settled.push([name, spent]) };
      return after(clock, takes, refused[name] ?? reservation);
    },
  };
  return { settled, asked, run: (setting) => begin({ scripts: () => answer(), ...setting, ledger, clock }) };
}

describe("keys that are counted", () => {
  const PER_KEY = { allow: [{ count: 1, unit: "requests", window: "hour", per: "key" } as const] };
  const used = ({ transport }: Run): readonly (string | undefined)[] => transport.calls.map(({ key }) => key);

  /** A ledger that grants the last of the keys that it is told of. */
  function last(asked: (readonly string[] | undefined)[]): Ledger {
    return {
      reserve(_call, _worst, _request, _most, keys) {
        asked.push(keys?.map(({ id }) => id));
        return { key: keys?.at(-1), settle: () => {} };
      },
    };
  }

  test("are told to the ledger, and the call leaves with the one that it grants", () => {
    const asked: (readonly string[] | undefined)[] = [];
    const run = carryOut({
      ...{ run: call("a"), provider: PER_KEY, keys: ["one", "two"], ledger: last(asked) },
      scripts: () => answer(),
    });
    expect([asked, used(run)]).toEqual([[["one", "two"]], ["two"]]);
  });

  test("are not asked for where nothing is counted by them", () => {
    const asked: (readonly string[] | undefined)[] = [];
    const run = carryOut({
      ...{ run: chain(call("a"), call("b")), models: { b: PER_KEY }, keys: ["one"], ledger: last(asked) },
      scripts: { a: failing(500), b: answer() },
    });
    expect([asked, used(run)]).toEqual([
      [undefined, ["one"]],
      [undefined, "one"],
    ]);
  });
});

describe("a ledger that takes its time", () => {
  test("is waited for before the call leaves", () => {
    const { run, settled } = slow();
    const asked = run({ run: call("a") });
    asked.clock.advance(99);
    expect([asked.tried(), asked.told]).toEqual([[], []]);
    asked.clock.run();
    expect(asked.told).toEqual([`whole 200 by a at attempt 1 for ${COST}`]);
    expect(settled).toEqual([["a", { cost: COST, input: 9, output: 4 }]]);
  });

  test("that refuses is no attempt, and the plan goes on", () => {
    const { run } = slow({ a: OVER_BUDGET });
    const asked = run({ run: chain(call("a"), call("b")) });
    asked.clock.run();
    expect(asked.told).toEqual([`whole 200 by b at attempt 1 for ${COST}`]);
  });

  test.each<[string, (run: Run) => void, readonly string[]]>([
    ["the client went", ({ execution }) => execution.cancel(), []],
    ["the deadline passed", ({ clock }) => clock.advance(60), ["exhausted after 0: a timeout"]],
  ])("and grants what nobody needs as %s, is given it back", (_why, meanwhile, told) => {
    const { run, settled } = slow();
    const asked = run({ run: call("a"), deadline: 50 });
    meanwhile(asked);
    expect(asked.told).toEqual(told);
    asked.clock.run();
    expect([asked.tried(), settled, asked.told]).toEqual([[], [["a", NOTHING]], told]);
    expect(asked.clock.pending()).toBe(0);
  });

  test("is given back what it grants to the side of a hedge that has lost", () => {
    const { run, settled, asked } = slow({}, 100);
    const race = run({ run: hedge(call("a"), [150, call("b")]), scripts: { a: [...waited(60), ...answer()] } });
    race.clock.run();
    expect([race.tried(), asked]).toEqual([["a"], ["a", "b"]]);
    expect(settled.at(-1)).toEqual(["b", NOTHING]);
  });

  test("is asked anew for each try", () => {
    const { run, asked, settled } = slow();
    const policy = { run: call("a", { retries: 1, retry_on: ["server_error"] }) } as const;
    const tried = run({ ...policy, scripts: [failing(500), answer()] });
    tried.clock.run();
    expect([tried.tried(), asked]).toEqual([
      ["a", "a"],
      ["a", "a"],
    ]);
    expect(settled[0]).toEqual(["a", NOTHING]);
  });

  test("lets one call alone find out whether a model that rested is well, and is given back the others'", () => {
    const policy: Policy = { run: call("a"), provider: { breaker: { failures: 1, window: 1_000, rest: 1_000 } } };
    const plan = linked(policy);
    const { run, settled } = slow();
    const ask = (script: Script): Run => run({ ...policy, linked: plan, scripts: [script] });
    const first = ask(failing(503));
    first.clock.advance(1_200);
    const both = [ask(answer()), ask(answer())];
    first.clock.run();
    expect(both.map(({ told }) => told[0])).toEqual([
      `whole 200 by a at attempt 1 for ${COST}`,
      "exhausted after 0: a overloaded",
    ]);
    expect(settled.map(([, { cost }]) => cost)).toEqual([0, 0, COST]);
  });
});

function waited(milliseconds: number): Script {
  return [{ after: milliseconds, tell: () => {} }];
}

test("a refusal says when to come back, as a provider does", () => {
  const ledger: Ledger = {
    reserve: () => ({ failure: "rate_limited", detail: "`rate` allows 60 requests per hour", retryAfter: 1_500 }),
  };
  const { failures, told } = carryOut({ run: call("a"), ledger, scripts: [] });
  expect(told).toEqual(["exhausted after 0: a rate_limited"]);
  expect(failures).toMatchObject([{ detail: "`rate` allows 60 requests per hour", retryAfter: 1_500 }]);
});

test("judges are asked for on behalf of whoever asked", () => {
  const keys: unknown[] = [];
  const ledger: Ledger = {
    reserve({ model }, _worst, request) {
      keys.push([model.name, request.attribute?.(0)]);
      return { settle() {} };
    },
  };
  carryOut({
    run: cascade([call("a"), judged("c", 0.5)], [call("b")]),
    request: { attribute: () => "acme" },
    ledger,
    scripts: () => answer(chatCompletion("0.9")),
  });
  expect(keys).toEqual([
    ["a", "acme"],
    ["c", "acme"],
  ]);
});

describe("what an execution came to", () => {
  /** `MODEL` can be billed for 400 tokens of prompt and 1,000 of answer. */
  const BOUND = { input: 400, output: 1_000 };
  const WORST = 400 * 2_000 + 1_000 * 10_000;

  test.each<[string, Script, object, number]>([
    ["as reported", answer(), { input: 9, output: 4 }, COST],
    ["nothing where nothing left", breaks(false), { input: 0, output: 0 }, 0],
    ["nothing where the provider refused", failing(429), { input: 0, output: 0 }, 0],
    ["at most where nobody knows", breaks(), BOUND, WORST],
  ])("is counted %s", (_how, script, tokens, cost) => {
    const { execution } = carryOut({ run: call("a"), scripts: [script] });
    expect([execution.tokens, execution.cost]).toEqual([tokens, cost]);
  });

  test("is that of all its calls, those that were cancelled in full", () => {
    const { execution } = carryOut({ run: hedge(call("a"), [1, call("b")]), scripts: { a: silence, b: answer() } });
    expect([execution.tokens, execution.cost]).toEqual([{ input: 409, output: 1_004 }, WORST + COST]);
  });

  test("of a stream is what its last event says", () => {
    const { execution } = carryOut({ run: call("a"), stream: true, scripts: [stream()] });
    expect(execution.tokens).toEqual({ input: 9, output: 4 });
  });
});

test("adaptive asks first those whose contract is behind, and else goes by its figures", () => {
  const { failures } = carryOut({
    run: { kind: "adaptive", models: ["a", "b", "c"], weights: { cost: 1 } },
    ledger: { reserve: () => OVER_BUDGET, behind: ({ name }) => name === "c" },
    scripts: [],
  });
  expect(failures.map(({ model }) => model)).toEqual(["c", "a", "b"]);
});

describe("least_busy", () => {
  const least = (used: Readonly<Record<string, number>>): readonly string[] =>
    carryOut({
      run: { kind: "select", order: "least_busy", models: ["a", "b", "c"] },
      ledger: { reserve: () => OVER_BUDGET, used: ({ name }) => used[name] ?? 0 },
      scripts: [],
    }).failures.map(({ model }) => model);

  test("goes by the share of their limits, then as written", () => {
    expect(least({ a: 0.5, b: 0.1, c: 0.1 })).toEqual(["b", "c", "a"]);
    expect(least({})).toEqual(["a", "b", "c"]);
  });
});
