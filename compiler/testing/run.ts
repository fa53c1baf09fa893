/** Runs a program's tests: each by itself, on its own virtual time and with models of which nothing is known yet. */
import {
  createSimulation,
  load,
  MissingSignal,
  momentOf,
  type Policy,
  SignalError,
  type SimulationOptions,
  type Trace,
} from "../../runtime/simulation/index.ts";
import type { DecisionTable } from "../../runtime/table/artifact.ts";
import type { Place, Related } from "../diagnostics/index.ts";
import type { Program, TestCase } from "../program/program.ts";
import { unmet } from "./expectations.ts";
import { impossibleIn, situationOf } from "./request.ts";
import { traceLines } from "./wording.ts";
import { anyOf, given } from "./written.ts";

export interface TestOptions extends SimulationOptions {
  /** Only tests with this in their titles. */
  readonly filter?: string;
}

/** What came of a test. Its place is its title. */
export interface TestResult extends Place {
  readonly title: string;
  /** Empty of a test that passed: the expectations that do not hold, with what came instead. */
  readonly failures: readonly Related[];
  /** How the request went, a sentence each. */
  readonly lines: readonly string[];
  /** Undefined where it could not be decided. */
  readonly trace: Trace | undefined;
}

/** Runs the tests of a program, of which `table` is the decision table, in the order in which they are written. */
export function runTests(program: Program, table: DecisionTable, options: TestOptions): readonly TestResult[] {
  const { filter = "" } = options;
  const tests = program.tests.filter(({ title }) => title.includes(filter));
  if (tests.length === 0) return [];
  const policy = load(table);
  return tests.map((test) => runTest(test, program, policy, options));
}

export function runTest(test: TestCase, program: Program, policy: Policy, options: SimulationOptions): TestResult {
  const { title, place } = test;
  const impossible = impossibleIn(test);
  if (impossible !== undefined)
    return { title, ...place, failures: [{ ...place, message: impossible }], lines: [], trace: undefined };
  const { request, world } = situationOf(test);
  const now = momentOf(request, policy.table.zone, options.now);
  try {
    const trace = createSimulation(policy, { ...options, now }, world).run(request);
    const failures = test.expect.flatMap((expected): Related[] => {
      const came = unmet(expected, trace, program);
      return came === undefined ? [] : [{ ...expected.place, message: came }];
    });
    return { title, ...place, failures, lines: traceLines(trace, program), trace };
  } catch (error) {
    if (error instanceof SignalError)
      return { title, ...place, failures: [{ ...place, message: error.message }], lines: [], trace: undefined };
    if (!(error instanceof MissingSignal)) throw error;
    const { signal } = error;
    const attribute = program.signals.find(({ facts }) => facts.name === signal)?.attribute;
    const example = attribute === undefined ? `given ${signal} …` : given(attribute, anyOf(attribute));
    const message = `the decision needs signal \`${signal}\`: say what it is, such as \`${example}\``;
    return { title, ...place, failures: [{ ...place, message }], lines: [], trace: undefined };
  }
}
