import { describe, expect, test } from "vitest";
import { CAPABILITIES, DEFAULT_IDLE, type Ledger, UNKNOWN_SIZE } from "../../../runtime/plan/index.ts";
import { chatCompletion, chatEvents, errorBody } from "../../support/fake-provider.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  silence,
  steps,
  stream,
  streamEvents,
  streamHead,
  wait,
} from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { begin, COST, call, carryOut, catching, chain, OVER_BUDGET, on, plan, reject } from "./harness.ts";

/** 400 prompt tokens and 1,000 of completion. */
const WORST = 400 * 2_000 + 1_000 * 10_000;

const ROLE_ONLY = JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] });
const CONTENT = JSON.stringify({ choices: [{ index: 0, delta: { content: "Hi" } }] });

describe("else", () => {
  test("the first model answers: nobody else is asked", () => {
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [answer()] });
    expect(run.told).toEqual([`whole 200 by a at attempt 1 for ${COST}`]);
    expect(run.text()).toBe(JSON.stringify(chatCompletion("Hello.")));
  });

  test("a failure goes to the next step", () => {
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [failing(503), answer()] });
    expect(run.told).toEqual([`whole 200 by b at attempt 2 for ${COST}`]);
  });

  test("a failure passes over branches that do not cover it", () => {
    const run = carryOut({
      run: catching(call("a"), [
        [["rate_limited"], call("b")],
        [["server_error"], call("c")],
      ]),
      scripts: [failing(500), answer()],
    });
    expect(run.tried()).toEqual(["a", "c"]);
  });

  test("a passed branch is not come back to", () => {
    const run = carryOut({
      run: catching(call("a"), [
        [["rate_limited"], call("b")],
        [["server_error"], call("c")],
      ]),
      scripts: [failing(500), failing(429)],
    });
    expect(run.told).toEqual(["exhausted after 2: a server_error, c rate_limited"]);
  });

  test("plain else does not cover a malformed request", () => {
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [failing(400)] });
    expect(run.told).toEqual(["exhausted after 1: a invalid"]);
  });

  test("the failure of a plan is that of the last step tried", () => {
    const run = carryOut({
      plans: { inner: chain(call("a"), call("b")) },
      run: on(plan("inner"), ["rate_limited"], call("c")),
      scripts: [failing(500), failing(429), answer()],
    });
    expect(run.tried()).toEqual(["a", "b", "c"]);
  });

  test("a failure that the inner chain leaves is taken by the outer one", () => {
    const run = carryOut({
      run: on(on(call("a"), ["timeout"], call("b")), ["unauthorized"], call("c")),
      scripts: [failing(401), answer()],
    });
    expect(run.tried()).toEqual(["a", "c"]);
  });

  test("a reject answers without a call", () => {
    const run = carryOut({ run: chain(call("a"), reject(503, "later")), scripts: [failing(500)] });
    expect(run.told).toEqual(["reject 503 later"]);
  });
});

describe("what the table's facts decide", () => {
  test("a prompt beyond the context is too long, and no attempt", () => {
    const run = carryOut({
      models: { a: { context: 99 } },
      run: chain(call("a"), call("b")),
      scripts: [answer()],
    });
    expect(run.told).toEqual([`whole 200 by b at attempt 1 for ${COST}`]);
  });

  test("of a reference of unknown size nobody can say that it is too long", () => {
    const run = carryOut({ run: call("a"), request: { promptTokens: UNKNOWN_SIZE }, scripts: [answer()] });
    expect(run.tried()).toEqual(["a"]);
  });

  test.each(CAPABILITIES)("`%s` is needed of the model, and no attempt is made without", (capability) => {
    const run = carryOut({
      models: { a: { can: CAPABILITIES.filter((each) => each !== capability) }, b: { can: [capability] } },
      run: chain(call("a"), call("b")),
      request: { needs: 1 << CAPABILITIES.indexOf(capability) },
      scripts: [answer()],
    });
    expect(run.told).toEqual([`whole 200 by b at attempt 1 for ${COST}`]);
  });

  test("the log says what was missing", () => {
    const run = carryOut({ run: call("a"), request: { needs: 0b111 }, scripts: [] });
    expect(run.failures).toMatchObject([{ failure: "unsupported", detail: "the request needs vision, audio" }]);
  });
});

