/** `routec test [paths…]` */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { CompiledProgram } from "../compiler/index.ts";
import type { Goal, TestOptions, TestResult } from "../compiler/testing/index.ts";
import type { DecisionTable } from "../runtime/table/index.ts";
import { type Command, define, EXIT, InputError, UsageError, wholeNumber } from "./command.ts";
import { policyFiles, tryReading, tryWriting, writeOutput } from "./files.ts";
import { fromHere, placeFromHere, REPORT, type ReportValues, reportAside, takesColor } from "./report.ts";

export const command: Command = define({
  usage: "test [paths…]",
  about: `Runs the \`test\` blocks of policies: each sends its request through the policy's decision table and the plan
executor of the proxy, in virtual time and against simulated providers. Nothing leaves the process. A path is a policy
or a folder; without paths it is all \`.route\` files below the current folder. Tests of imported files run too.

--coverage says which rules, outcomes of comparisons and gates, and steps of plans no test reached; what no request at
all can reach does not count. --generate writes the tests that are missing for that to standard output:

  routec test main.route --generate >> main.route

Exits with 0 where all tests pass, with 1 where one fails or a policy has errors, with 3 where coverage is below the
threshold.`,
  options: {
    ...REPORT,
    format: {
      ...REPORT.format,
      choices: ["human", "plain", "json", "github", "junit"],
      help: "for people (the default), for screen readers, or for other programs",
    },
    filter: { type: "string", value: "text", help: "only tests with this in their titles" },
    coverage: { type: "boolean", help: "also say what no test reached" },
    "coverage-format": {
      type: "string",
      choices: ["text", "json", "lcov"],
      help: "for people (the default), or for other programs; implies --coverage",
    },
    output: { type: "string", short: "o", value: "file", help: "write the coverage to this file" },
    threshold: { type: "string", value: "percent", help: "less coverage than this, of all that counts, is a failure" },
    generate: { type: "boolean", help: "write the tests that are missing for full coverage" },
    seed: { type: "string", value: "number", help: "for draws by chance; 1 when not given" },
    at: { type: "string", value: "time", help: "when requests come, such as 2026-03-01T12:00:00Z; now when not given" },
  },
  takes: [0, Number.POSITIVE_INFINITY],
  examples: [
    "routec test",
    "routec test main.route --coverage --threshold 90",
    "routec test policies --coverage-format lcov -o coverage/lcov.info",
    "routec test main.route --filter outage --format junit > junit.xml",
  ],
  async run(values, paths) {
    const { filter, output, format = "human" } = values;
    const { "coverage-format": shape = "text" } = values;
    const threshold = values.threshold === undefined ? 0 : wholeNumber("--threshold", values.threshold, 0, 100);
    const seed = values.seed === undefined ? 1 : wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1);
    const now = values.at === undefined ? Date.now() : timeOf(values.at);
    if (shape !== "text" && output === undefined)
      throw new UsageError(`\`--coverage-format ${shape}\` needs a file: \`-o <file>\``);
    const isCovered = values.coverage === true || values["coverage-format"] !== undefined || output !== undefined;

    const { localSignals } = await import("../runtime/simulation/index.ts");
    const options: TestOptions = { now, seed, compute: localSignals(), ...(filter !== undefined && { filter }) };
    const counts = isCovered || threshold > 0;
    const programs = await compiledFrom(policyFiles(paths), values);
    if (values.generate === true) return generate(programs.whole, options);
    const testing = await import("../compiler/testing/index.ts");
    const ran = programs.whole.map((program) => runOne(program, options, counts, testing));
    const sources = new Map(ran.flatMap((each) => [...each.sources]));
    const results = ran.flatMap((each) => each.results);
    if (filter !== undefined && results.length === 0) throw new InputError(`no test has \`${filter}\` in its title`);

    const goals = testing.together(ran.map((each) => each.goals));
    const coverage = {
      text: () => testing.renderCoverage(goals, sources),
      json: () => `${JSON.stringify(testing.coverageJson(goals, sources), null, 2)}\n`,
      lcov: () => testing.renderLcov(goals, sources),
    }[shape as "text" | "json" | "lcov"];
    if (output !== undefined) {
      tryWriting(() => mkdirSync(dirname(output), { recursive: true }));
      writeOutput(output, coverage());
    }
    const { stdout } = process;
    switch (format) {
      case "json": {
        const document = testing.resultsJson(results, sources);
        const whole = isCovered ? { ...document, coverage: testing.coverageJson(goals, sources) } : document;
        stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
        break;
      }
      case "junit":
        stdout.write(testing.renderJunitResults(results, sources));
        break;
      default: {
        const failures = {
          human: () => testing.renderFailures(results, sources, takesColor(values.color, stdout)),
          plain: () => testing.renderPlainResults(results, sources),
          github: () => testing.renderGithubResults(results, sources),
        }[format as "human" | "plain" | "github"]();
        const gap = format === "human" && failures !== "" ? "\n" : "";
        stdout.write(`${failures}${gap}${testing.summaryOf(results)}\n`);
        if (isCovered && output === undefined) stdout.write(`\n${coverage()}`);
      }
    }
    if (programs.failed || results.some(({ failures }) => failures.length > 0)) return EXIT.findings;
    const { percent } = testing.shareOf(goals);
    if (percent >= threshold) return EXIT.well;
    process.stderr.write(`routec: ${percent}% of all that counts is reached, ${threshold}% is the threshold\n`);
    return EXIT.gate;
  },
});

