/** Simulates a policy with requests and faults of all kinds, until an invariant is broken or enough was seen. */
import { load, localSignals, type Policy } from "../../../runtime/simulation/index.ts";
import type { DecisionTable } from "../../../runtime/table/artifact.ts";
import type { Analysis } from "../../analysis/analyse.ts";
import type { Program } from "../../program/program.ts";
import { runTests, type TestResult } from "../run.ts";
import { scenariosFrom } from "./arbitrary.ts";
import { check, property } from "./fast-check.ts";
import { judgeOf, type Violation } from "./invariants.ts";
import { poolsOf } from "./pools.ts";
import { type Observed, runner, type Scenario } from "./scenario.ts";

/** What is simulated: a policy without errors. */
export interface Simulated {
  readonly program: Program;
  readonly analysis: Analysis;
  readonly table: DecisionTable;
}

export interface SimulateOptions {
  /** At least so many requests; `RUNS` when not given. */
  readonly runs?: number;
  /** Decides what is drawn; 1 when not given. */
  readonly seed?: number;
  /** Milliseconds for which it goes on, however many requests that are, if nothing is broken. */
  readonly time?: number;
  /** When the first requests come, in milliseconds since the epoch; `START` when not given. */
  readonly start?: number;
}

/** Requests, where nothing else is said. */
export const RUNS = 100_000;
/** A Monday noon in UTC, on which no zone sets its clocks. */
export const START = Date.UTC(2026, 2, 2, 12);
/** Scenarios of one seed. After them the next seed's begin, so that what is found again with a seed is found soon. */
const SCENARIOS = 100;
const MOST_SEED = 2 ** 31 - 1;

export interface SimulateReport {
  readonly requests: number;
  readonly scenarios: number;
  /** Rules, and how many of them decided a request. */
  readonly rules: { readonly reached: number; readonly all: number };
  /** Undefined where nothing is broken. */
  readonly counterexample: Counterexample | undefined;
  /** Those of the policy's tests that fail. */
  readonly failedTests: readonly TestResult[];
}

/** The smallest scenario that was found in which an invariant is broken. */
export interface Counterexample {
  /** The seed that finds it at once. */
  readonly seed: number;
  readonly violation: Violation;
  readonly scenario: Scenario;
  readonly observed: readonly Observed[];
}

export function simulateProgram(
  { program, analysis, table }: Simulated,
  { runs = RUNS, seed = 1, time, start = START }: SimulateOptions = {},
): SimulateReport {
  const policy: Policy = load(table);
  const compute = localSignals();
  const carryOut = runner(policy, compute);
  const judge = judgeOf(program);
  const scenarios = scenariosFrom(poolsOf(program, analysis), start);
  const reached = new Map<string, Set<number>>(program.routes.map(({ names: [name = ""] }) => [name, new Set()]));
  const seen = { requests: 0, scenarios: 0 };

  const holds = property(scenarios, (scenario) => {
    const observed = carryOut(scenario);
    if (judge(observed, scenario) !== undefined) return false;
    seen.scenarios++;
    seen.requests += observed.length;
    for (const { traces } of observed)
      for (const { route, rule } of traces)
        if (route !== undefined && rule !== undefined) reached.get(route)?.add(rule);
    return true;
  });

  const began = performance.now();
  let found: Counterexample | undefined;
  for (let round = 0; found === undefined; round++) {
    const own = (seed + round) % MOST_SEED;
    const { counterexample } = check(holds, { seed: own, numRuns: SCENARIOS });
    if (counterexample !== null) found = judged(counterexample[0], own);
    const isEnough = time === undefined ? seen.requests >= runs : performance.now() - began >= time;
    if (isEnough) break;
  }

  function judged(scenario: Scenario, own: number): Counterexample {
    const observed = carryOut(scenario);
    const violation = judge(observed, scenario);
    if (violation === undefined) throw new Error("a scenario that broke an invariant does not break it again");
    return { seed: own, violation, scenario, observed };
  }

  const results = runTests(program, table, { now: start, seed: 1, compute });
  return {
    ...seen,
    rules: {
      reached: [...reached.values()].reduce((sum, { size }) => sum + size, 0),
      all: program.routes.reduce((sum, { rules }) => sum + rules.length, 0),
    },
    counterexample: found,
    failedTests: results.filter(({ failures }) => failures.length > 0),
  };
}