describe("time", () => {
  test("an unstreamed answer must be whole within the step's timeout", () => {
    const slow: Script = [...steps((events) => events.head(200, [])), ...wait(5_001), ...answer()];
    const run = carryOut({ run: chain(call("a", { timeout: 5_000 }), call("b")), scripts: [slow, answer()] });
    expect(run.told).toEqual([`whole 200 by b at attempt 2 for ${COST}`]);
    expect(run.transport.calls[0]?.aborted).toBe(true);
  });

  test("a stream must have content within the step's timeout: other events do not count", () => {
    const empty: Script = [...streamHead(), ...streamEvents([ROLE_ONLY, ROLE_ONLY])];
    const run = carryOut({
      stream: true,
      run: chain(call("a", { timeout: 5_000 }), call("b")),
      scripts: [empty, stream()],
    });
    expect(run.told).toEqual(["begin 200 by b at attempt 2", "data", `end for ${COST}`]);
  });

  test("once content has come, the timeout is over", () => {
    const slow: Script = [...streamHead(), ...streamEvents([CONTENT]), ...wait(50_000), ...stream().slice(-2)];
    const run = carryOut({ stream: true, run: call("a", { timeout: 5_000 }), scripts: [slow] });
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
  });

  test("a stream that falls silent is broken", () => {
    const silent: Script = [...streamHead(), ...streamEvents([CONTENT]), ...wait(59_000), ...streamEvents([CONTENT])];
    const run = begin({ stream: true, run: chain(call("a"), call("b")), scripts: [silent] });
    run.clock.advance(59_000 + DEFAULT_IDLE - 1);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
    run.clock.advance(1);
    expect(run.told.at(-1)).toBe("broken timeout by a at attempt 1: no further data within 60000 ms");
    expect(run.transport.calls[0]?.aborted).toBe(true);
  });

  test("all steps share the deadline", () => {
    const run = begin({ run: chain(call("a"), call("b"), call("c")), deadline: 70_000, scripts: [silence, silence] });
    run.clock.advance(70_000);
    expect(run.told).toEqual(["exhausted after 2: a timeout, b timeout, c timeout"]);
    expect(run.failures.map(({ detail }) => detail)).toEqual([
      "no answer within 60000 ms",
      "the route's deadline passed",
      "the route's deadline had passed",
    ]);
  });

  test("past the deadline a reject still answers", () => {
    const run = carryOut({ run: chain(call("a"), reject(504)), deadline: 10, scripts: [silence] });
    expect(run.told).toEqual(["reject 504 undefined"]);
  });

  test("no timer outlives an answer", () => {
    const run = begin({ run: chain(call("a"), call("b")), scripts: [failing(500), answer()] });
    run.clock.advance(1);
    expect(run.told).toHaveLength(1);
    expect(run.clock.pending()).toBe(0);
  });
});

