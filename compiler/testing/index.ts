/** Tests of policies: run, counted, written. Pure: no file is read, no clock is asked. */
export { coverageOf, type Goal, type Goals, goalsOf } from "./coverage.ts";
export * from "./coverage-report.ts";
export * from "./formats.ts";
export { type Generated, type GeneratedTest, generateTests } from "./generate.ts";
export { replayWitnesses } from "./replay.ts";
export { renderFailures, summaryOf } from "./report.ts";
export { runTests, type TestOptions, type TestResult } from "./run.ts";
