/** Tries chunks of policies, and makes small what fails. */
import { parentPort } from "node:worker_threads";
import fc from "fast-check";
import { examine, type Tally, trial } from "./examine.ts";

/** What follows from a seed. */
export interface Chunk {
  readonly seed: number;
}

export interface Outcome extends Chunk {
  readonly tally: Tally;
  /** The smallest policy found on which something disagrees, and what. */
  readonly failure: string | undefined;
}

/** Of one chunk. Part of what a seed means: with other numbers it stands for other policies and requests. */
const [POLICIES, REQUESTS] = [20, 300];

parentPort?.on("message", ({ seed }: Chunk) => {
  const tally: Tally = { decisions: 0, later: 0, refused: 0, cases: 0 };
  const run = fc.check(
    fc.property(trial, (given) => examine(given, REQUESTS, tally)),
    { seed, numRuns: POLICIES },
  );
  const { message } = run.errorInstance instanceof Error ? run.errorInstance : { message: "" };
  const outcome: Outcome = { seed, tally, failure: run.failed ? message : undefined };
  parentPort?.postMessage(outcome);
});