describe("money", () => {
  interface Booking {
    readonly ledger: Ledger;
    readonly booked: string[];
  }

  function booking(allows: (model: string) => boolean = () => true): Booking {
    const booked: string[] = [];
    const ledger: Ledger = {
      reserve({ model }, worst) {
        if (!allows(model.name)) return OVER_BUDGET;
        booked.push(`${model.name} reserves ${worst}`);
        return { settle: ({ cost }) => void booked.push(`${model.name} settles ${cost}`) };
      },
    };
    return { ledger, booked };
  }

  test("the worst case is reserved and the reported usage settled", () => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), ledger, scripts: [answer()] });
    expect(booked).toEqual([`a reserves ${WORST}`, `a settles ${COST}`]);
  });

  test("of a stream too", () => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), stream: true, ledger, scripts: [stream()] });
    expect(booked).toEqual([`a reserves ${WORST}`, `a settles ${COST}`]);
  });

  test("the request's own cap and its number of answers count", () => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), request: { maxTokens: 10, choices: 3 }, ledger, scripts: [answer()] });
    expect(booked[0]).toBe(`a reserves ${400 * 2_000 + 3 * 10 * 10_000}`);
  });

  test("a call that fails after it left is settled in full, before the next is reserved", () => {
    const { ledger, booked } = booking();
    carryOut({ run: chain(call("a"), call("b")), ledger, scripts: [breaks(), answer()] });
    expect(booked).toEqual([`a reserves ${WORST}`, `a settles ${WORST}`, `b reserves ${WORST}`, `b settles ${COST}`]);
  });

  test("a call that never left costs nothing", () => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), ledger, scripts: [breaks(false)] });
    expect(booked).toEqual([`a reserves ${WORST}`, "a settles 0"]);
  });

  test.each([
    ["a refused key", failing(401)],
    ["a rate limit", failing(429)],
    ["a fault", failing(500)],
    ["a malformed request", failing(400)],
    ["an overload, and no more of the answer", [...failing(503).slice(0, 2), ...breaks()]],
  ])("a provider that answers with %s bills nothing", (_what, script) => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), ledger, scripts: [script] });
    expect(booked[1]).toBe("a settles 0");
  });

  test.each([
    ["looked at the prompt: content filter", failing(400, "content_filter")],
    ["looked at the prompt: its length", failing(400, "context_length_exceeded")],
    ["took too long", failing(408)],
    ["is not the one who answers, but a gateway before it: it was lost", failing(502)],
    ["is not the one who answers, but a gateway before it: it took too long", failing(504)],
    ["reports an error with the status of an answer", answer(errorBody("rate_limit_exceeded"))],
    ["never answers", silence],
    ["dies in an answer", [...answer().slice(0, 2), ...breaks()]],
  ])("a provider that %s may bill", (_what, script) => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), ledger, scripts: [script] });
    expect(booked.slice(1)).toEqual([`a settles ${WORST}`]);
  });

  const FINISH = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  const USAGE = chatEvents("", { includeUsage: true }).at(-2) ?? "";
  const HALF: Script = steps(
    (told) => told.data(Buffer.from("data: [DO")),
    (told) => told.end(),
  );

  test.each([
    ["in full, though a count came with its content", [CONTENT, USAGE, CONTENT], WORST],
    ["by its usage, where that came behind all content", [CONTENT, FINISH, USAGE], COST],
  ])("a stream that is cut is settled %s", (_how, events, settled) => {
    const { ledger, booked } = booking();
    const scripts = [[...streamHead(), ...streamEvents(events), ...HALF]];
    const run = carryOut({ run: call("a"), stream: true, ledger, scripts });
    expect(run.told.at(-1)).toMatch(/^broken server_error/);
    expect(booked.slice(1)).toEqual([`a settles ${settled}`]);
  });

  test("usage that never comes is settled in full", () => {
    const { ledger, booked } = booking();
    carryOut({ run: call("a"), stream: true, ledger, scripts: [stream(chatEvents("No count."))] });
    expect(booked[1]).toBe(`a settles ${WORST}`);
  });

  test("a cancelled call is settled in full", () => {
    const { ledger, booked } = booking();
    begin({ run: call("a"), ledger, scripts: [silence] }).execution.cancel();
    expect(booked[1]).toBe(`a settles ${WORST}`);
  });

  test("of a stream is settled at [DONE], once, though the client goes before the connection is closed", () => {
    const { ledger, booked } = booking();
    const run = begin({ run: call("a"), stream: true, ledger, scripts: [stream().slice(0, -1)] });
    run.clock.advance(0);
    run.execution.cancel();
    run.clock.run();
    expect(booked).toEqual([`a reserves ${WORST}`, `a settles ${COST}`]);
  });

  test("set aside for a call that the transport throws at is settled, and no timer goes on with the plan", () => {
    const { ledger, booked } = booking();
    const clock = virtualClock();
    expect(() => begin({ run: call("a"), ledger, clock, scripts: [] })).toThrow("no script for call 0");
    expect(booked[1]).toBe(`a settles ${WORST}`);
    expect(clock.pending()).toBe(0);
  });

  test("what the budget does not allow is no attempt, and goes to the next step", () => {
    const { ledger } = booking((model) => model !== "a");
    const run = carryOut({ run: chain(call("a"), call("b")), ledger, scripts: [answer()] });
    expect(run.told).toEqual([`whole 200 by b at attempt 1 for ${COST}`]);
  });
});

test("what was tried is known as long as the plan goes on", () => {
  const run = begin({
    models: { a: { context: 1 } },
    run: chain(call("a"), call("b"), call("c")),
    scripts: [failing(500), silence],
  });
  run.clock.advance(0);
  run.execution.cancel();
  expect(run.execution.attempts).toBe(2);
  expect(run.execution.failures).toMatchObject([
    { model: "a", failure: "too_long" },
    { model: "b", failure: "server_error" },
  ]);
});

describe("the reader", () => {
  test("that is slow pauses upstream until it can take more", () => {
    const taking = { more: false };
    const run = begin({ stream: true, run: call("a"), takes: () => taking.more, scripts: [stream()] });
    run.clock.advance(1);
    expect(run.transport.calls[0]?.paused).toBe(true);
    run.clock.advance(10 * DEFAULT_IDLE);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
    taking.more = true;
    run.execution.resume();
    run.clock.advance(1);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", `end for ${COST}`]);
  });

  test("that has gone ends the call, and nothing more is told", () => {
    const run = begin({ stream: true, run: chain(call("a"), call("b")), scripts: [stream()] });
    run.execution.cancel();
    run.clock.run();
    expect(run.told).toEqual([]);
    expect(run.transport.calls[0]?.aborted).toBe(true);
    expect(run.clock.pending()).toBe(0);
  });

  test("may go while it is told something", () => {
    const held: { cancel(): void } = { cancel: () => {} };
    const run = begin({
      stream: true,
      run: call("a"),
      takes: () => {
        held.cancel();
        return false;
      },
      scripts: [stream()],
    });
    held.cancel = () => run.execution.cancel();
    run.clock.run();
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
    expect(run.transport.calls[0]).toMatchObject({ aborted: true, paused: false });
  });
});
