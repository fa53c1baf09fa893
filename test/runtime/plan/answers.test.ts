/** When an answer is one, and when it is a failure that the next step may take. */
import { describe, expect, test } from "vitest";
import { ERROR_BYTES, HELD_BYTES, LINGER_TIMEOUT } from "../../../runtime/plan/call.ts";
import { DEFAULT_IDLE, type Ledger } from "../../../runtime/plan/index.ts";
import type { Expression } from "../../../runtime/table/index.ts";
import { chatCompletion, chatEvents, errorBody } from "../../support/fake-provider.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  steps,
  stream,
  streamEvents,
  streamHead,
  wait,
} from "../../support/scripted-transport.ts";
import { begin, COST, call, carryOut, cascade, catching, chain, isTrue, on } from "./harness.ts";

const ROLE_ONLY = JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] });
const CONTENT = JSON.stringify({ choices: [{ index: 0, delta: { content: "Hi" } }] });
const FINISH = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });

describe("unstreamed answers", () => {
  test("one that dies in the middle goes to the next step", () => {
    const dying: Script = [...answer().slice(0, 2), ...breaks()];
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [dying, answer()] });
    expect(run.told).toEqual([`whole 200 by b at attempt 2 for ${COST}`]);
  });

  test.each([
    ["an error", errorBody("insufficient_quota"), "rate_limited"],
    ["a web page", "<html></html>", "server_error"],
    ["nothing", "", "server_error"],
    ["an empty object", "{}", "server_error"],
    ["no choice", '{"choices":[]}', "server_error"],
    ["a gateway's own words", '{"status":"449","msg":"You exceeded your current rate limit"}', "server_error"],
  ])("a 200 that holds %s is a failure", (_what, body, failure) => {
    const run = carryOut({ run: call("a"), scripts: [answer(body)] });
    expect(run.told).toEqual([`exhausted after 1: a ${failure}`]);
  });

  test("an answer that only speaks of an error is an answer", () => {
    const run = carryOut({ run: call("a"), scripts: [answer(chatCompletion('{"error": "no"}'))] });
    expect(run.told).toEqual([`whole 200 by a at attempt 1 for ${COST}`]);
  });

  test("an encoding that was not asked for is a failure", () => {
    const run = carryOut({ run: call("a"), scripts: [answer("", 200, ["Content-Encoding", "gzip"])] });
    expect(run.failures[0]?.detail).toBe("answered in the content encoding `gzip`");
  });

  test("one too large to hold is handed on, and can then only break", () => {
    const half = Buffer.alloc(HELD_BYTES / 2 + 1, 0x20);
    const huge: Script = [
      ...steps(
        (e) => e.head(200, []),
        (e) => e.data(half),
        (e) => e.data(half),
      ),
      ...breaks(),
    ];
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [huge] });
    expect(run.told).toEqual([
      "begin 200 by a at attempt 1",
      "data",
      "broken unreachable by a at attempt 1: socket closed",
    ]);
    expect(run.text()).toHaveLength(HELD_BYTES + 2);
  });
});

