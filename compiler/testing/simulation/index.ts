/** `routec/simulation`: policies under requests and faults of all kinds, for the command and for tests of one's own. */
import type { Arbitrary } from "fast-check";
import type { SimulatedRequest } from "../../../runtime/simulation/index.ts";
import { type CompilerOptions, compileProgram, type Source } from "../../index.ts";
import { requestsFrom } from "./arbitrary.ts";
import { counterexampleText } from "./counterexample.ts";
import { poolsOf } from "./pools.ts";
import { type Simulated, type SimulateOptions, type SimulateReport, simulateProgram } from "./simulate.ts";

export * from "../../../runtime/simulation/index.ts";
export type { Broken } from "./invariant.ts";
export type { Arrival, Observed, Scenario } from "./scenario.ts";
export { type Counterexample, RUNS, type SimulateOptions, type SimulateReport, START } from "./simulate.ts";

/** A policy is none that can be simulated: it has errors, or no route. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

/** An invariant is broken, or a test of the policy fails. The message has the smallest request and fault as a test. */
export class BrokenInvariantError extends Error {
  override readonly name = "BrokenInvariantError";
  readonly report: SimulateReport;

  constructor(message: string, report: SimulateReport) {
    super(message);
    this.report = report;
  }
}

/**
 * Simulates a policy, its path or its text, as `routec simulate` does. Throws `BrokenInvariantError`, and `PolicyError` for a
 * policy with errors.
 */
export function simulate(policy: Source, options: SimulateOptions & CompilerOptions = {}): SimulateReport {
  const simulated = compiled(policy, options);
  const report = simulateProgram(simulated, options);
  const { counterexample, failedTests } = report;
  if (counterexample !== undefined) {
    const { violation, scenario, observed, seed } = counterexample;
    const test = counterexampleText(violation, scenario, observed, simulated.program);
    throw new BrokenInvariantError(
      `${violation.invariant}: ${violation.said}\n\n${test}\nseed ${seed} finds it again`,
      report,
    );
  }
  const [failed] = failedTests;
  if (failed !== undefined)
    throw new BrokenInvariantError(
      `test \`${failed.title}\` fails: ${failed.failures.map(({ message }) => message).join("; ")}`,
      report,
    );
  return report;
}

/** Requests of a policy, its path or its text, for properties of one's own. Throws `PolicyError` for a policy with errors. */
export function arbitraryRequest(policy: Source, options: CompilerOptions = {}): Arbitrary<SimulatedRequest> {
  const { program, analysis } = compiled(policy, options);
  return requestsFrom(poolsOf(program, analysis));
}

function compiled(policy: Source, options: CompilerOptions): Simulated {
  const { program, analysis, table, diagnostics } = compileProgram(policy, options);
  if (table !== undefined && analysis !== undefined) return { program, analysis, table };
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  throw new PolicyError(
    errors.length === 0 ? "the policy has no route" : `the policy has errors: ${errors.join("; ")}`,
  );
}
