/** Checks a program a step at a time, so that what has changed meanwhile is seen between two steps. */
import { checkInSteps, type FileSystem, type Interrupted, type Understood } from "../../compiler/index.ts";
import { interruptible } from "../../compiler/program/interruption.ts";
import { lower } from "../../compiler/table/lower.ts";
import { runTests, type TestResult } from "../../compiler/testing/index.ts";
import { localSignals } from "../../runtime/simulation/index.ts";
import type { DecisionTable } from "../../runtime/table/artifact.ts";
import { createIncrementalParser } from "../text/parse.ts";
import type { Early } from "./messages.ts";
import { namesAndTypes, understand } from "./understand.ts";
import type { Understanding } from "./understanding.ts";

/** More tests than these are not run unasked. */
const MOST_TESTS = 300;

/** Draws by chance are the same in each run. */
const SEED = 1;

/** What stands between two steps: what is known early, or that the next one takes long and cannot be interrupted. */
export type Between = Early | "long" | undefined;

/** Returns undefined where there is no such program. */
export type Check = () => Generator<Between, Understanding | undefined>;

/**
 * Checks one program, again and again: of what was read before only what has changed is read again.
 * @param interrupted ends a step with the compiler's `InterruptedError`.
 */
export function createCheck(main: string, fileSystem: FileSystem, interrupted?: Interrupted): Check {
  const parser = createIncrementalParser();
  return function* check() {
    try {
      const steps = checkInSteps(main, { fileSystem, ...(interrupted && { interrupted }) }, parser.parse);
      const named = steps.next();
      parser.forget();
      const early = named.done ? named.value : named.value();
      yield namesAndTypes(main, early);
      // The words in which syntax errors are told, and what else there is to say then, are those of the command.
      const isBroken = early.diagnostics.some(({ code }) => code.startsWith("RT1"));
      if (isBroken) yield "long";
      const understood = yield* between(isBroken ? checkInSteps(main, { fileSystem }) : steps);
      yield undefined;
      const tests = testsOf(understood);
      yield undefined;
      return interruptible(interrupted, () =>
        understand(main, understood, isBroken ? understood.diagnostics : early.diagnostics, tests),
      );
    } catch (error) {
      // A main file that cannot be read is none of ours to report: it was removed.
      if (!isFileError(error)) throw error;
      return undefined;
    }
  };
}

function* between<T>(steps: Generator<unknown, T>): Generator<undefined, T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield undefined;
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "code" in error && "syscall" in error;
}

/** The decision table of a program without errors, or with none but that its proofs do not hold. */
function tableOf({ program, analysis, diagnostics }: Understood): DecisionTable | undefined {
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && !code.startsWith("RT4"));
  if (analysis === undefined || errors.length > 0 || program.routes.length === 0) return undefined;
  return lower(program, analysis);
}

function testsOf(understood: Understood): readonly TestResult[] {
  const { program } = understood;
  if (program.tests.length === 0 || program.tests.length > MOST_TESTS) return [];
  const table = tableOf(understood);
  return table === undefined ? [] : runTests(program, table, { now: Date.now(), seed: SEED, compute: localSignals() });
}

/** As `tableOf`, of a main file. */
export function compileOnce(main: string, fileSystem: FileSystem): DecisionTable | undefined {
  const steps = between(checkInSteps(main, { fileSystem }));
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return tableOf(step.value);
}
