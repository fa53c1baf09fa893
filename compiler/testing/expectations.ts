/** Whether what a test expects is so. */
import { statusOf, type Trace, tried } from "../../runtime/simulation/index.ts";
import type { Expectation, Program } from "../program/program.ts";
import { money, outcomeText, ruleText, triedText } from "./wording.ts";

/** What came instead, in a sentence; undefined where the expectation holds. */
export function unmet(expected: Expectation, trace: Trace, program: Program): string | undefined {
  const { outcome } = trace;
  const decided = ruleText(trace, program) ?? outcomeText(outcome);
  switch (expected.kind) {
    case "plan":
      return trace.plan === expected.plan ? undefined : decided;
    case "rule":
      return trace.rule === expected.value ? undefined : decided;
    case "tries":
      return sameList(tried(trace), expected.models) ? undefined : triedText(trace);
    case "served":
      return outcome.kind === "served" && outcome.model === expected.model ? undefined : outcomeText(outcome);
    case "reject":
      return statusOf(outcome) === expected.value ? undefined : outcomeText(outcome);
    case "cost":
      return trace.cost <= expected.most ? undefined : `it costs ${money(trace.cost)}`;
  }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
