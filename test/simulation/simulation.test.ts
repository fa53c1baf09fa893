/** `routec/simulation` as a library, and what its parts promise. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileProgram } from "../../compiler/index.ts";
import { scenariosFrom } from "../../compiler/testing/simulation/arbitrary.ts";
import {
  arbitraryRequest,
  createSimulation,
  load,
  PolicyError,
  START,
  simulate,
} from "../../compiler/testing/simulation/index.ts";
import { judgeOf } from "../../compiler/testing/simulation/invariants.ts";
import { poolsOf } from "../../compiler/testing/simulation/pools.ts";
import { renderPlainReport, renderReport, reportJson } from "../../compiler/testing/simulation/report.ts";
import { runner } from "../../compiler/testing/simulation/scenario.ts";
import { simulateProgram } from "../../compiler/testing/simulation/simulate.ts";
import { hashTable } from "../../runtime/table/index.ts";
import { TABLE_FAULTS } from "./faults.ts";

const PLANTED = fileURLToPath(new URL("planted.route", import.meta.url));
const EXAMPLES = ["fallback", "cascade", "tiers-and-budgets", "degradation", "canary", "semantic", "eu-residency"];

function compiled(path: string) {
  const { program, analysis, table, sources } = compileProgram(path);
  if (table === undefined || analysis === undefined) throw new Error("the policy has errors");
  return { program, analysis, table, sources };
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}.route`, import.meta.url));
}

/** The policy beside with a fault in its table. */
function faulty(name: string) {
  const { table, ...rest } = compiled(PLANTED);
  const changed = structuredClone(table);
  TABLE_FAULTS.find((fault) => fault.name === name)?.plant(changed);
  return { ...rest, table: { ...changed, hash: hashTable(changed) } };
}

test.each(EXAMPLES)("of `%s` every rule is exercised, and nothing is broken", (name) => {
  const { rules, requests } = simulate(example(name), { runs: 3_000 });
  expect(rules.reached).toBe(rules.all);
  expect(requests).toBeGreaterThanOrEqual(3_000);
});

test("requests are such as the policy takes, for properties of one's own", () => {
  const { program, table } = compiled(example("eu-residency"));
  const simulation = createSimulation(load(table), { now: START, seed: 1 });
  fc.assert(
    fc.property(arbitraryRequest(example("eu-residency")), (request) => {
      const { outcome, route } = simulation.run(request);
      expect(outcome.kind).not.toBe("refused");
      expect(program.routes.map(({ names }) => names[0])).toContain(route);
    }),
  );
});

test("a policy with errors is none that can be simulated", () => {
  const wrong = (): unknown => simulate({ text: "route chat -> nobody" });
  expect(wrong).toThrow(PolicyError);
  expect(wrong).toThrow("the policy has errors: `nobody` is not declared");
});

test("without fast-check the command says what it lacks", () => {
  const hook = `import { registerHooks } from "node:module";
registerHooks({
  resolve(name, context, next) {
    if (name === "fast-check") throw new Error("not found");
    return next(name, context);
  },
});`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`];
  const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [...node, main, "simulate", PLANTED], { encoding: "utf8" });
  expect(stderr).toBe(
    "routec: to simulate needs the package `fast-check`, which is not installed: `npm install --save-dev fast-check`\n",
  );
  expect(status).toBe(2);
});

describe("what is broken", () => {
  const NAME = "a fallback leaks the region";

  test.each(["human", "plain", "json"] as const)("is told %s", async (format) => {
    const { sources, program, ...simulated } = faulty(NAME);
    const report = simulateProgram({ program, ...simulated });
    const text = {
      human: () => renderReport(report, "main.route", program, sources, false),
      plain: () => renderPlainReport(report, "main.route", program, sources),
      json: () => `${JSON.stringify(reportJson(report, program), null, 2)}\n`,
    }[format]();
    await expect(text).toMatchFileSnapshot(`golden/leak.${format === "json" ? "json" : `${format}.txt`}`);
  });

  test("is found again with its seed, at once and as small", () => {
    const simulated = faulty("a budget is larger than it is written");
    const first = simulateProgram(simulated).counterexample;
    const again = simulateProgram(simulated, { seed: first?.seed ?? 0, runs: 1 }).counterexample;
    expect(again?.scenario).toEqual(first?.scenario);
  });
});

test("what is made smaller is smaller: shrinking comes to an end", () => {
  const { program, analysis } = compiled(PLANTED);
  const scenarios = scenariosFrom(poolsOf(program, analysis), START);
  const { counterexample, numShrinks } = fc.check(
    fc.property(scenarios, ({ arrivals }) => arrivals.length === 0),
    { seed: 1 },
  );
  const [smallest] = counterexample ?? [];
  expect(numShrinks).toBeLessThan(200);
  expect(smallest).toEqual({
    start: START,
    draws: 1,
    world: { used: new Map(), down: new Set(), models: new Map() },
    arrivals: [{ after: 0, request: { model: "chat", attributes: new Map(), signals: new Map() } }],
  });
});

test("a scenario is carried out alike whatever was before it", () => {
  const { program, analysis, table } = compiled(PLANTED);
  const carryOut = runner(load(table), undefined);
  const judge = judgeOf(program);
  fc.assert(
    fc.property(scenariosFrom(poolsOf(program, analysis), START), (scenario) => {
      const [one, other] = [carryOut(scenario), carryOut(scenario)];
      expect(one).toEqual(other);
      expect(judge(one, scenario)).toBeUndefined();
    }),
    { seed: 3, numRuns: 50 },
  );
});
