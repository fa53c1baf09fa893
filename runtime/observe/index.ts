/** What is told of requests: the decision log, the metrics, the traces. */
export { budgetMetrics } from "./budgets.ts";
export type { DecisionLine } from "./decision-log.generated.ts";
export { dollars } from "./dollars.ts";
export { CONTENT_TYPE, formatFor, type Metric, type MetricsFormat, type Sample } from "./exposition.ts";
export { lineOf } from "./line.ts";
export { type DecisionLog, decisionLog, type LogOptions, lostLines } from "./log.ts";
export { fileSink, type LogSink, outputSink } from "./log-file.ts";
export { type MetricsLayout, metrics, metricsLayout, metricsMemory, metricsText, readMetrics } from "./metrics.ts";
export type * from "./observer.ts";
export { observers } from "./observers.ts";
export { LogLineError, readLine } from "./read-line.ts";
export { type RecentDecisions, recentDecisions } from "./recent.ts";
export { openTraces } from "./traces.ts";
