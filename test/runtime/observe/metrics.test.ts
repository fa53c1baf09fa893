import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { budgetMetrics } from "../../../runtime/observe/budgets.ts";
import { exposition, formatFor, type Metric } from "../../../runtime/observe/exposition.ts";
import { lostLines } from "../../../runtime/observe/log.ts";
import { metrics, metricsLayout, metricsMemory, metricsText } from "../../../runtime/observe/metrics.ts";
import { type DecisionRecord, type Observer, OUTCOMES } from "../../../runtime/observe/observer.ts";
import { type DecisionTable, FAILURES } from "../../../runtime/table/index.ts";
import { call, model, provider, type TableSpec, table } from "../../support/table.ts";
import { attempt, record } from "./harness.ts";
import { parse } from "./prometheus.ts";

function tableOf(more: Partial<TableSpec> = {}): DecisionTable {
  return table({
    providers: [provider("somebody", "http://x/")],
    models: [model("small", "somebody"), model("big", "somebody")],
    routes: [
      { names: ["chat", "alias"], rules: [call("small"), call("big")] },
      { names: ['od"d\\\n'], rules: [call("small")] },
    ],
    ...more,
  });
}

const TABLE: DecisionTable = {
  ...tableOf(),
  signals: [{ name: "hard", type: { kind: "bool" }, source: { kind: "language" } }],
};
const layout = metricsLayout(TABLE);
let memory: SharedArrayBuffer;
let observer: Observer;

beforeEach(() => {
  memory = metricsMemory(layout, 2);
  observer = metrics(layout, memory, 0);
});

function over(...records: Partial<DecisionRecord>[]): void {
  for (const more of records) {
    observer.began?.({ decision: "x", time: 0, headers: [] });
    observer.over?.(record(more));
  }
}

/** All samples that are not zero, buckets left out but the last. */
function counted(): Record<string, number> {
  const families = parse(metricsText(layout, memory, "openmetrics"), true);
  const samples = [...families.values()].flatMap((family) => [...family.samples]);
  return Object.fromEntries(samples.filter(([key, value]) => value !== 0 && !key.includes("_bucket")));
}

const CALL =
  'gen_ai_operation_name="chat",gen_ai_provider_name="somebody",gen_ai_request_model="small-upstream",model="small"';
const ROUTE = 'gen_ai_operation_name="chat",gen_ai_request_model="chat"';

describe("a request that is over", () => {
  test("is counted once under its route, rule and outcome, with its calls", () => {
    over({ milliseconds: 342 });
    expect(counted()).toEqual({
      'routec_requests_total{route="chat",outcome="answered"}': 1,
      'routec_decisions_total{route="chat",rule="1"}': 1,
      [`gen_ai_server_request_duration_seconds_sum{${ROUTE}}`]: 0.342,
      [`gen_ai_server_request_duration_seconds_count{${ROUTE}}`]: 1,
      [`gen_ai_server_time_to_first_token_seconds_sum{${ROUTE}}`]: 0.121,
      [`gen_ai_server_time_to_first_token_seconds_count{${ROUTE}}`]: 1,
      [`gen_ai_client_operation_duration_seconds_sum{${CALL}}`]: 0.34,
      [`gen_ai_client_operation_duration_seconds_count{${CALL}}`]: 1,
      [`gen_ai_client_operation_time_to_first_chunk_seconds_sum{${CALL}}`]: 0.12,
      [`gen_ai_client_operation_time_to_first_chunk_seconds_count{${CALL}}`]: 1,
      [`gen_ai_client_token_usage_sum{${CALL},gen_ai_token_type="input"}`]: 9,
      [`gen_ai_client_token_usage_count{${CALL},gen_ai_token_type="input"}`]: 1,
      [`gen_ai_client_token_usage_sum{${CALL},gen_ai_token_type="output"}`]: 4,
      [`gen_ai_client_token_usage_count{${CALL},gen_ai_token_type="output"}`]: 1,
      'routec_cost_usd_total{provider="somebody",model="small"}': 0.000058,
    });
  });

  test("may have failed, been called off, used an earlier answer, asked signals", () => {
    over({
      outcome: "exhausted",
      reused: "m1x-9",
      calls: [
        attempt({ end: "failed", failure: "timeout", milliseconds: 1000 }),
        attempt({ end: "cancelled", milliseconds: 500 }),
      ],
      failures: [{ model: "big", failure: "over_budget", status: undefined, detail: "" }],
      signals: [{ name: "hard", value: true, milliseconds: 20, cost: 0, standIn: true }],
    });
    expect(counted()).toMatchObject({
      'routec_requests_total{route="chat",outcome="exhausted"}': 1,
      'routec_reused_total{route="chat"}': 1,
      [`gen_ai_client_operation_duration_seconds_sum{${CALL},error_type="timeout"}`]: 1,
      [`gen_ai_client_operation_duration_seconds_sum{${CALL},error_type="cancelled"}`]: 0.5,
      'routec_failures_total{provider="somebody",model="big",failure="over_budget"}': 1,
      'routec_signal_duration_seconds_sum{signal="hard"}': 0.02,
      'routec_signal_stand_ins_total{signal="hard"}': 1,
    });
  });

  test("is counted without a route where none was found; what nobody declared is no label", () => {
    over({ route: undefined, rule: undefined, asked: "mine", calls: [attempt({ model: model("mine", "mine") })] });
    expect(counted()).toEqual({ 'routec_requests_total{route="",outcome="answered"}': 1 });
  });
});

