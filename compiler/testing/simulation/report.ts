/** What a simulation has found, for people and for other programs. The same report always gives the same text. */
import { printable } from "../../diagnostics/cells.ts";
import type { Sources } from "../../diagnostics/index.ts";
import type { Program } from "../../program/program.ts";
import { renderPlainResults } from "../formats.ts";
import { renderFailures } from "../report.ts";
import { traceLines } from "../wording.ts";
import { counterexampleText } from "./counterexample.ts";
import type { Counterexample, SimulateReport } from "./simulate.ts";

/** For people. `main` is the policy's path. */
export function renderReport(
  { counterexample, failedTests, ...seen }: SimulateReport,
  main: string,
  program: Program,
  sources: Sources,
  color: boolean,
): string {
  const parts = [
    renderFailures(failedTests, sources, color),
    counterexample === undefined ? "" : told(counterexample, main, program),
    `${summary({ ...seen, counterexample, failedTests })}\n`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** A line for each thing that is wrong, and one for all. */
export function renderPlainReport(report: SimulateReport, main: string, program: Program, sources: Sources): string {
  const { counterexample, failedTests } = report;
  const broken = counterexample && [
    `${main}: broken: ${counterexample.violation.invariant}: ${counterexample.violation.said}`,
    oneLine(counterexampleText(counterexample.violation, counterexample.scenario, counterexample.observed, program)),
    again(counterexample, main),
  ];
  return [
    renderPlainResults(failedTests, sources),
    ...(broken === undefined ? [] : [`${printable(broken.join("; "))}\n`]),
    `${summary(report)}\n`,
  ].join("");
}

/** What `routec simulate --format json` prints. */
export function reportJson(report: SimulateReport, program: Program): object {
  const { requests, scenarios, rules, counterexample, failedTests } = report;
  return {
    format: 1,
    ...{ requests, scenarios, rules },
    counterexample: counterexample && {
      seed: counterexample.seed,
      invariant: counterexample.violation.invariant,
      message: counterexample.violation.said,
      test: counterexampleText(counterexample.violation, counterexample.scenario, counterexample.observed, program),
      lines: linesOf(counterexample, program),
    },
    failed_tests: failedTests.map(({ title, failures }) => ({
      title,
      failures: failures.map(({ message }) => message),
    })),
  };
}

function told(counterexample: Counterexample, main: string, program: Program): string {
  const { violation, scenario, observed } = counterexample;
  return [
    `broken: ${violation.invariant}`,
    `  ${violation.said}`,
    "",
    counterexampleText(violation, scenario, observed, program),
    ...linesOf(counterexample, program).map((line) => `= ${line}`),
    "",
    again(counterexample, main),
    "",
  ]
    .map((line) => line.split("\n").map(printable).join("\n"))
    .join("\n");
}

function again({ seed }: Counterexample, main: string): string {
  return `\`routec simulate ${main} --seed ${seed}\` finds it again`;
}

/** How the requests went, a sentence each. */
function linesOf({ observed }: Counterexample, program: Program): readonly string[] {
  return observed.flatMap(({ traces }, index) => {
    const lines = traces.flatMap((trace) => traceLines(trace, program));
    return observed.length === 1 ? lines : lines.map((line) => `request ${index + 1}: ${line}`);
  });
}

function summary({ requests, scenarios, rules, counterexample, failedTests }: SimulateReport): string {
  const seen = `${count(requests, "request")} in ${count(scenarios, "scenario")}, ${rules.reached} of ${count(rules.all, "rule")} decided`;
  const tests = failedTests.length === 0 ? "" : `, ${count(failedTests.length, "test")} failed`;
  return `${seen}: ${counterexample === undefined ? "no invariant is broken" : "an invariant is broken"}${tests}`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en-US")} ${what}${number === 1 ? "" : "s"}`;
}

/** On one line a comment would have no end. */
function oneLine(text: string): string {
  return text
    .trim()
    .replaceAll(/^\s*\/\/ (.*)$/gm, "($1)")
    .replaceAll(/\s*\n\s*/g, " ");
}