function timeOf(written: string): number {
  const time = Date.parse(written);
  if (!Number.isNaN(time)) return time;
  throw new UsageError(`\`--at\` cannot be \`${written}\`: expected a time such as 2026-03-01T12:00:00Z`);
}

/** A policy without errors. */
interface Whole extends Omit<CompiledProgram, "table" | "analysis"> {
  readonly main: string;
  readonly table: DecisionTable;
  readonly analysis: NonNullable<CompiledProgram["analysis"]>;
}

/** Compiles policies; errors go to standard error. Libraries are left out: their tests run with those who import them. */
async function compiledFrom(
  files: readonly string[],
  values: ReportValues,
): Promise<{ whole: readonly Whole[]; failed: boolean }> {
  const { compileProgram } = await import("../compiler/index.ts");
  const whole: Whole[] = [];
  let failed = false;
  for (const main of files) {
    const compiled = tryReading(main, () => compileProgram(main));
    const { table, analysis, sources } = compiled;
    const diagnostics = compiled.diagnostics.filter(({ severity }) => severity === "error");
    if (reportAside(fromHere({ diagnostics, sources }, main), values)) failed = true;
    if (table !== undefined && analysis !== undefined) whole.push({ ...compiled, main, table, analysis });
  }
  return { whole, failed };
}

type Testing = typeof import("../compiler/testing/index.ts");

interface Ran {
  readonly results: readonly TestResult[];
  readonly goals: readonly Goal[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Runs the tests of a policy; files are named from the current folder. */
function runOne(
  { main, program, table, analysis, sources }: Whole,
  options: TestOptions,
  counts: boolean,
  { runTests, goalsOf, coverageOf }: Testing,
): Ran {
  const here = <P extends { readonly file: string }>(place: P): P => ({
    ...place,
    file: placeFromHere(place.file, main),
  });
  const results = runTests(program, table, options);
  const traces = results.flatMap(({ trace }) => trace ?? []);
  const goals = counts ? coverageOf(goalsOf(program, analysis), traces) : [];
  return {
    results: results.map((result) => ({ ...here(result), failures: result.failures.map(here) })),
    goals: goals.map(here),
    sources: new Map([...sources].map(([name, text]) => [placeFromHere(name, main), text])),
  };
}

/** Writes the tests that are missing. What cannot be reached by a test is said beside. */
async function generate([whole, other]: readonly Whole[], options: TestOptions): Promise<number> {
  if (whole === undefined) return EXIT.findings;
  if (other !== undefined) {
    const which = `\`${whole.main}\` or \`${other.main}\``;
    throw new UsageError(`\`--generate\` writes tests for one policy: which, ${which}?`);
  }
  const { coverageOf, generateTests, goalsOf, missedText, runTests } = await import("../compiler/testing/index.ts");
  const { format } = await import("../compiler/index.ts");
  const { main, program, table, analysis, sources } = whole;
  const goals = goalsOf(program, analysis);
  const traces = runTests(program, table, options).flatMap(({ trace }) => trace ?? []);
  const { tests, missing } = generateTests(program, table, analysis, goals, coverageOf(goals, traces), options);
  const texts = await visible(
    whole,
    tests.map(({ text }) => `\n${format(text).text ?? text}`),
  );
  for (const text of texts) process.stdout.write(text);
  const tell = (line: string): void => void process.stderr.write(`routec: ${line}\n`);
  tell(`${texts.length} test${texts.length === 1 ? "" : "s"} written`);
  for (const { goal, why } of missing) {
    const told = `no test was found for ${placeFromHere(goal.file, main)}: ${missedText(goal, sources)}`;
    tell(why === undefined ? told : `${told}: ${why}`);
  }
  if (texts.length < tests.length)
    tell(`${tests.length - texts.length} more name what \`${main}\` does not import: they belong in the files that do`);
  return EXIT.well;
}

/** The tests that can stand in the main file: one may name what only a file that it imports can see. */
async function visible({ main, sources }: Whole, texts: readonly string[]): Promise<readonly string[]> {
  const { compileProgram } = await import("../compiler/index.ts");
  const [[file, own] = ["", ""]] = sources;
  let end = own.length;
  const blocks = texts.map((text) => {
    const start = end;
    end += text.length;
    return { text, start, end };
  });
  const { diagnostics } = compileProgram({ text: own + texts.join(""), path: main });
  const wrong = diagnostics.filter((each) => each.severity === "error" && each.file === file);
  return blocks
    .filter(({ start, end }) => !wrong.some(({ span }) => span.start >= start && span.start < end))
    .map(({ text }) => text);
}