describe("streamed answers", () => {
  test("are forwarded byte by byte", () => {
    const events = chatEvents("Grüße, größer als ASCII", { includeUsage: true });
    const request = { usageAsked: true };
    const run = carryOut({ stream: true, run: call("a"), request, scripts: [stream(events)] });
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", `end for ${COST}`]);
    expect(run.text()).toBe(events.map((event) => `data: ${event}\n\n`).join(""));
  });

  test.each([
    [
      "taken out where it was asked for here",
      '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}',
      false,
    ],
    ["however it is spaced", '{"choices": [ ], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}', false],
    [
      "left in where it comes with a choice",
      '{"choices":[{}],"usage":{"prompt_tokens":9,"completion_tokens":4}}',
      true,
    ],
  ])("have their usage %s", (_what, usage, isLeft) => {
    const events = [CONTENT, FINISH, usage, "[DONE]"];
    const told = isLeft ? events : events.filter((event) => event !== usage);
    const run = carryOut({ stream: true, run: call("a"), scripts: [stream(events)] });
    expect(run.told.at(-1)).toBe(`end for ${COST}`);
    expect(run.text()).toBe(told.map((event) => `data: ${event}\n\n`).join(""));
  });

  test("are held while only a role has come", () => {
    const run = begin({ stream: true, run: call("a"), scripts: [[...streamHead(), ...streamEvents([ROLE_ONLY])]] });
    run.clock.advance(1);
    expect(run.told).toEqual([]);
  });

  test.each([
    ["text", { content: "x" }],
    ["a tool call", { tool_calls: [{ index: 0, id: "1", type: "function", function: { name: "f", arguments: "" } }] }],
    ["reasoning", { content: null, reasoning_content: "hm" }],
    ["a list of parts (Mistral)", { content: [{ type: "thinking", thinking: [] }] }],
    ["a refusal", { refusal: "no" }],
  ])("begin with %s", (_what, delta) => {
    const event = JSON.stringify({ choices: [{ index: 0, delta }] });
    const run = begin({ stream: true, run: call("a"), scripts: [[...streamHead(), ...streamEvents([event])]] });
    run.clock.advance(1);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data"]);
  });

  test("an error event before content goes to the next step", () => {
    const event = JSON.stringify(errorBody("rate_limit_exceeded"));
    const run = carryOut({
      stream: true,
      run: chain(call("a"), call("b")),
      scripts: [stream([ROLE_ONLY, event]), stream()],
    });
    expect(run.told).toEqual(["begin 200 by b at attempt 2", "data", `end for ${COST}`]);
  });

  test.each([
    ["its end", []],
    ["[DONE]", ["[DONE]"]],
  ])("an error event after content is passed on as it came, and the answer is broken at %s", (_at, more) => {
    const event = JSON.stringify(errorBody("server_error"));
    const run = carryOut({
      stream: true,
      run: chain(call("a"), call("b")),
      scripts: [stream([CONTENT, event, ...more])],
    });
    expect(run.told).toEqual([
      "begin 200 by a at attempt 1",
      "data",
      "broken server_error by a at attempt 1: server_error: That did not work.",
    ]);
    expect(run.text()).toContain(event);
  });

  test.each([
    ["[DONE]", [ROLE_ONLY, FINISH, "[DONE]"]],
    ["its end", [ROLE_ONLY, FINISH]],
  ])("an empty but finished answer is an answer at %s", (_at, events) => {
    const run = carryOut({ stream: true, run: chain(call("a"), call("b")), scripts: [stream(events)] });
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
  });

  test("are not kept: usage is looked for in their end only", () => {
    const [usage = ""] = chatEvents("", { includeUsage: true }).slice(-2);
    const long = JSON.stringify({ choices: [{ delta: { content: "x".repeat(10_000) } }] });
    const run = carryOut({ stream: true, run: call("a"), scripts: [stream([CONTENT, usage, long, long, FINISH])] });
    expect(run.told.at(-1)).toBe("end for undefined");
  });

  test.each([
    ["with nothing", []],
    ["with a role only", [ROLE_ONLY, "[DONE]"]],
  ])("an end %s goes to the next step", (_what, events) => {
    const run = carryOut({ stream: true, run: chain(call("a"), call("b")), scripts: [stream(events), stream()] });
    expect(run.told[0]).toBe("begin 200 by b at attempt 2");
  });

  test("an error as one JSON object instead of a stream is read as such", () => {
    const run = carryOut({ stream: true, run: call("a"), scripts: [answer(errorBody("insufficient_quota"))] });
    expect(run.told).toEqual(["exhausted after 1: a rate_limited"]);
  });

  test("after content a failure can no longer be hidden", () => {
    const dying: Script = [...streamHead(), ...streamEvents([CONTENT]), ...breaks()];
    const run = carryOut({ stream: true, run: chain(call("a"), call("b")), scripts: [dying] });
    expect(run.told).toEqual([
      "begin 200 by a at attempt 1",
      "data",
      "broken unreachable by a at attempt 1: socket closed",
    ]);
  });
});

