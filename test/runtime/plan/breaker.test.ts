/** A model that fails too often rests. */
import { describe, expect, test } from "vitest";
import type { Breaker } from "../../../runtime/table/index.ts";
import { answer, breaks, failing, type Script, silence, stream, wait } from "../../support/scripted-transport.ts";
import { type VirtualClock, virtualClock } from "../../support/virtual-time.ts";
import { begin, call, chain, linked, on, type Policy, type Run, type Setting } from "./harness.ts";

const BREAKER: Breaker = { failures: 3, window: 30_000, rest: 10_000 };

interface Model {
  readonly clock: VirtualClock;
  /** A request, and what is told at once. */
  ask(script: Script, more?: Partial<Setting>): Run;
}

/** A model that requests share, with its breaker. */
function model(more: Partial<Policy> = {}): Model {
  const clock = virtualClock();
  const policy: Policy = { run: call("a"), provider: { breaker: BREAKER }, ...more };
  const run = linked(policy);
  return {
    clock,
    ask(script, setting) {
      const asked = begin({ ...policy, linked: run, clock, scripts: () => script, ...setting });
      clock.advance(0);
      return asked;
    },
  };
}

/** One that has just tripped. */
function tripped(script: Script = failing(503)): Model {
  const made = model();
  for (let count = 0; count < 3; count++) made.ask(script);
  return made;
}

const RESTS = { told: ["exhausted after 0: a overloaded"], failures: [{ detail: "it rests after too many failures" }] };

test.each<[string, Script, string]>([
  ["overloaded", failing(503), "overloaded"],
  ["faulty", failing(500), "server_error"],
  ["not to be reached", breaks(), "unreachable"],
])("a provider that is %s too often is not called, and fails with that at once", (_how, script, failure) => {
  const { ask } = tripped(script);
  expect(ask(answer()).told).toEqual([`exhausted after 0: a ${failure}`]);
});

test.each<[string, Script]>([
  ["it is busy", failing(429)],
  ["the key is refused", failing(401)],
  ["the request is at fault", failing(400)],
  ["its filter stops the answer", failing(400, "content_filter")],
])("it does not rest because %s", (_why, script) => {
  const { ask } = tripped(script);
  expect(ask(answer()).tried()).toEqual(["a"]);
});

test("failures that lie further apart than the window do not add up", () => {
  const { ask, clock } = model();
  for (let count = 0; count < 5; count++) {
    ask(failing(503));
    clock.advance(15_001);
  }
  expect(ask(answer()).tried()).toEqual(["a"]);
});

test("without a breaker it never rests", () => {
  const { ask } = model({ provider: {} });
  for (let count = 0; count < 100; count++) ask(failing(503));
  expect(ask(answer()).tried()).toEqual(["a"]);
});

test("a timeout counts, but not where the deadline left it no time", () => {
  const hurried = model();
  for (let count = 0; count < 3; count++) hurried.ask(silence, { deadline: 1_000 });
  hurried.clock.advance(1_000);
  expect(hurried.ask(answer()).tried()).toEqual(["a"]);
  const slow = model();
  for (let count = 0; count < 3; count++) slow.ask(silence);
  slow.clock.advance(60_000);
  expect(slow.ask(answer()).told).toEqual(["exhausted after 0: a timeout"]);
});

test("silence in an answer that is held counts, but not that the deadline ended it", () => {
  const held = { run: on(call("a"), ["refused"], call("b")) };
  const begun = stream().slice(0, 3);
  const hurried = model(held);
  for (let count = 0; count < 3; count++) hurried.ask(begun, { stream: true, deadline: 1_000 });
  hurried.clock.advance(1_000);
  expect(hurried.ask(answer()).tried()).toEqual(["a"]);
  const silent = model(held);
  for (let count = 0; count < 3; count++) silent.ask(begun, { stream: true });
  silent.clock.advance(60_000);
  expect(silent.ask(answer()).told).toEqual(["exhausted after 0: a timeout"]);
});

test("an answer that breaks off counts", () => {
  const dying = [...stream().slice(0, 3), ...breaks()];
  const { ask } = model();
  for (let count = 0; count < 3; count++) ask(dying, { stream: true });
  expect(ask(answer()).told).toEqual(["exhausted after 0: a unreachable"]);
});

test("breakers are per model", () => {
  const { ask } = model({ run: chain(call("a"), call("b")) });
  const onlyA = (name: string): Script => (name === "a" ? failing(503) : answer());
  for (let count = 0; count < 3; count++) ask([], { scripts: onlyA });
  expect(ask(answer()).told[0]).toMatch(/^whole 200 by b at attempt 1/);
});

describe("after its rest", () => {
  function rested(): Model {
    const made = tripped();
    made.clock.advance(9_999);
    expect(made.ask(answer())).toMatchObject(RESTS);
    made.clock.advance(1);
    return made;
  }

  test("one call goes out to see how it is, and no other beside it", () => {
    const { ask } = rested();
    expect(ask(silence).tried()).toEqual(["a"]);
    expect(ask(answer())).toMatchObject(RESTS);
  });

  test("it is in use again when that is answered", () => {
    const { ask } = rested();
    for (let count = 0; count < 5; count++) expect(ask(answer()).tried()).toEqual(["a"]);
    for (let count = 0; count < 2; count++) ask(failing(503));
    expect(ask(answer()).tried()).toEqual(["a"]);
  });

  test("a stream that has begun is an answer", () => {
    const { ask } = rested();
    ask(stream().slice(0, 3), { stream: true });
    expect(ask(answer()).tried()).toEqual(["a"]);
  });

  test("it rests again when that fails, with the new failure", () => {
    const { ask, clock } = rested();
    ask(failing(500));
    clock.advance(9_999);
    expect(ask(answer()).told).toEqual(["exhausted after 0: a server_error"]);
    clock.advance(1);
    expect(ask(answer()).tried()).toEqual(["a"]);
  });

  test("a busy provider is a well one", () => {
    const { ask } = rested();
    ask(failing(429));
    expect(ask(answer()).tried()).toEqual(["a"]);
  });

  test("the next call finds out, where the client left before it was known", () => {
    const { ask } = rested();
    ask(silence).execution.cancel();
    expect(ask(silence).tried()).toEqual(["a"]);
    expect(ask(answer())).toMatchObject(RESTS);
  });

  test("it does not rest longer for calls of before that fail while it does", () => {
    const { ask, clock } = model();
    for (let count = 0; count < 3; count++) ask([...wait(5_000), ...failing(503)]);
    for (let count = 0; count < 3; count++) ask(failing(503));
    clock.advance(10_000);
    expect(ask(answer()).tried()).toEqual(["a"]);
  });

  test("calls of before the rest say nothing about it", () => {
    const { ask, clock } = model();
    const early = ask([...wait(12_000), ...answer()]);
    for (let count = 0; count < 3; count++) ask(failing(503));
    clock.advance(10_000);
    ask(silence);
    clock.advance(2_000);
    expect(early.told[0]).toMatch(/^whole/);
    expect(ask(answer())).toMatchObject(RESTS);
  });
});
