/** One policy in its own virtual time, through which arrivals go. */
import {
  createSimulation,
  localSignals,
  MissingSignal,
  type Simulation,
  type Trace,
} from "../../runtime/simulation/index.ts";
import { AttributeError, type Policy } from "../../runtime/table/index.ts";
import { type Assumptions, meetingOf } from "./providers/behaviour.ts";
import { type RequestReader, requestReader } from "./request.ts";
import { count, type Fate, Sums } from "./sums/sums.ts";
import type { Timed } from "./traffic/order.ts";

export interface Side {
  readonly policy: Policy;
  readonly sums: Sums;
  readonly requests: RequestReader;
  /** Lets time pass until an arrival, and begins with it. `over` hears what became of it, and nano-dollars. */
  replay(arrival: Timed, over: (fate: Fate, cost: number) => void): void;
  /** Lets time pass until nothing is under way. */
  finish(): void;
}

const NANO = 1e9;

/** `by` are attributes whose values are told apart. */
export function sideOf(policy: Policy, by: readonly string[], assumptions: Assumptions): Side {
  const sums = new Sums(policy, by);
  const requests = requestReader(policy);
  const compute = localSignals();
  let simulation: Simulation | undefined;
  let start = 0;

  function begun(at: number): Simulation {
    if (simulation !== undefined) return simulation;
    start = at;
    simulation = createSimulation(policy, {
      now: at,
      seed: assumptions.seed,
      // Of a request whose texts were not recorded nothing can be computed.
      compute: (signal, request) => (request.attributes?.has("prompt") ? compute(signal, request) : undefined),
      watch: (store) => sums.budgets.before(store),
    });
    return simulation;
  }

  return {
    policy,
    sums,
    requests,
    replay({ at, arrival }, over) {
      const { clock, begin } = begun(at);
      if (at > clock.now()) clock.advance(at - clock.now());
      const recorded = (name: string): string => String(arrival.texts[name] ?? arrival.attributes[name] ?? "");
      const told = (trace: Trace): void => {
        for (const { name, from } of trace.signals)
          if (from === "given") sums.signalCost += Math.round((arrival.signalCosts?.[name] ?? 0) * NANO);
        over(sums.add(at, trace, recorded), trace.cost);
      };
      try {
        const meeting = meetingOf(arrival, start, assumptions, ({ name }, source) => {
          const sources = sums.models.get(name)?.sources;
          if (sources !== undefined) count(sources, source, 1);
        });
        begin(requests.read(arrival), told, meeting);
      } catch (error) {
        if (error instanceof AttributeError) over(sums.refuse(at, `refused: 400 ${error.message}`, recorded), 0);
        else if (error instanceof MissingSignal) {
          count(sums.undecided, error.signal, 1);
          over(`not decided: signal \`${error.signal}\` is not recorded`, 0);
        } else throw error;
      }
    },
    finish() {
      simulation?.clock.run();
    },
  };
}