describe("a stream ends", () => {
  const HALF = '{"choices":[{"delta":{"content":"H';
  const OTHER = JSON.stringify({ choices: [{ index: 1, delta: { content: "Hi" } }] });
  const NOT_YET = JSON.stringify({ choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "" }] });
  const [USAGE = ""] = chatEvents("", { includeUsage: true }).slice(-2);
  const cut = (text: string): Script => steps((told) => told.data(Buffer.from(text)));
  const close: Script = steps((told) => told.end());

  /** How a stream that begins with content and goes on like this is said to end. */
  function endOf(...script: Script): string | undefined {
    const scripts = [[...streamHead(), ...streamEvents([CONTENT]), ...script]];
    return carryOut({ stream: true, run: chain(call("a"), call("b")), scripts }).told.at(-1);
  }

  const IN_THE_MIDDLE = "broken server_error by a at attempt 1: the answer ended in the middle";

  test.each([
    ["behind an event", close],
    ["in an event", [...cut(`data: ${HALF}`), ...close]],
    ["in an event behind the last content", [...streamEvents([FINISH]), ...cut('data: {"choices":[],"us'), ...close]],
    ["in the name of a field", [...streamEvents([FINISH]), ...cut("dat"), ...close]],
    ["with an empty finish_reason", [...streamEvents([NOT_YET]), ...close]],
    ["with one of two choices unfinished", [...streamEvents([FINISH, OTHER]), ...close]],
  ])("in the middle where the connection is closed %s", (_where, script) => {
    expect(endOf(...script)).toBe(IN_THE_MIDDLE);
  });

  test.each([
    ["after a finish_reason, without [DONE]", [...streamEvents([FINISH]), ...close]],
    ["after [DONE], without a finish_reason", streamEvents(["[DONE]"])],
    ["without a last blank line", [...cut("data: [DONE]"), ...close]],
    ["with a comment", [...streamEvents([FINISH]), ...cut(": bye"), ...close]],
    ["after a finish_reason, by a broken connection", [...streamEvents([FINISH]), ...breaks()]],
    ["after a finish_reason, and then silence", streamEvents([FINISH])],
    [
      "after an event that is longer than what is kept",
      [
        ...cut(`data: {"choices":[{"delta":{"content":"${"x".repeat(20_000)}`),
        ...cut('"},"finish_reason":"stop"}]}\n\n'),
        ...close,
      ],
    ],
  ])("as an answer %s", (_how, script) => {
    expect(endOf(...script)).toBe("end for undefined");
  });

  test("with its usage, reported before or after the finish_reason", () => {
    expect(endOf(...streamEvents([FINISH, USAGE]), ...close)).toBe(`end for ${COST}`);
    expect(endOf(...streamEvents([USAGE, FINISH]), ...close)).toBe(`end for ${COST}`);
  });

  test("at [DONE], whatever the provider does then", () => {
    const late: Script = [
      ...stream([CONTENT, "[DONE]"]).slice(0, -1),
      ...wait(LINGER_TIMEOUT / 2),
      ...cut(": late\n\n"),
    ];
    const run = begin({ stream: true, run: call("a"), scripts: [late] });
    run.clock.advance(0);
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
    run.clock.advance(LINGER_TIMEOUT - 1);
    expect(run.transport.calls[0]?.aborted).toBe(false);
    run.clock.advance(1);
    expect(run.transport.calls[0]?.aborted).toBe(true);
    expect(run.told).toHaveLength(3);
    expect(run.text()).not.toContain("late");
  });

  test.each([
    ["ends the answer", close],
    ["closes the connection", breaks()],
  ])("at [DONE], and the call with it once the provider %s", (_how, then) => {
    const scripts = [[...stream([CONTENT, "[DONE]"]).slice(0, -1), ...then]];
    const run = begin({ stream: true, run: call("a"), scripts });
    run.clock.advance(0);
    expect(run.told).toHaveLength(3);
    expect(run.transport.calls[0]?.aborted).toBe(false);
    expect(run.clock.pending()).toBe(0);
  });

  test("at [DONE] for a slow reader too: what is left of the call needs no reader", () => {
    const events = `data: ${CONTENT}\n\ndata: [DONE]\n\n`;
    const run = begin({
      stream: true,
      run: call("a"),
      takes: () => false,
      scripts: [[...streamHead(), ...cut(events)]],
    });
    run.clock.advance(0);
    expect(run.told.at(-1)).toBe("end for undefined");
    expect(run.transport.calls[0]?.paused).toBe(false);
  });

  test("too large an unstreamed answer is whole only with its last brace", () => {
    const sent = (last: string): Script => answer(`{${" ".repeat(HELD_BYTES)}${last}`);
    expect(carryOut({ run: call("a"), scripts: [sent("}\n")] }).told.at(-1)).toBe("end for undefined");
    expect(carryOut({ run: call("a"), scripts: [sent("")] }).told.at(-1)).toBe(IN_THE_MIDDLE);
  });
});

