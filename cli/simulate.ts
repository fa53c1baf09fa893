/** `routec simulate <main.route>` */
import type { SimulateOptions } from "../compiler/testing/simulation/simulate.ts";
import { type Command, define, EXIT, InputError, UsageError, wholeNumber } from "./command.ts";
import { tryReading } from "./files.ts";
import { fromHere, placeFromHere, REPORT, reportAside, takesColor } from "./report.ts";

export const command: Command = define({
  usage: "simulate <main.route>",
  about: `Sends a policy requests of all kinds while providers fail in all ways, and says whether what must hold does: that
each request is answered once, by the rule that is written, within the deadline and what is proved of calls, cost and
time; that no budget is passed, no call goes unpaid, and nobody receives what a \`prove\` forbids. Requests are made from the
policy's own types and the values that its rules tell apart; they run through its decision table, the executor and the
ledger of the proxy, in virtual time. Nothing leaves the process. Its tests run too.

What breaks an invariant is made as small as it can be, and written as a test with the seed that finds it again. It needs
the package \`fast-check\`.

Exits with 1 where an invariant is broken, a test fails or the policy has errors.`,
  options: {
    ...REPORT,
    runs: { type: "string", value: "number", help: "at least so many requests; 100000 when not given" },
    seed: { type: "string", value: "number", help: "decides what is drawn; 1 when not given" },
    time: {
      type: "string",
      value: "duration",
      help: "go on for so long, such as 5m, in place of a number of requests",
    },
  },
  takes: [1, 1],
  examples: ["routec simulate main.route", "routec simulate main.route --time 5m --seed 7"],
  async run(values, [main = ""]) {
    const { runs, seed, time, format = "human" } = values;
    if (runs !== undefined && time !== undefined) throw new UsageError("`--runs` and `--time` exclude each other");
    const options: SimulateOptions = {
      ...(runs !== undefined && { runs: wholeNumber("--runs", runs, 1, 1e12) }),
      ...(seed !== undefined && { seed: wholeNumber("--seed", seed, 0, 2 ** 31 - 1) }),
      ...(time !== undefined && { time: durationOf(time) }),
    };
    const { compileProgram } = await import("../compiler/index.ts");
    const compiled = tryReading(main, () => compileProgram(main));
    const { program, table, analysis } = compiled;
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    if (reportAside(fromHere({ ...compiled, diagnostics: errors }, main), values)) return EXIT.findings;
    if (table === undefined || analysis === undefined)
      throw new InputError(`\`${main}\` has no route, so there is nothing to simulate`);

    const { simulateProgram } = await loaded(() => import("../compiler/testing/simulation/simulate.ts"));
    const { renderPlainReport, renderReport, reportJson } = await import("../compiler/testing/simulation/report.ts");
    const found = simulateProgram({ program, analysis, table }, options);
    const here = <P extends { readonly file: string }>(place: P): P => ({
      ...place,
      file: placeFromHere(place.file, main),
    });
    const failedTests = found.failedTests.map((result) => ({ ...here(result), failures: result.failures.map(here) }));
    const report = { ...found, failedTests };
    const sources = new Map([...compiled.sources].map(([name, text]) => [placeFromHere(name, main), text]));
    const { stdout } = process;
    if (format === "json") stdout.write(`${JSON.stringify(reportJson(report, program), null, 2)}\n`);
    else if (format === "plain") stdout.write(renderPlainReport(report, main, program, sources));
    else stdout.write(renderReport(report, main, program, sources, takesColor(values.color, stdout)));
    return report.counterexample === undefined && failedTests.length === 0 ? EXIT.well : EXIT.findings;
  },
});

async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof Error && error.name === "FastCheckMissingError") throw new InputError(error.message);
    throw error;
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds. */
function durationOf(written: string): number {
  const [, number = "", unit = ""] = /^(\d{1,9})(ms|s|m|h)$/.exec(written) ?? [];
  const length = UNITS[unit];
  if (length !== undefined && Number(number) > 0) return Number(number) * length;
  throw new UsageError(`\`--time\` cannot be \`${written}\`: expected a duration such as 30s or 5m`);
}
