/** Policies with tests, in one line of a test. */
import { compileProgram } from "../../../compiler/index.ts";
import {
  coverageOf,
  type Generated,
  type Goal,
  generateTests,
  goalsOf,
  runTests,
  type TestOptions,
  type TestResult,
} from "../../../compiler/testing/index.ts";
import { localSignals } from "../../../runtime/simulation/index.ts";

const NOON = Date.UTC(2026, 2, 2, 12);

export const OPTIONS: TestOptions = { now: NOON, seed: 1, compute: localSignals() };

export interface Tested {
  readonly results: readonly TestResult[];
  readonly goals: readonly Goal[];
  readonly sources: ReadonlyMap<string, string>;
  /** The tests that are missing for full coverage. */
  generate(): Generated;
}

/** What becomes of the tests of a policy: its text, or the path of its file. */
export function tested(policy: string, options: Partial<TestOptions> = {}): Tested {
  const source = policy.includes("\n") ? { text: policy, path: "main.route" } : policy;
  const { program, table, analysis, sources, diagnostics } = compileProgram(source);
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  if (table === undefined || analysis === undefined) throw new Error(`the policy has errors: ${errors.join("; ")}`);
  const all = { ...OPTIONS, ...options };
  const results = runTests(program, table, all);
  const known = goalsOf(program, analysis);
  const goals = coverageOf(
    known,
    results.flatMap(({ trace }) => trace ?? []),
  );
  return { results, goals, sources, generate: () => generateTests(program, table, analysis, known, goals, all) };
}

/** What came instead of what a test expects, a line each. */
export function came(policy: string): string[] {
  return tested(policy).results.flatMap(({ failures }) => failures.map(({ message }) => message));
}