describe("else on filtered or refused", () => {
  const filtered = { choices: [{ index: 0, message: { content: "" }, finish_reason: "content_filter" }] };
  const refused = {
    choices: [{ index: 0, message: { content: null, refusal: "I will not." }, finish_reason: "stop" }],
  };
  const refusing = [JSON.stringify({ choices: [{ index: 0, delta: { refusal: "I will not." } }] }), FINISH, "[DONE]"];

  test.each([
    ["filtered" as const, filtered],
    ["refused" as const, refused],
  ])("an answer that was %s goes to the step that covers it", (failure, body) => {
    const run = carryOut({ run: on(call("a"), [failure], call("b")), scripts: [answer(body), answer()] });
    expect(run.tried()).toEqual(["a", "b"]);
  });

  const usage = { prompt_tokens: 9, completion_tokens: 4 };
  test.each([
    ["unstreamed", false, answer({ ...refused, usage })],
    ["streamed", true, stream([...refusing.slice(0, -1), JSON.stringify({ choices: [], usage }), "[DONE]"])],
    ["unstreamed and filtered", false, answer({ ...filtered, usage })],
  ])("one that is not taken costs what its provider says, %s", (_how, streamed, script) => {
    const settled: number[] = [];
    const ledger: Ledger = { reserve: () => ({ settle: ({ cost }) => void settled.push(cost) }) };
    const run = on(call("a"), ["refused", "filtered"], call("b"));
    carryOut({ stream: streamed, run, ledger, scripts: [script, streamed ? stream() : answer()] });
    expect(settled).toEqual([COST, COST]);
  });

  test("a stream is held back until it is known", () => {
    const run = carryOut({
      stream: true,
      run: on(call("a"), ["refused"], call("b")),
      scripts: [stream(refusing), stream()],
    });
    expect(run.told).toEqual(["begin 200 by b at attempt 2", "data", `end for ${COST}`]);
  });

  test("a stream that was held back and not refused is an answer", () => {
    const run = carryOut({ stream: true, run: on(call("a"), ["refused"], call("b")), scripts: [stream()] });
    expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", `end for ${COST}`]);
  });

  test("a stream that was held back can still fail after content", () => {
    const events = [CONTENT, JSON.stringify(errorBody("server_error"))];
    const run = carryOut({
      stream: true,
      run: catching(call("a"), [[["server_error", "refused"], call("b")]]),
      scripts: [stream(events), stream()],
    });
    expect(run.tried()).toEqual(["a", "b"]);
  });

  describe("while a stream is held back", () => {
    const slow = [...wait(DEFAULT_IDLE - 1), ...streamEvents([CONTENT])];
    const held: Script = [...streamHead(), ...streamEvents([CONTENT]), ...slow, ...slow];
    const setting = {
      stream: true,
      run: catching(call("a", { timeout: 5_000 }), [[["timeout", "refused"], call("b")]]),
    };

    test("its length is no longer limited by the timeout once content has come", () => {
      const scripts = [[...held, ...streamEvents([FINISH, "[DONE]"])]];
      expect(carryOut({ ...setting, scripts }).told[0]).toBe("begin 200 by a at attempt 1");
    });

    test("the deadline ends it: the client has seen nothing of it", () => {
      const run = begin({ ...setting, deadline: 5_000, scripts: [held] });
      run.clock.advance(4_999);
      expect(run.told).toEqual([]);
      run.clock.advance(1);
      expect(run.told).toEqual(["exhausted after 1: a timeout, b timeout"]);
      expect(run.failures.map(({ detail }) => detail)).toEqual([
        "the route's deadline passed",
        "the route's deadline had passed",
      ]);
      expect(run.transport.calls[0]?.aborted).toBe(true);
    });

    test.each<[what: string, run: Expression]>([
      ["a gate", cascade([call("a"), isTrue("refused")], [call("b")])],
      ["retries by content", call("a", { retries: 1, retry_on: ["filtered"] })],
      ["an `else on filtered`", on(call("a"), ["filtered"], call("b"))],
    ])("the deadline ends it where it is held for %s", (_what, run) => {
      const { told } = carryOut({ stream: true, run, deadline: 5_000, scripts: [held, stream()] });
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/^exhausted after 1: a timeout/);
    });

    test("at the deadline it is an answer if all but its [DONE] has come", () => {
      const finished: Script = [...streamHead(), ...streamEvents([CONTENT, FINISH])];
      const run = begin({ ...setting, deadline: 5_000, scripts: [finished] });
      run.clock.advance(5_000);
      expect(run.told[0]).toBe("begin 200 by a at attempt 1");
    });

    test("the deadline is nothing to a stream that the client sees", () => {
      const seen: Script = [...held, ...streamEvents([FINISH, "[DONE]"])];
      const run = carryOut({ stream: true, run: call("a"), deadline: 5_000, scripts: [seen] });
      expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
    });

    test("nor to one that is handed on as it is too large to hold", () => {
      const large = JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(HELD_BYTES) } }] });
      const seen: Script = [
        ...streamHead(),
        ...streamEvents([CONTENT, large]),
        ...wait(6_000),
        ...streamEvents([FINISH, "[DONE]"]),
      ];
      expect(carryOut({ ...setting, deadline: 5_000, scripts: [seen] }).told).toEqual([
        "begin 200 by a at attempt 1",
        "data",
        "end for undefined",
      ]);
    });

    test("its silence is", () => {
      const run = begin({ ...setting, scripts: [held, stream()] });
      run.clock.advance(2 * (DEFAULT_IDLE - 1) + DEFAULT_IDLE - 1);
      expect(run.tried()).toEqual(["a"]);
      run.clock.advance(1);
      expect(run.told[0]).toBe("begin 200 by b at attempt 2");
    });

    test("events without content do not make up for content", () => {
      const roles: Script = [
        ...streamHead(),
        ...streamEvents([ROLE_ONLY]),
        ...wait(4_999),
        ...streamEvents([ROLE_ONLY]),
      ];
      const run = begin({ ...setting, scripts: [roles, stream()] });
      run.clock.advance(5_000);
      expect(run.tried()).toEqual(["a", "b"]);
    });
  });

  test("a stream that is held back and cut goes to the next step", () => {
    const run = carryOut({
      stream: true,
      run: catching(call("a"), [[["server_error", "refused"], call("b")]]),
      scripts: [stream([CONTENT]), stream()],
    });
    expect(run.told[0]).toBe("begin 200 by b at attempt 2");
  });

  test("a branch that was passed covers nothing any more", () => {
    const run = carryOut({
      run: catching(call("a"), [[["server_error", "refused"], call("b")]]),
      scripts: [failing(500), answer(refused)],
    });
    expect(run.told).toEqual(["whole 200 by b at attempt 2 for undefined"]);
  });

  test("where no step covers it, it is an answer like any other", () => {
    const run = carryOut({ run: chain(call("a"), call("b")), scripts: [answer(refused)] });
    expect(run.told).toEqual(["whole 200 by a at attempt 1 for undefined"]);
  });
});

