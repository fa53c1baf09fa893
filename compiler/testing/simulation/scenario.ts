/** Requests that come to a policy one after another, and what is the case meanwhile. */
import {
  type Policy,
  type SimulatedRequest,
  type Simulation,
  type SimulationOptions,
  simulator,
  type Trace,
  type World,
} from "../../../runtime/simulation/index.ts";

export interface Scenario {
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** For draws by chance and jitter. */
  readonly draws: number;
  readonly world: World;
  readonly arrivals: readonly Arrival[];
}

export interface Arrival {
  /** Milliseconds after the one before. */
  readonly after: number;
  readonly request: SimulatedRequest;
}

/** A request with what became of it. */
export interface Observed {
  readonly request: SimulatedRequest;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** One, if all is well. */
  readonly traces: readonly Trace[];
}

/** Carries scenarios out, each by itself. */
export function runner(
  policy: Policy,
  compute: SimulationOptions["compute"],
): (scenario: Scenario) => readonly Observed[] {
  const simulate = simulator(policy);
  return (scenario) => run(scenario, simulate({ ...optionsOf(scenario), ...(compute && { compute }) }, scenario.world));
}

function optionsOf({ start, draws }: Scenario): SimulationOptions {
  return { now: start, seed: draws };
}

function run({ arrivals }: Scenario, { clock, begin }: Simulation): readonly Observed[] {
  const observed: Observed[] = [];
  for (const { after, request } of arrivals) {
    if (after > 0) clock.advance(after);
    const traces: Trace[] = [];
    observed.push({ request, at: clock.now(), traces });
    begin(request, (trace) => traces.push(trace));
  }
  clock.run();
  return observed;
}
