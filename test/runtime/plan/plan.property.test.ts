/** For any plan and any outcomes, the executor asks the same models in the same order as a recursive reading of the table. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Failure, Model } from "../../../runtime/table/index.ts";
import {
  answer,
  breaks,
  failing,
  type Script,
  silence,
  steps,
  stream,
  wait,
} from "../../support/scripted-transport.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { metBy, policies } from "./arbitrary.ts";
import { begin, call } from "./harness.ts";
import { type Met, read, type World } from "./oracle.ts";

/** Two models fail without a call; and no two cost the same, or are equally good. */
const LOCAL: World["local"] = { e: "too_long", f: "unsupported" };
const MODELS = Object.fromEntries(
  [..."abcdef"].map((name, index): [string, Partial<Model>] => {
    const price = { input: ([3, 1, 4, 2, 90_000, 5][index] ?? 0) * 1e9, output: 0 };
    const facts = { with: { timeout: 900_000_000 }, price, quality: [0.5, 0.2, 0.6, 0.4, 0.1, 0.3][index] ?? 0 };
    return [name, name === "e" ? { ...facts, context: 1 } : name === "f" ? { ...facts, can: [] } : facts];
  }),
);

const STATUS: Partial<Record<Failure, number>> = {
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  unauthorized: 401,
  too_long: 413,
  invalid: 400,
};

/** How what is met looks on the wire. */
function scriptOf({ outcome, first, all, score, refused, asks }: Met, streamed: boolean): Script {
  if (outcome === "timeout") return silence;
  if (outcome === "unreachable") return [...wait(first), ...breaks()];
  if (outcome === "filtered") return [...wait(first), ...failing(400, "content_filter")];
  const headers = asks === undefined ? [] : ["retry-after-ms", String(asks)];
  if (outcome !== "answered") return [...wait(first), ...failing(STATUS[outcome] ?? 0, null, headers)];
  const said = refused ? { refusal: "no" } : { content: `Score: ${score}` };
  if (!streamed) return [...wait(all), ...answer({ choices: [{ message: said, finish_reason: "stop" }] })];
  const [head = [], content = [], ...rest] = stream([
    JSON.stringify({ choices: [{ delta: said }] }),
    '{"choices":[{"delta":{},"finish_reason":"stop"}]}',
    "[DONE]",
  ]).map((step) => [step]);
  return [...wait(first), ...head, ...content, ...wait(all - first), ...rest.flat()];
}

/** Of half the runs longer than all that can happen. */
const deadlines = fc.oneof(fc.constant(1e15), fc.noShrink(fc.noBias(fc.integer({ min: 1, max: 2_000_000_000 }))));

test("the executor agrees with the recursive reading, and keeps the sink's protocol", () => {
  fc.assert(
    fc.property(policies(), deadlines, fc.integer(), fc.boolean(), ({ run, plans }, deadline, seed, stream) => {
      const clock = virtualClock();
      const met = metBy(seed);
      const world = { plans, models: MODELS, local: LOCAL, stream, deadline: clock.now() + deadline, met };
      const expected = read(run, world, clock.now());
      fc.pre(expected !== undefined);
      const result = begin({
        run,
        plans,
        models: MODELS,
        stream,
        request: { needs: 1 },
        clock,
        scripts: (model, asked) => scriptOf(met(model, clock.now()), asked),
        deadline,
      });
      clock.run();

      const tried = expected.tried.toSorted((a, b) => a.at - b.at);
      expect(result.tried()).toEqual(tried.map(({ model }) => model));
      const protocol = result.told.map((line) => line.split(" ")[0]).join(" ");
      const last = result.failures.at(-1)?.failure;
      if (expected.end === "answered") expect(protocol).toBe(stream ? "begin data end" : "whole");
      else if (expected.end === "rejected") expect(protocol).toBe("reject");
      else expect([protocol, last]).toEqual(["exhausted", expected.end]);
      expect(result.execution.attempts).toBe(tried.length);
    }),
    { numRuns: 6_000 },
  );
});

/** A script of these pieces of a stream, and what comes then. */
function pieced(bytes: Buffer, cuts: readonly number[], then: Script): Script {
  const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((x, y) => x - y), bytes.length];
  const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
  return [
    ...steps((events) => events.head(200, [])),
    ...pieces.flatMap((piece) => steps((events) => events.data(piece))),
    ...then,
  ];
}

const CUTS = fc.array(fc.nat(100_000), { maxLength: 12 });
const CLOSED = steps((events) => events.end());

test("a stream in any pieces, cut in characters too, is forwarded whole and ends at [DONE]", () => {
  const bytes = Buffer.from(
    'data: {"choices":[{"delta":{"role":"assistant"}}]}\r\n\r\n: grüße\n\ndata: {"choices":[{"delta":{"content":"ß😀"}}]}\n\ndata: [DONE]\n\n',
  );
  fc.assert(
    fc.property(CUTS, fc.constantFrom(CLOSED, []), (cuts, then) => {
      const run = begin({ run: call("a"), stream: true, scripts: [pieced(bytes, cuts, then)] });
      run.clock.advance(0);
      expect(run.told).toEqual(["begin 200 by a at attempt 1", "data", "end for undefined"]);
      expect(run.text()).toBe(bytes.toString());
    }),
  );
});

test("a stream that ends anywhere is an answer exactly when its last words say so", () => {
  const content = '{"choices":[{"index":0,"delta":{"content":"\\"finish_reason\\":\\"stop\\""},"finish_reason":null}]}';
  const finish = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
  const usage = '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}';
  const middle = fc.array(fc.constantFrom(content, finish, usage), { maxLength: 5 });
  const end = fc.constantFrom([], ["[DONE]"]);
  fc.assert(
    fc.property(middle, end, fc.nat(60), CUTS, (more, last, missing, cuts) => {
      const [first = "", ...rest] = [content, ...more, ...last].map((event) => `data: ${event}\n\n`);
      const text = first + rest.join("").slice(0, -missing || undefined);
      const run = begin({ run: call("a"), stream: true, scripts: [pieced(Buffer.from(text), cuts, CLOSED)] });
      run.clock.advance(0);
      expect(run.told.at(-1)).toMatch(isAnswer(text) ? /^end/ : /^broken/);
    }),
    { numRuns: 2_000 },
  );

  /** What the stream says last of content or end is its end, and nothing in it is cut. */
  function isAnswer(text: string): boolean {
    const events = text
      .split(/\n+/)
      .filter((line) => line !== "")
      .map((line) => line.replace(/^data: /, ""));
    const known = [content, finish, usage, "[DONE]"];
    return events.every((event) => known.includes(event)) && events.findLast((event) => event !== usage) !== content;
  }
});
