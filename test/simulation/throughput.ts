/**
 * How fast simulating is, in CPU time of one core: `node test/simulation/throughput.ts [policy.route]`. Without faults a
 * request is decided, counted and carried out to its answer; with them that is checked as `routec simulate` does.
 */
import { compileProgram } from "../../compiler/index.ts";
import { createSimulation, load, START } from "../../compiler/testing/simulation/index.ts";
import { simulateProgram } from "../../compiler/testing/simulation/simulate.ts";
import { decide } from "../../runtime/table/index.ts";

const { program, analysis, table } = compileProgram(process.argv[2] ?? "examples/fallback.route");
if (table === undefined || analysis === undefined) throw new Error("the policy has errors");
const policy = load(table);
const REQUESTS = 100_000;
const ROUNDS = 5;

/** Microseconds of CPU time for each request, the least of several rounds: others use the machine, too. */
function least(run: (round: number) => number): number {
  const costs = Array.from({ length: ROUNDS }, (_, round) => {
    const before = process.cpuUsage();
    const requests = run(round);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / requests;
  });
  return Math.min(...costs);
}

const decided = least(() => {
  for (let index = 0; index < REQUESTS; index++) decide(policy, { model: "chat", prompt_tokens: index });
  return REQUESTS;
});
const carriedOut = least((round) => {
  const { run } = createSimulation(policy, { now: START, seed: round });
  for (let index = 0; index < REQUESTS; index++) run({ model: "chat" });
  return REQUESTS;
});
const simulated = least(
  (round) => simulateProgram({ program, analysis, table }, { runs: REQUESTS, seed: 1 + round * 1_000 }).requests,
);

for (const [what, each] of Object.entries({
  "decided alone": decided,
  "carried out, nothing fails": carriedOut,
  "simulated with faults, and checked": simulated,
})) {
  const aSecond = Math.round(1e6 / each).toLocaleString("en-US");
  const times = (each / decided).toFixed(0);
  process.stdout.write(`${what}: ${each.toFixed(2)} us a request, ${aSecond} a second, ${times} times deciding\n`);
}
