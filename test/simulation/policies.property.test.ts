/** Policies of every form, simulated: what is broken in none of them is neither the runtime's fault nor the invariants'. */
import { resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileProgram } from "../../compiler/index.ts";
import { counterexampleText } from "../../compiler/testing/simulation/counterexample.ts";
import { simulateProgram } from "../../compiler/testing/simulation/simulate.ts";
import { policy, written } from "../compiler/proofs/arbitrary.ts";

const FILES = { read: () => Buffer.from("How good is this?"), real: (path: string) => resolve(path) };
const POLICIES = 40;
const REQUESTS = 500;

test("nothing is broken in any policy", () => {
  let simulated = 0;
  fc.assert(
    fc.property(policy, (made) => {
      const text = written({ ...made, proofs: [] });
      const { program, analysis, table } = compileProgram({ text, path: "main.route" }, { fileSystem: FILES });
      fc.pre(table !== undefined && analysis !== undefined);
      const { counterexample } = simulateProgram({ program, analysis, table }, { runs: REQUESTS });
      const said =
        counterexample &&
        counterexampleText(counterexample.violation, counterexample.scenario, counterexample.observed, program);
      expect(said, text).toBeUndefined();
      simulated++;
    }),
    { numRuns: POLICIES },
  );
  expect(simulated).toBeGreaterThanOrEqual(POLICIES);
});
