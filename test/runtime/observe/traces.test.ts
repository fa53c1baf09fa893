import { type Context, context, propagation, type TextMapPropagator, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Observer, RequestObserver } from "../../../runtime/observe/observer.ts";
import { observers } from "../../../runtime/observe/observers.ts";
import { openTraces } from "../../../runtime/observe/traces.ts";
import { attempt, record } from "./harness.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT = `00-${TRACE}-00f067aa0ba902b7-01`;

/** W3C Trace Context, as far as these tests need it. */
const W3C: TextMapPropagator = {
  fields: () => ["traceparent"],
  extract(into: Context, carrier, getter) {
    const [, traceId, spanId, flags] =
      /^00-(\w{32})-(\w{16})-(\w\d)$/.exec(String(getter.get(carrier, "traceparent"))) ?? [];
    if (traceId === undefined || spanId === undefined) return into;
    return trace.setSpanContext(into, { traceId, spanId, traceFlags: Number(flags), isRemote: true });
  },
  inject(from: Context, carrier, setter) {
    const span = trace.getSpanContext(from);
    if (span !== undefined) setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
  },
};

let exporter: InMemorySpanExporter;
let traces: Observer;

function sdk(): void {
  exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  propagation.setGlobalPropagator(W3C);
}

function begin(headers: readonly string[] = []): RequestObserver {
  const request = traces.began?.({ decision: "m1x-0", time: 1_700_000_000_000, headers });
  if (request === undefined) throw new Error("nobody listens");
  return request;
}

function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

function took(span: ReadableSpan | undefined): number {
  return span === undefined ? Number.NaN : milliseconds(span.duration);
}

afterEach(() => {
  trace.disable();
  propagation.disable();
  context.disable();
});

describe("with an SDK registered", () => {
  beforeEach(async () => {
    sdk();
    traces = await openTraces();
  });

  test("a request is a server span, each attempt a client span within it, all in the client's trace", () => {
    const request = begin(["Traceparent", CLIENT]);
    const calls = [
      attempt({
        sent: 1_700_000_000_010,
        end: "failed",
        failure: "timeout",
        status: undefined,
        input: undefined,
        output: undefined,
        content: undefined,
      }),
      attempt({ sent: 1_700_000_000_400, retry: 1, stream: true }),
    ];
    for (const each of calls) {
      request.attemptBegan(each, []);
      request.attemptEnded(each);
    }
    request.over(record({ time: 1_700_000_000_000, milliseconds: 800, calls }));

    const [first, second, server] = exporter.getFinishedSpans();
    expect([first?.name, second?.name, server?.name]).toEqual([
      "chat small-upstream",
      "chat small-upstream",
      "POST /v1/chat/completions",
    ]);
    for (const span of [first, second, server]) expect(span?.spanContext().traceId).toBe(TRACE);
    expect(server?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    for (const span of [first, second]) expect(span?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
    expect(server?.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/v1/chat/completions",
      "http.response.status_code": 200,
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "chat",
      "routec.decision": "m1x-0",
      "routec.policy.hash": "sha256:00",
      "routec.route": "chat",
      "routec.rule": "chat:1",
      "routec.model": "small",
      "routec.outcome": "answered",
      "routec.attempts": 2,
    });
    expect(first?.attributes).toMatchObject({ "error.type": "timeout", "routec.end": "failed", "routec.attempt": 0 });
    expect(first?.status.code).toBe(2);
    expect(second?.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "somebody",
      "gen_ai.request.model": "small-upstream",
      "gen_ai.request.stream": true,
      "gen_ai.response.time_to_first_chunk": 0.12,
      "gen_ai.usage.input_tokens": 9,
      "gen_ai.usage.output_tokens": 4,
      "http.response.status_code": 200,
      "routec.model": "small",
      "routec.provider": "somebody",
      "routec.attempt": 1,
      "routec.retry": 1,
      "routec.purpose": "answer",
      "routec.end": "complete",
      "routec.cost_usd": 0.000058,
    });
    expect([took(first), took(second), took(server)]).toEqual([340, 340, 800]);
    expect(milliseconds(second?.startTime ?? [0, 0])).toBe(1_700_000_000_400);
  });

  test("a provider is told the attempt's span in the place of the client's", () => {
    const request = begin(["traceparent", CLIENT]);
    const headers = request.attemptBegan(attempt(), ["accept", "a", "traceparent", CLIENT]);
    expect(headers.slice(0, 3)).toEqual(["accept", "a", "traceparent"]);
    const own = exporter.getFinishedSpans();
    expect(own).toEqual([]);
    expect(headers[3]).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)\\w{16}-01$`));
    expect(headers).toHaveLength(4);
  });

  test("a request without a trace begins one", () => {
    const request = begin();
    expect(request.attemptBegan(attempt(), [])[1]).toMatch(/^00-\w{32}-\w{16}-01$/);
  });

  test.each([
    [{ outcome: "fault" as const, status: 500 }, "fault"],
    [{ outcome: "broken" as const, status: 200 }, "broken"],
    [{ outcome: "refused" as const, status: 400 }, undefined],
  ])("what went wrong is an error unless it is the client's: %j", (more, type) => {
    begin().over(record(more));
    expect(exporter.getFinishedSpans()[0]?.attributes["error.type"]).toBe(type);
  });
});

test("without an SDK, headers go on as they came", async () => {
  traces = await openTraces();
  const headers = ["traceparent", CLIENT, "tracestate", "a=b"];
  const request = begin(headers);
  const call = attempt();
  expect(request.attemptBegan(call, headers)).toBe(headers);
  request.attemptEnded(call);
  request.over(record());
});

describe("several who watch", () => {
  const named = (name: string, told: string[]): Observer => ({
    began: () => ({
      attemptBegan: (_attempt, headers) => [...headers, name],
      attemptEnded: () => void told.push(`${name} ended`),
      over: () => void told.push(`${name} request over`),
    }),
    over: () => void told.push(`${name} over`),
  });

  test("are told in order", () => {
    const told: string[] = [];
    const all = observers([named("a", told), { over: () => void told.push("b over") }, named("c", told)]);
    const request = all?.began?.({ decision: "x", time: 0, headers: [] });
    expect(request?.attemptBegan(attempt(), [])).toEqual(["a", "c"]);
    request?.attemptEnded(attempt());
    request?.over(record());
    all?.over?.(record());
    expect(told).toEqual(["a ended", "c ended", "a request over", "c request over", "a over", "b over", "c over"]);
  });

  test("are nobody where the list is empty, and one where it has one", () => {
    const only = { over: () => {} };
    expect([observers([]), observers([only])]).toEqual([undefined, only]);
    expect(observers([only, only])?.began?.({ decision: "x", time: 0, headers: [] })).toBeUndefined();
  });
});
