/** What a simulation of the policy beside finds. */
import { fileURLToPath } from "node:url";
import { compileProgram } from "../../compiler/index.ts";
import { counterexampleText } from "../../compiler/testing/simulation/counterexample.ts";
import { simulateProgram } from "../../compiler/testing/simulation/simulate.ts";
import { hashTable } from "../../runtime/table/index.ts";
import type { TableFault } from "./faults.ts";

const POLICY = fileURLToPath(new URL("planted.route", import.meta.url));

/** In so many a planted fault is found: some take two tenants who come to the end of a budget together. */
export const RUNS = 300_000;

export interface Found {
  readonly invariant: string;
  /** How many attributes the request says, of several the one that says most. */
  readonly attributes: number;
  readonly text: string;
}

/** Undefined where nothing is broken in so many requests. */
export function found(runs: number, plant: TableFault["plant"] = () => {}): Found | undefined {
  const { program, analysis, table } = compileProgram(POLICY);
  if (table === undefined || analysis === undefined) throw new Error("the policy has errors");
  const changed = structuredClone(table);
  plant(changed);
  const simulated = { program, analysis, table: { ...changed, hash: hashTable(changed) } };
  const { counterexample } = simulateProgram(simulated, { runs });
  if (counterexample === undefined) return undefined;
  const { violation, scenario, observed } = counterexample;
  const text = counterexampleText(violation, scenario, observed, program);
  const attributes = Math.max(...observed.map(({ request }) => request.attributes?.size ?? 0));
  return { invariant: violation.invariant, attributes, text };
}
