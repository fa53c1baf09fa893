/** What stages of one work cost, in CPU time. They take turns, so that what disturbs the machine disturbs all alike. */
import { cpuTimeOfAll, waitForQuiet, watchForeignLoad } from "./machine.ts";
import { type Summary, summarize } from "./statistics.ts";

/** Does its work and returns for how many requests. `round` counts from 0, those that are discarded too. */
export type Stage = (round: number) => number | Promise<number>;

export interface StageRow {
  readonly what: string;
  /** Microseconds of CPU time for each request, of all threads, and of the processes that it starts. */
  readonly cpu: Summary;
}

export interface StagesResult {
  readonly rows: readonly StageRow[];
  /** The stage that is to be fast, and microseconds that it may take at most. */
  readonly target: { readonly what: string; readonly limit: number };
  /** Cores that anything else kept busy meanwhile. */
  readonly foreign: number;
}

/** In the first rounds functions are still being compiled: these are discarded. */
const DISCARDED = 2;

export async function measureStages(
  stages: Readonly<Record<string, Stage>>,
  { quick, rounds, target }: { readonly quick: boolean; readonly rounds: number } & Pick<StagesResult, "target">,
): Promise<StagesResult> {
  await waitForQuiet([], quick ? 1 : 30);
  const foreign = watchForeignLoad([]);
  const costs = new Map(Object.keys(stages).map((what): [string, number[]] => [what, []]));
  const discarded = quick ? 0 : DISCARDED;
  for (let round = 0; round < discarded + (quick ? 2 : rounds); round++)
    for (const [what, run] of Object.entries(stages)) {
      const before = cpuTimeOfAll();
      const requests = await run(round);
      if (round >= discarded) costs.get(what)?.push((cpuTimeOfAll() - before) / 1_000 / requests);
    }
  return { rows: [...costs].map(([what, each]) => ({ what, cpu: summarize(each) })), target, foreign: foreign() };
}
