/** What `with` does to the calls of a step. */
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../../runtime/plan/index.ts";
import type { Options } from "../../../runtime/table/index.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  streamEvents,
  streamHead,
  wait,
} from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { begin, COST, call, carryOut, chain, OVER_BUDGET, type Run, type Setting } from "./harness.ts";

const CONTENT = JSON.stringify({ choices: [{ index: 0, delta: { content: "Hi" } }] });

describe("idle", () => {
  test("limits the silence in an answer that has begun", () => {
    const silent: Script = [...streamHead(), ...streamEvents([CONTENT]), ...wait(1e9)];
    const run = begin({ stream: true, run: call("a", { idle: 3_000 }), scripts: [silent] });
    run.clock.advance(2_999);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
    run.clock.advance(1);
    expect(run.told.at(-1)).toBe("broken timeout by a at attempt 1: no further data within 3000 ms");
  });
});

describe("retries", () => {
  const RETRY: Options = { retries: 2, retry_on: ["rate_limited", "unreachable"] };

  /** Milliseconds after the start at which each call was made. */
  function callTimes(setting: Omit<Setting, "run">, options: Options = RETRY): readonly number[] {
    const clock = virtualClock();
    const start = clock.now();
    const times: number[] = [];
    const { scripts } = setting;
    const scriptOf = (): Script => {
      times.push(clock.now() - start);
      return (scripts as readonly Script[])[times.length - 1] ?? [];
    };
    carryOut({ ...setting, clock, run: call("a", options), scripts: scriptOf });
    return times;
  }

  test("the same model is asked again, up to the number given", () => {
    const run = carryOut({ run: chain(call("a", RETRY), call("b")), scripts: [failing(429), breaks(), answer()] });
    expect(run.told).toEqual([`whole 200 by a at attempt 3 for ${COST}`]);
    const spent = carryOut({
      run: chain(call("a", RETRY), call("b")),
      scripts: [...Array(3).fill(failing(429)), answer()],
    });
    expect(spent.tried()).toEqual(["a", "a", "a", "b"]);
  });

  test("each attempt that failed is told of", () => {
    const run = carryOut({ run: call("a", RETRY), scripts: [failing(429), breaks(), failing(429)] });
    expect(run.told).toEqual(["exhausted after 3: a rate_limited, a unreachable, a rate_limited"]);
  });

  test("a failure that is not listed goes on to the next step at once", () => {
    const run = carryOut({ run: chain(call("a", RETRY), call("b")), scripts: [failing(500), answer()] });
    expect(run.tried()).toEqual(["a", "b"]);
  });

  test("what never left is not tried again", () => {
    const asked: string[] = [];
    const ledger: Ledger = {
      reserve({ model }) {
        asked.push(model.name);
        return OVER_BUDGET;
      },
    };
    carryOut({ run: call("a", { retries: 2, retry_on: ["over_budget"] }), ledger, scripts: [] });
    expect(asked).toEqual(["a"]);
  });

  test.each([
    ["the middle of what it doubles to", 0.5, [0, 125, 375]],
    ["nearly all of it", 0.999, [0, 249, 748]],
    ["nothing", 0, [0, 0, 0]],
  ])("the wait is drawn: %s", (_what, drawn, times) => {
    expect(callTimes({ random: () => drawn, scripts: Array(3).fill(failing(429)) })).toEqual(times);
  });

  test("the wait grows to eight seconds and no longer", () => {
    const scripts = Array(10).fill(failing(429));
    const times = callTimes({ random: () => 0.5, scripts }, { ...RETRY, retries: 8 });
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  test("what the provider asks for is the least that is waited", () => {
    const asking = failing(429, null, ["retry-after", "7"]);
    expect(callTimes({ random: () => 0.5, scripts: [asking, answer()] })).toEqual([0, 7_125]);
  });

  test.each([
    [429, "one key, and holds up no call with another", [0, 125]],
    [503, "all calls, with whatever key", [0, 7_125]],
  ])("what a %i asks for is asked of %s", (status, _whose, times) => {
    const scripts = [failing(status, null, ["retry-after", "7"]), answer()];
    const options: Options = { retries: 1, retry_on: ["rate_limited", "overloaded"] };
    expect(callTimes({ random: () => 0.5, keys: ["k1", "k2"], scripts }, options)).toEqual(times);
  });

  test("a wait that the deadline leaves no time for is not begun", () => {
    const asking = failing(429, null, ["retry-after", "70"]);
    const setting: Setting = { run: chain(call("a", RETRY), call("b")), deadline: 60_000, scripts: [asking, answer()] };
    const run = begin(setting);
    run.clock.advance(0);
    expect(run.tried()).toEqual(["a", "b"]);
  });

  test("an answer that is refused is tried again where that is listed", () => {
    const refusing = answer({ choices: [{ message: { refusal: "no" }, finish_reason: "stop" }] });
    const run = carryOut({ run: call("a", { retries: 1, retry_on: ["refused"] }), scripts: [refusing, refusing] });
    expect(run.told).toEqual(["whole 200 by a at attempt 2 for undefined"]);
  });

  test("nothing is sent once the client has gone, though a wait was under way", () => {
    const run = begin({ run: call("a", RETRY), scripts: [failing(429), answer()] });
    run.clock.advance(1);
    run.execution.cancel();
    expect(run.clock.pending()).toBe(0);
    expect(run.tried()).toEqual(["a"]);
  });
});

describe("parameters", () => {
  /** The body of the only call. */
  function sent(run: Run): unknown {
    return JSON.parse(run.transport.calls[0]?.call.body.toString() ?? "");
  }

  test("are handed to the request with the call, the nearest of each", () => {
    const run = carryOut({
      run: call("a", { temperature: 0.5, reasoning: "low" }),
      models: { a: { can: ["reasoning"], with: { temperature: 1, max_tokens: 50 } } },
      provider: { with: { system: "Be brief.", max_tokens: 60 } },
      scripts: [answer()],
    });
    expect(sent(run)).toMatchObject({ temperature: 0.5, reasoningEffort: "low", maxTokens: 50, system: "Be brief." });
  });

  test("a step without any leaves the body alone", () => {
    const run = carryOut({ run: call("a", { timeout: 5, retries: 1 }), scripts: [answer()] });
    expect(sent(run)).toEqual({ model: "upstream-name" });
  });

  test("a cap is never above what the model can write", () => {
    const run = carryOut({ run: call("a", { max_tokens: 9_999 }), scripts: [answer()] });
    expect(sent(run)).toMatchObject({ maxTokens: 1_000 });
  });

  test.each([
    [{ cap: "max_completion_tokens" }, "max_completion_tokens"],
    [{}, "max_tokens"],
  ] as const)("of a provider with the quirks %j a cap is called %s", (quirks, capMember) => {
    const run = carryOut({ run: call("a", { max_tokens: 5 }), provider: { quirks }, scripts: [answer()] });
    expect(sent(run)).toMatchObject({ capMember });
  });

  test("a model that cannot reason is not told how much to", () => {
    const run = carryOut({ run: call("a", { reasoning: "high" }), scripts: [answer()] });
    expect(sent(run)).toEqual({ model: "upstream-name" });
    expect(run.dropped).toEqual(["reasoning"]);
  });

  test("without its tools a request needs no model that has some", () => {
    const setting: Setting = { run: call("a"), models: { a: { can: [] } }, request: { needs: 1 }, scripts: [answer()] };
    expect(carryOut(setting).told).toEqual(["exhausted after 0: a unsupported"]);
    expect(carryOut({ ...setting, run: call("a", { tools: [] }) }).tried()).toEqual(["a"]);
  });
});

test.each<[string, Options, number]>([
  ["the cap, where the request has a higher one", { max_tokens: 40 }, 400 * 2_000 + 40 * 10_000],
  ["the request's own, where it is lower", { max_tokens: 400 }, 400 * 2_000 + 100 * 10_000],
  ["the prompt that is put in", { system: "0123456789" }, (400 + 10 + 8) * 2_000 + 100 * 10_000],
])("what is reserved counts %s", (_what, options, worst) => {
  const reserved: number[] = [];
  const ledger: Ledger = {
    reserve(_call, amount) {
      reserved.push(amount);
      return OVER_BUDGET;
    },
  };
  carryOut({ run: call("a", options), request: { maxTokens: 100 }, ledger, scripts: [] });
  expect(reserved).toEqual([worst]);
});
