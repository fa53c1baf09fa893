/** Sides that run at the same time: the first content wins. */
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../../runtime/plan/index.ts";
import { answer, failing, type Script, silence, stream, wait } from "../../support/scripted-transport.ts";
import { begin, COST, call, carryOut, cascade, chain, hedge, isTrue, on, reject } from "./harness.ts";

const slowly = (milliseconds: number, script: Script = answer()): Script => [...wait(milliseconds), ...script];
const RACE = hedge(call("a"), [2_000, call("b")], [1_000, call("c")]);

test("a side that is quick is alone", () => {
  const run = carryOut({ run: RACE, scripts: { a: slowly(1_999) } });
  expect(run.told).toEqual([`whole 200 by a at attempt 1 for ${COST}`]);
});

test("each side has its time before the next one starts", () => {
  const run = begin({ run: RACE, scripts: { a: silence, b: silence, c: silence } });
  run.clock.advance(1_999);
  expect(run.tried()).toEqual(["a"]);
  run.clock.advance(1);
  expect(run.tried()).toEqual(["a", "b"]);
  run.clock.advance(1_000);
  expect(run.tried()).toEqual(["a", "b", "c"]);
});

test("the first one to answer wins, and the others are called off", () => {
  const run = carryOut({ run: RACE, scripts: { a: slowly(9_000), b: slowly(3_000), c: slowly(2_500) } });
  expect(run.told).toEqual([`whole 200 by b at attempt 3 for ${COST}`]);
  expect(run.transport.calls.map(({ aborted }) => aborted)).toEqual([true, false, true]);
  expect(run.clock.pending()).toBe(0);
});

test("a side that fails makes the next one start at once", () => {
  const run = begin({ run: RACE, scripts: { a: slowly(10, failing(500)), b: answer() } });
  run.clock.advance(10);
  expect(run.told).toEqual([`whole 200 by b at attempt 2 for ${COST}`]);
});

test("a side that fails late does not hurry one that waits for another", () => {
  const run = begin({ run: RACE, scripts: { a: slowly(2_500, failing(500)), b: silence, c: answer() } });
  run.clock.advance(2_999);
  expect(run.tried()).toEqual(["a", "b"]);
  run.clock.advance(1);
  expect(run.tried()).toEqual(["a", "b", "c"]);
});

test("it fails when all have failed, as the last of them did", () => {
  const scripts = {
    a: slowly(5_000, failing(500)),
    b: slowly(10, failing(429)),
    c: slowly(10, failing(503)),
    d: answer(),
  };
  const run = carryOut({ run: on(RACE, ["server_error"], call("d")), scripts });
  expect(run.tried()).toEqual(["a", "b", "c", "d"]);
});

test("a side that is turned away by the table's facts is no attempt", () => {
  const run = carryOut({ run: RACE, models: { a: { context: 1 } }, scripts: { b: answer() } });
  expect(run.told).toEqual([`whole 200 by b at attempt 1 for ${COST}`]);
});

test("a reject ends it, whoever is under way", () => {
  const run = carryOut({ run: hedge(call("a"), [100, reject(503, "slow")]), scripts: [silence] });
  expect(run.told).toEqual(["reject 503 slow"]);
  expect(run.transport.calls[0]?.aborted).toBe(true);
});

test("the loser was billed, and is settled in full", () => {
  const booked: string[] = [];
  const ledger: Ledger = {
    reserve({ model }, worst) {
      booked.push(`${model.name} reserves`);
      return { settle: ({ cost }) => void booked.push(`${model.name} settles ${cost === worst ? "in full" : cost}`) };
    },
  };
  carryOut({ run: hedge(call("a"), [1, call("b")]), ledger, scripts: { a: silence, b: answer() } });
  expect(booked).toEqual(["a reserves", "b reserves", `b settles ${COST}`, "a settles in full"]);
});

test("the client's leaving ends all sides", () => {
  const run = begin({ run: RACE, scripts: { a: silence, b: silence } });
  run.clock.advance(2_500);
  run.execution.cancel();
  expect(run.transport.calls.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(run.clock.pending()).toBe(0);
});

describe("streams", () => {
  const [head = [], role = [], content = [], ...rest] = stream().map((step) => [step]);

  test("win with their first content, however long the rest takes", () => {
    const a: Script = [...head, ...role, ...wait(2_500), ...content, ...wait(50_000), ...rest.flat()];
    const b: Script = [...head, ...role, ...wait(1_000), ...content];
    const run = carryOut({ stream: true, run: RACE, scripts: { a, b } });
    expect(run.told).toEqual(["begin 200 by a at attempt 2", "data", `end for ${COST}`]);
    expect(run.transport.calls[1]?.aborted).toBe(true);
  });

  test("of a side with a gate have no content before it has decided", () => {
    const gated = cascade([call("a"), isTrue("refused")], [call("d")]);
    const run = carryOut({
      stream: true,
      run: hedge(gated, [1_000, call("b")]),
      scripts: { a: stream(), b: [...wait(500), ...stream()], d: silence },
    });
    expect(run.told[0]).toBe("begin 200 by b at attempt 3");
    expect(run.tried()).toEqual(["a", "d", "b"]);
  });

  test("that win and fail while they are held back are not followed by the side that lost", () => {
    const refusing = stream(['{"choices":[{"delta":{"refusal":"no"}}]}', "[DONE]"]);
    const run = on(hedge(call("a"), [1, call("b")]), ["refused"], call("c"));
    const scripts = { a: refusing, b: stream(), c: stream() };
    expect(carryOut({ stream: true, run, scripts }).tried()).toEqual(["a", "c"]);
  });
});

test("sides may be plans of any form, each with retries and races of its own", () => {
  const left = chain(call("a", { retries: 1, retry_on: ["overloaded"] }), call("b"));
  const right = hedge(call("c"), [100, call("d")]);
  const scripts = { a: slowly(50, failing(503)), b: silence, c: silence, d: slowly(5_000) };
  const run = carryOut({ run: hedge(left, [1_000, right]), scripts });
  expect(run.tried()).toEqual(["a", "a", "b", "c", "d"]);
  expect(run.told).toEqual([`whole 200 by d at attempt 5 for ${COST}`]);
  expect(run.clock.pending()).toBe(0);
});