test("a request under way is in flight, until its worker dies and is replaced", () => {
  observer.began?.({ decision: "x", time: 0, headers: [] });
  expect(counted()).toEqual({ routec_requests_in_flight: 1 });
  metrics(layout, memory, 0);
  expect(counted()).toEqual({});
});

test("all workers add up", async () => {
  over({});
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     const row = new Float64Array(workerData.memory, workerData.width * 8, workerData.width);
     row[workerData.at] += 41;
     parentPort.postMessage("done");`,
    { eval: true, workerData: { memory, width: layout.width, at: layout.starts.requests } },
  );
  await new Promise((resolve) => worker.once("message", resolve));
  expect(counted()['routec_requests_total{route="chat",outcome="answered"}']).toBe(42);
});

test("a worker's counts go on under the next policy where it has the same series", () => {
  over({}, {});
  observer.began?.({ decision: "x", time: 0, headers: [] });
  const next = metricsLayout(
    tableOf({
      routes: [
        { names: ["new"], rules: [call("big")] },
        { names: ["chat"], rules: [call("small")] },
      ],
    }),
  );
  const moved = metricsMemory(next, 2);
  const before = { layout, memory };
  for (let i = 0; i < 2; i++) metrics(next, moved, 0, { before, inFlight: 1 });
  const samples = [...parse(metricsText(next, moved, "openmetrics"), true).values()].flatMap((family) => [
    ...family.samples,
  ]);
  expect(Object.fromEntries(samples)).toMatchObject({
    'routec_requests_total{route="chat",outcome="answered"}': 2,
    [`gen_ai_client_operation_duration_seconds_count{${CALL}}`]: 2,
    routec_requests_in_flight: 1,
  });
});

test("what was counted is what a list of all records says", () => {
  const records = fc.array(
    fc.record({
      route: fc.constantFrom("chat", 'od"d\\\n', undefined),
      rule: fc.constant("x:0"),
      outcome: fc.constantFrom(...OUTCOMES),
      milliseconds: fc.nat({ max: 200_000 }),
      calls: fc.array(
        fc.record({
          end: fc.constantFrom("complete" as const, "failed" as const, "cancelled" as const),
          failure: fc.constantFrom(...FAILURES),
          input: fc.nat(1e6),
          cost: fc.nat(1e9),
        }),
      ),
    }),
  );
  fc.assert(
    fc.property(records, (given) => {
      memory = metricsMemory(layout, 2);
      const rows = [metrics(layout, memory, 0), metrics(layout, memory, 1)];
      for (const [index, each] of given.entries()) {
        rows[index % 2]?.began?.({ decision: "x", time: 0, headers: [] });
        rows[index % 2]?.over?.(record({ ...each, calls: each.calls.map(attempt) }));
      }
      for (const format of ["prometheus", "openmetrics"] as const)
        parse(metricsText(layout, memory, format), format === "openmetrics");
      const samples = counted();
      const sumOf = (prefix: string): number =>
        Object.entries(samples).reduce((sum, [key, value]) => (key.startsWith(prefix) ? sum + value : sum), 0);
      const calls = given.flatMap((each) => each.calls);
      expect(sumOf("routec_requests_total")).toBe(given.length);
      expect(sumOf("routec_requests_in_flight")).toBe(0);
      expect(sumOf('routec_requests_total{route="chat",outcome="broken"')).toBe(
        given.filter(({ route, outcome }) => route === "chat" && outcome === "broken").length,
      );
      expect(sumOf("gen_ai_client_operation_duration_seconds_count")).toBe(calls.length);
      const timeouts = calls.filter(({ end, failure }) => end === "failed" && failure === "timeout");
      expect(sumOf(`gen_ai_client_operation_duration_seconds_count{${CALL},error_type="timeout"}`)).toBe(
        timeouts.length,
      );
      expect(sumOf("routec_cost_usd_total")).toBeCloseTo(calls.reduce((sum, { cost }) => sum + cost, 0) / 1e9, 9);
      expect(sumOf(`gen_ai_client_token_usage_sum{${CALL},gen_ai_token_type="input"}`)).toBe(
        calls.reduce((sum, { input }) => sum + input, 0),
      );
    }),
  );
});

test("a value on a bucket's bound lies in it", () => {
  over({ milliseconds: 10 }, { milliseconds: 10.01 });
  const text = metricsText(layout, memory, "prometheus");
  expect(text).toContain(`gen_ai_server_request_duration_seconds_bucket{${ROUTE},le="0.01"} 1\n`);
  expect(text).toContain(`gen_ai_server_request_duration_seconds_bucket{${ROUTE},le="0.02"} 2\n`);
});

test("budgets show what they have spent, but not those that are kept per tenant", () => {
  const budget = { kind: "budget" as const, on: [], limit: 100e9, window: "month" as const, alerts: [] };
  const meters = [
    { ...budget, name: "all", per: [] },
    { ...budget, name: "new", per: [] },
    { ...budget, name: "each", per: ["tenant"] },
  ];
  const shown = budgetMetrics({ ...TABLE, meters }, (name) => (name === "new" ? undefined : 12_500_000_000));
  expect(exposition([...shown, lostLines(3)], "prometheus").replace(/^#.*\n/gm, "")).toBe(
    'routec_budget_limit_usd{budget="all"} 100\nroutec_budget_limit_usd{budget="new"} 100\n' +
      'routec_budget_spent_usd{budget="all"} 12.5\nroutec_log_lines_lost_total 3\n',
  );
});

describe("the text", () => {
  const metric: Metric[] = [
    { name: "a", help: "Back\\slash\nline.", kind: "counter", samples: [{ labels: ["l", 'q"\\\n'], value: 1 }] },
    { name: "b", help: "B.", kind: "gauge", samples: [{ labels: [], value: 1.5 }] },
    { name: "c", help: "C.", kind: "gauge", samples: [] },
  ];

  test("for Prometheus", () => {
    expect(exposition(metric, "prometheus")).toBe(
      '# HELP a_total Back\\\\slash\\nline.\n# TYPE a_total counter\na_total{l="q\\"\\\\\\n"} 1\n# HELP b B.\n# TYPE b gauge\nb 1.5\n',
    );
  });

  test("for OpenMetrics", () => {
    expect(exposition(metric, "openmetrics")).toBe(
      '# HELP a Back\\\\slash\\nline.\n# TYPE a counter\na_total{l="q\\"\\\\\\n"} 1\n# HELP b B.\n# TYPE b gauge\nb 1.5\n# EOF\n',
    );
  });

  test.each([
    [undefined, "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain", "prometheus"],
    ["application/openmetrics-text", "openmetrics"],
    // What Prometheus 2 and 3 send.
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openmetrics",
    ],
    ["application/openmetrics-text;q=0.3,text/plain;q=0.5", "prometheus"],
    ["application/openmetrics-text;q=0", "prometheus"],
  ])("is chosen by accept: %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
