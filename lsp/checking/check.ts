/** Checks programs a step at a time, so that what has changed meanwhile is seen between two steps. */
import type { FileSystem } from "../../compiler/index.ts";
import { checkInSteps, type Understood } from "../../compiler/index.ts";
import { lower } from "../../compiler/table/lower.ts";
import { runTests, type TestResult } from "../../compiler/testing/index.ts";
import { localSignals } from "../../runtime/simulation/index.ts";
import type { DecisionTable } from "../../runtime/table/artifact.ts";
import { createIncrementalParser, type IncrementalParser } from "../text/parse.ts";
import { understand } from "./understand.ts";
import type { Understanding } from "./understanding.ts";

/** More tests than these are not run unasked. */
const MOST_TESTS = 300;

/** Draws by chance are the same in each run. */
const SEED = 1;

export type Check = (main: string) => Generator<Understanding | undefined, void>;

/**
 * Gives what is understood of a program whenever there is more of it; undefined after a step that has shown nothing new.
 * Of programs that were checked before only what has changed is read again.
 */
export function createCheck(fileSystem: FileSystem): Check {
  const parsers = new Map<string, IncrementalParser>();
  return function* check(main) {
    const parser = parsers.get(main) ?? createIncrementalParser();
    parsers.set(main, parser);
    parser.forget();
    let understood: Understood | undefined;
    try {
      const steps = checkInSteps(main, { fileSystem }, parser.parse);
      let shown = false;
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) {
          understood = step.value;
          break;
        }
        // Names and types first; of what comes then, all together.
        yield shown ? undefined : understand(main, step.value(), false);
        shown = true;
      }
      // The words in which syntax errors are told, and what else there is to say then, are those of the command.
      if (parser.broken()) {
        yield understand(main, understood, false);
        understood = last(checkInSteps(main, { fileSystem }));
      }
    } catch (error) {
      // A main file that cannot be read is none of ours to report: it was removed.
      if (!isFileError(error)) throw error;
      parsers.delete(main);
      return;
    }
    yield understand(main, understood, true, testsOf(understood));
  };
}

function last<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
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
  return tableOf(last(checkInSteps(main, { fileSystem })));
}
