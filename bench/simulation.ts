/**
 * How fast policies are simulated, with the plan of `examples/fallback.route`: a request decided alone; decided, counted
 * and carried out to its answer; and as `routec simulate` does it, drawn, met with faults and checked.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compileProgram } from "../compiler/index.ts";
import { createSimulation, load, RUNS, START } from "../compiler/testing/simulation/index.ts";
import { simulateProgram } from "../compiler/testing/simulation/simulate.ts";
import { decide } from "../runtime/table/index.ts";
import { measureStages, type StagesResult } from "./stages.ts";

const SIMULATED = "simulated with faults, and checked";
/** 50,000 requests a second. */
const TARGET = { what: SIMULATED, limit: 20 };
const ROUTEC = new URL("../dist/routec.js", import.meta.url).pathname;
const POLICY = fileURLToPath(new URL("../examples/fallback.route", import.meta.url));
const ROUNDS = 7;
/** A round's seeds are its own: simulating goes from one to the next. */
const SEEDS = 1_000;

export async function benchSimulation(quick: boolean): Promise<StagesResult> {
  const { program, analysis, table } = compileProgram(POLICY);
  if (table === undefined || analysis === undefined) throw new Error(`\`${POLICY}\` has errors`);
  const policy = load(table);
  const runs = quick ? 2_000 : RUNS;
  return measureStages(
    {
      "decided alone": () => {
        for (let index = 0; index < 10 * runs; index++) decide(policy, { model: "chat", prompt_tokens: index });
        return 10 * runs;
      },
      "carried out, nothing fails": (round) => {
        const { run } = createSimulation(policy, { now: START, seed: round });
        for (let index = 0; index < runs; index++) run({ model: "chat" });
        return runs;
      },
      [SIMULATED]: (round) => simulateProgram({ program, analysis, table }, { runs, seed: 1 + round * SEEDS }).requests,
      "`routec simulate`, the whole process": (round) => {
        const said = ["--runs", String(runs), "--seed", String(1 + round * SEEDS), "--format", "json"];
        const report = execFileSync(process.execPath, [ROUTEC, "simulate", POLICY, ...said], { encoding: "utf8" });
        return JSON.parse(report).requests;
      },
    },
    { quick, rounds: ROUNDS, target: TARGET },
  );
}
