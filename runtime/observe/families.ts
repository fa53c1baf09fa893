/** What is counted: each metric with its labels, whose values are those of the policy. */
import type { DecisionTable } from "../table/index.ts";
import { FAILURES } from "../table/index.ts";
import { DURATION_BUCKETS, OPERATION, providerName, TOKEN_BUCKETS } from "./names.ts";
import { OUTCOMES } from "./observer.ts";

/** Label names and values in turn, in the order in which they are written. */
export type Labels = readonly string[];

/** One metric. Its series are numbered as their labels stand in `series`. */
export interface Family {
  /** As in OpenMetrics: without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** Upper bounds of a histogram's buckets; the last one, infinity, is not among them. */
  readonly buckets: readonly number[];
  /** How many of what is counted make one of the metric's unit: 1000 milliseconds a second. */
  readonly per: number;
  readonly series: readonly Labels[];
}

/** `error_type` of an attempt that failed for no reason of the plan's: it was called off. */
const CANCELLED = "cancelled";
/** What an attempt can end with: no error, a failure, or being called off. */
export const ENDS: readonly string[] = ["", ...FAILURES, CANCELLED];

export type FamilyName = keyof ReturnType<typeof families>;

const MILLISECONDS = 1e3;
const NANO_DOLLARS = 1e9;

/**
 * The metrics of a policy. Their series are as many as it has routes, rules, models, providers and signals, times the
 * failures and outcomes that there are: what a client or tenant says is never a label.
 */
export function families({ routes, models, providers, signals }: DecisionTable) {
  const names = routes.map((route) => route.names[0] ?? "");
  const called = models.map((model) => {
    const provider = providers.find(({ name }) => name === model.provider);
    const genAi = ["gen_ai_operation_name", OPERATION, "gen_ai_provider_name", provider ? providerName(provider) : ""];
    return {
      own: ["provider", model.provider, "model", model.name],
      genAi: [...genAi, "gen_ai_request_model", model.upstream, "model", model.name],
    };
  });
  const genAi = called.map((each) => each.genAi);
  return {
    requests: counter(
      "routec_requests",
      "Requests, by route and by what became of them.",
      product([...names, ""].map(labelled("route")), OUTCOMES.map(labelled("outcome"))),
    ),
    inFlight: gauge("routec_requests_in_flight", "Requests that are not over.", [[]]),
    decisions: counter(
      "routec_decisions",
      "Requests, by the rule that decided them.",
      routes.flatMap(({ rules }, index) => rules.map((_, rule) => ["route", names[index] ?? "", "rule", String(rule)])),
    ),
    reused: counter("routec_reused", "Requests that were given an earlier answer.", names.map(labelled("route"))),
    duration: histogram(
      "gen_ai_server_request_duration_seconds",
      "Time from a request to the end of its answer.",
      DURATION_BUCKETS,
      MILLISECONDS,
      names.map((name) => ["gen_ai_operation_name", OPERATION, "gen_ai_request_model", name]),
    ),
    firstToken: histogram(
      "gen_ai_server_time_to_first_token_seconds",
      "Time from a request to the first content of its answer.",
      DURATION_BUCKETS,
      MILLISECONDS,
      names.map((name) => ["gen_ai_operation_name", OPERATION, "gen_ai_request_model", name]),
    ),
    attempts: histogram(
      "gen_ai_client_operation_duration_seconds",
      "Time that calls of models took, by how they ended.",
      DURATION_BUCKETS,
      MILLISECONDS,
      product(
        genAi,
        ENDS.map((end) => (end === "" ? [] : ["error_type", end])),
      ),
    ),
    firstChunk: histogram(
      "gen_ai_client_operation_time_to_first_chunk_seconds",
      "Time from a call of a model to its first content.",
      DURATION_BUCKETS,
      MILLISECONDS,
      genAi,
    ),
    tokens: histogram(
      "gen_ai_client_token_usage",
      "Tokens of calls of models, as reported.",
      TOKEN_BUCKETS,
      1,
      product(genAi, [
        ["gen_ai_token_type", "input"],
        ["gen_ai_token_type", "output"],
      ]),
    ),
    failures: counter(
      "routec_failures",
      "Steps of plans that failed, those among them that made no call.",
      product(
        called.map((each) => each.own),
        FAILURES.map(labelled("failure")),
      ),
    ),
    cost: counter(
      "routec_cost_usd",
      "What calls of models cost.",
      called.map((each) => each.own),
      NANO_DOLLARS,
    ),
    signals: histogram(
      "routec_signal_duration_seconds",
      "Time that signals took.",
      DURATION_BUCKETS,
      MILLISECONDS,
      signals.map(({ name }) => ["signal", name]),
    ),
    standIns: counter(
      "routec_signal_stand_ins",
      "Signals that could not be had, and were taken for what the policy says.",
      signals.map(({ name }) => ["signal", name]),
    ),
  };
}

function labelled(name: string): (value: string) => Labels {
  return (value) => [name, value];
}

/** Each of `first` with each of `second`: the series of i and j is number i * second.length + j. */
function product(first: readonly Labels[], second: readonly Labels[]): Labels[] {
  return first.flatMap((one) => second.map((other) => [...one, ...other]));
}

function counter(name: string, help: string, series: readonly Labels[], per = 1): Family {
  return { name, help, kind: "counter", buckets: [], per, series };
}

function gauge(name: string, help: string, series: readonly Labels[]): Family {
  return { name, help, kind: "gauge", buckets: [], per: 1, series };
}

function histogram(
  name: string,
  help: string,
  buckets: readonly number[],
  per: number,
  series: readonly Labels[],
): Family {
  return { name, help, kind: "histogram", buckets, per, series };
}
