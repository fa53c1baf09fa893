/** What users of other gateways ran into with streams, each by the thread that reports it. */
import { expect, test } from "vitest";
import { call, carryOut, chain, type Run } from "../runtime/plan/harness.ts";
import { chatEvents, errorBody } from "../support/fake-provider.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  steps,
  stream,
  streamEvents,
  streamHead,
} from "../support/scripted-transport.ts";

const [role = "", word = ""] = chatEvents("Hello there.");
const ERROR = JSON.stringify(errorBody("insufficient_quota"));

/** `a else b`, streamed, where `a` does that. */
const streamed = (a: Script): Run =>
  carryOut({ run: chain(call("a"), call("b")), scripts: { a, b: stream() }, stream: true });

/** A stream of these events that ends, or breaks. */
const of = (events: readonly string[], end: Script = steps((told) => told.end())): Script => [
  ...streamHead(),
  ...streamEvents(events),
  ...end,
];

test.each([
  ["before its head", breaks()],
  ["with a status", failing(503)],
  ["after its head", of([], breaks())],
  ["after its role", of([role], breaks())],
  ["in its first event", of([ERROR])],
])("BerriAI/litellm#6957, #26067: a stream that fails %s falls back", (_, script) => {
  const run = streamed(script);
  expect(run.tried()).toEqual(["a", "b"]);
  expect(run.told[0]).toBe("begin 200 by b at attempt 2");
  expect(run.text()).toContain("[DONE]");
});

test("BerriAI/litellm#28216, #32835: once content has gone out nothing is asked again, so that nothing is said twice", () => {
  const run = streamed(of([role, word], breaks()));
  expect(run.tried()).toEqual(["a"]);
  expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", expect.stringMatching(/^broken unreachable by a/)]);
  expect(run.text()).toBe(`data: ${role}\n\ndata: ${word}\n\n`);
});

test("BerriAI/litellm#19077: a plan without a fallback has none in a stream either", () => {
  for (const script of [failing(503), of([role], breaks()), of([role, word], breaks())]) {
    const run = carryOut({ run: call("a"), scripts: { a: script, b: stream() }, stream: true });
    expect(run.tried()).toEqual(["a"]);
  }
});

test("BerriAI/litellm#38610: where all streams fail before content the client has a status, and no stream that begins well", () => {
  const run = carryOut({
    run: chain(call("a"), call("b")),
    scripts: { a: of([role, ERROR]), b: of([role], breaks()) },
    stream: true,
  });
  expect(run.told).toEqual(["exhausted after 2: a rate_limited, b unreachable"]);
});

test("maximhq/bifrost#5395: an error behind a first chunk without content falls back", () => {
  expect(streamed(of([role, ERROR])).told.at(-1)).toMatch(/^end /);
  expect(streamed(of([role, ERROR])).tried()).toEqual(["a", "b"]);
});

test("what is no stream is not taken for one, though its status is 200", () => {
  expect(streamed(answer(errorBody("server_error"))).tried()).toEqual(["a", "b"]);
});
