import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type AnswerStore,
  chunksOf,
  type KeptAnswer,
  memoryAnswers,
  type ReuseRequest,
  reuse,
} from "../../../runtime/reuse/index.ts";
import { MOST_BYTES } from "../../../runtime/reuse/recording.ts";
import { chatCompletion } from "../../support/fake-provider.ts";
import { virtualClock } from "../../support/virtual-time.ts";
import { LIFETIME, request, STREAM, streamOf, WHOLE } from "./harness.ts";

let store: AnswerStore;
let clock: ReturnType<typeof virtualClock>;

beforeEach(() => {
  store = memoryAnswers(10 * MOST_BYTES);
  clock = virtualClock();
});

/** The answer that is given to `given` without asking a model. */
function found(given: ReuseRequest): KeptAnswer | undefined {
  return reuse(given, store, clock.now)?.found as KeptAnswer | undefined;
}

/** A model answers `given` with these chunks. */
function answered(given: ReuseRequest, chunks: readonly Buffer[] = [WHOLE], status = 200): void {
  const terms = reuse(given, store, clock.now);
  for (const chunk of chunks) terms?.recording?.add(chunk);
  terms?.keep(status, { decision: "m1x-0", model: "small", headers: ["content-type", "application/json"] });
}

const streamed = request({ stream: true });

describe("an answer is given again", () => {
  test("byte for byte, to the same request", () => {
    expect(found(request())).toBeUndefined();
    answered(request());
    expect(found(request())).toMatchObject({ decision: "m1x-0", model: "small", body: WHOLE, ends: [] });
  });

  test("as a stream, in its chunks", () => {
    answered(streamed, STREAM);
    const answer = found(streamed);
    expect(answer && [...chunksOf(answer)]).toEqual(STREAM);
  });

  test("until its time is over, by the doors' clock", () => {
    answered(request());
    clock.advance(LIFETIME - 1);
    expect(found(request())).toBeDefined();
    clock.advance(1);
    expect(found(request())).toBeUndefined();
  });

  test("and not when the clock was set back behind it", () => {
    clock.advance(1000);
    answered(request());
    clock = virtualClock();
    expect(found(request())).toBeUndefined();
  });
});

describe("another request has another answer", () => {
  test.each<[string, Partial<ReuseRequest>]>([
    ["of another caller", { scope: { by: "caller", key: "key-2" } }],
    ["of nobody known", { scope: { by: "caller", key: undefined } }],
    ["of values, were they the caller's name", { scope: { by: "values", values: ["key-1"] } }],
    ["under another policy", { policy: "sha256:01" }],
    ["by another rule", { rule: "chat:1" }],
    ["with another body", { body: Buffer.from('{"model":"chat","messages":[],"seed":1}') }],
    ["with another beta", { headers: ["openai-beta", "x"] }],
    ["that wants a stream: there are no bytes of one", { stream: true }],
  ])("%s", (_what, more) => {
    answered(request());
    expect(found(request(more))).toBeUndefined();
  });

  test("unless the policy shares it", () => {
    const shared = request({ scope: { by: "values", values: ["acme", 1] } });
    answered(shared);
    expect(found(shared)).toBeDefined();
    expect(found(request({ scope: { by: "values", values: ["acme", "1"] } }))).toBeUndefined();
    expect(found(request({ scope: { by: "values", values: ['acme",1'] } }))).toBeUndefined();
  });

  test("and nobody's where a value is not known", () => {
    expect(reuse(request({ scope: { by: "values", values: [undefined] } }), store, clock.now)).toBeUndefined();
  });

  test("or where it is not clear what is asked", () => {
    const twice = request({ body: Buffer.from('{"messages":[{"content":"a","content":"b"}]}') });
    expect(reuse(twice, store, clock.now)).toBeUndefined();
  });
});

test("never do two callers share an answer", () => {
  const scope = fc.oneof(
    fc.record({ by: fc.constant("caller" as const), key: fc.option(fc.string(), { nil: undefined }) }),
    fc.record({
      by: fc.constant("values" as const),
      values: fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean())),
    }),
  );
  fc.assert(
    fc.property(scope, scope, (one, other) => {
      store = memoryAnswers(MOST_BYTES);
      answered(request({ scope: one }));
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(found(request({ scope: other })) !== undefined).toBe(isSame);
    }),
  );
});

describe("a client may say", () => {
  const saying = (...values: string[]): ReuseRequest =>
    request({ clientHeaders: values.flatMap((value) => ["Cache-Control", value]) });

  test("no-cache: a model is asked, and its answer kept", () => {
    answered(request());
    expect(found(saying("max-age=60, No-Cache"))).toBeUndefined();
    clock.advance(LIFETIME - 1);
    answered(saying("no-cache"));
    clock.advance(1);
    expect(found(request())).toBeDefined();
  });

  test("no-store: nothing is kept, and nothing given", () => {
    expect(reuse(saying("no-store"), store, clock.now)).toBeUndefined();
  });

  test("how old an answer may be", () => {
    answered(request());
    clock.advance(60_000);
    expect(found(saying("max-age=60"))).toBeDefined();
    expect(found(saying("max-age=60", "max-age=59"))).toBeUndefined();
    expect(found(saying("max-age=soon"))).toBeDefined();
  });
});

describe("is not kept", () => {
  const choice = (more: object): Buffer =>
    Buffer.from(JSON.stringify({ choices: [{ message: { content: "Hi" }, finish_reason: "stop", ...more }] }));

  test.each<[string, readonly Buffer[], number]>([
    ["an error", [WHOLE], 500],
    ["what is no 200", [WHOLE], 201],
    ["what has no content", [choice({ message: { content: "" } })], 200],
    ["a refusal", [choice({ message: { content: "", refusal: "I will not" } })], 200],
    ["what a filter cut off", [choice({ finish_reason: "content_filter" })], 200],
    ["what does not say how it ended", [choice({ finish_reason: null })], 200],
    ["what is no answer", [Buffer.from("<html>")], 200],
    ["what is larger than a megabyte", [Buffer.from(JSON.stringify(chatCompletion("x".repeat(MOST_BYTES))))], 200],
  ])("%s", (_what, chunks, status) => {
    answered(request(), chunks, status);
    expect(found(request())).toBeUndefined();
  });

  test("a stream that ended without saying so", () => {
    answered(streamed, STREAM.slice(0, 3));
    expect(found(streamed)).toBeUndefined();
  });
});

describe("is kept", () => {
  test("a call of tools", () => {
    const call = { index: 0, id: "1", type: "function", function: { name: "f", arguments: "{}" } };
    const events = [
      JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] }),
      JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] }),
      "[DONE]",
    ];
    answered(streamed, streamOf(...events));
    expect(found(streamed)).toBeDefined();
  });
});

test("chunks come out as they went in, however they were cut", () => {
  const text = Buffer.concat(STREAM);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 })), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
      const chunks = edges.slice(1).map((end, index) => text.subarray(edges[index], end));
      answered(streamed, chunks);
      const answer = found(streamed);
      expect(answer && [...chunksOf(answer)]).toEqual(chunks);
    }),
  );
});