describe("error answers", () => {
  test("are told with what the provider said and how long it asks us to wait", () => {
    const run = carryOut({ run: call("a"), scripts: [failing(429, "rate_limit_exceeded", ["Retry-After", "7"])] });
    expect(run.failures).toMatchObject([
      {
        model: "a",
        failure: "rate_limited",
        status: 429,
        detail: "429 rate_limit_exceeded: That did not work.",
        retryAfter: 7_000,
        body: Buffer.from(JSON.stringify(errorBody("rate_limit_exceeded"))),
      },
    ]);
  });

  test("are read no further than their bound", () => {
    const run = carryOut({ run: call("a"), scripts: [answer("x".repeat(ERROR_BYTES + 1), 500)] });
    expect(run.failures[0]?.body).toHaveLength(ERROR_BYTES);
    expect(run.transport.calls[0]?.aborted).toBe(true);
  });

  test("that never end count by their status", () => {
    const run = carryOut({ run: call("a"), scripts: [failing(429).slice(0, 2)] });
    expect(run.told).toEqual(["exhausted after 1: a rate_limited"]);
  });

  test("that redirect are not followed", () => {
    const run = carryOut({ run: call("a"), scripts: [answer("", 302, ["location", "http://elsewhere/"])] });
    expect(run.told).toEqual(["exhausted after 1: a server_error"]);
  });
});
