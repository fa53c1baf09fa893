/** `routec/tests` and `routec/runTests`: the tests of a file, run as `routec test` runs them, and what they reach. */
import { coverageOf, goalsOf, runTests, together } from "../../compiler/testing/index.ts";
import { localSignals } from "../../runtime/simulation/index.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";
import { type Compiled, compiledMain } from "./compiled.ts";
import { placesIn } from "./places.ts";
import type { Problem, Reached, RunTestsParams, TestAt, TestRun, TestsRun } from "./protocol.ts";

/** As `routec test` does where no other is given. */
const SEED = 1;

/** From the text as it is: also of a policy that cannot be compiled. */
export function testsIn(document: Document): TestAt[] {
  return document.pieces.flatMap(({ start, piece }) =>
    piece.declarations.flatMap((declaration) =>
      declaration.kind === "test" && declaration.title.text !== ""
        ? [{ title: declaration.title.text, range: document.positions.range(moved(declaration.span, start)) }]
        : [],
    ),
  );
}

/** Those of a library run with every policy that imports it, and have to pass with each of them. */
export function runTestsOf(
  document: Document,
  { titles, coverage = false }: RunTestsParams,
  workspace: Workspace,
): TestsRun | Problem {
  const compiled = workspace.mainsOf(document).map((main) => compiledMain(main, workspace));
  const problem = compiled.find((each) => "problem" in each);
  if (problem !== undefined) return problem;
  const ran = compiled.flatMap((each) =>
    "problem" in each ? [] : [runOne(each, document, titles, coverage, workspace)],
  );
  const tests = Map.groupBy(
    ran.flatMap((each) => each.tests),
    ({ title }) => title,
  );
  return {
    tests: [...tests].map(([title, runs]) => ({
      title,
      failures: runs.flatMap(({ failures }) => failures),
      lines: runs.flatMap(({ lines }) => lines),
    })),
    coverage: merged(ran.flatMap((each) => each.coverage)),
  };
}

function runOne(
  compiled: Compiled,
  document: Document,
  titles: readonly string[] | undefined,
  coverage: boolean,
  workspace: Workspace,
): TestsRun {
  const { program, policy, analysis } = compiled;
  const places = placesIn(compiled, workspace);
  const own = program.tests.filter(
    ({ title, place }) =>
      places.location(place).uri === document.uri && (titles === undefined || titles.includes(title)),
  );
  const results = runTests({ ...program, tests: own }, policy.table, {
    now: Date.now(),
    seed: SEED,
    compute: localSignals(),
  });
  const tests = results.map(
    ({ title, failures, lines }): TestRun => ({
      title,
      failures: failures.map(({ message, ...place }) => ({ message, location: places.location(place) })),
      lines,
    }),
  );
  if (!coverage) return { tests, coverage: [] };
  const goals = together([
    coverageOf(
      goalsOf(program, analysis),
      results.flatMap(({ trace }) => trace ?? []),
    ),
  ]);
  const reached = goals
    .filter(({ impossible }) => !impossible)
    .map(({ kind, outcome, hits, file, span }): Reached => {
      const location = places.location({ file, span });
      return { kind, location, hits, ...(outcome !== undefined && { outcome }) };
    });
  return { tests, coverage: reached };
}

/** What several policies import is reached as often as by all of them together. */
function merged(reached: readonly Reached[]): Reached[] {
  const keyOf = ({ kind, location, outcome }: Reached): string => JSON.stringify([kind, location, outcome]);
  return [...Map.groupBy(reached, keyOf).values()].map((same) => ({
    ...(same[0] as Reached),
    hits: same.reduce((sum, { hits }) => sum + hits, 0),
  }));
}
