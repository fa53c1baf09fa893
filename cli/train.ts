/** `routec train classifier examples.jsonl -o weights.json` */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import {
  type Examples,
  ExamplesError,
  type Measured,
  readExamples,
  TrainError,
  type TrainReport,
  train,
} from "../runtime/signals/training/index.ts";
import { type Command, define, EXIT, InputError, UsageError, wholeNumber } from "./command.ts";
import { readInput, writeOutput } from "./files.ts";

export const command: Command = define({
  usage: "train classifier <examples.jsonl> -o <weights.json>",
  about: `Makes the weights of a \`classifier\` signal from examples: lines of JSON with a \`text\` and, for an enum, its member
as the \`label\`, or for a score a \`value\` from 0 to 1. It is a linear model over words, pairs of words and runs of
characters. A fifth of the texts is held out to measure it on; the same examples and seed give the same bytes.

Weights that the examples do not support are not written: too few lines, a rare member, or no better on the held-out lines
than always saying the most frequent member. Then the exit code is 3.`,
  options: {
    output: { type: "string", short: "o", value: "file", help: "where to write the weights; `-` is standard output" },
    seed: { type: "string", value: "number", help: "decides which lines are held out (1)" },
    date: { type: "string", value: "YYYY-MM-DD", help: "stands in the file as the day it was made; none if not given" },
    force: { type: "boolean", help: "write weights that the examples do not support, too" },
    format: { type: "string", choices: ["human", "json"], help: "of the report; human if not given" },
  },
  takes: [2, 2],
  examples: ["routec train classifier examples.jsonl -o weights.json"],
  async run({ output, seed: written = "1", date, force = false, format }, [what = "", path = ""]) {
    if (what !== "classifier")
      throw new UsageError(`\`train ${what}\` is nothing that can be trained: expected classifier`);
    if (output === undefined) throw new UsageError("`train` needs to know where to write: `-o <weights.json>`");
    if (date !== undefined && !(await isDay(date)))
      throw new UsageError(`\`--date\` cannot be \`${date}\`: expected one such as 2026-01-31`);
    const seed = wholeNumber("--seed", written, 0, 2 ** 32 - 1);
    if (isSameFile(path, output)) throw new UsageError(`\`-o ${output}\` would write over the examples`);
    const bytes = await readInput(path);
    const { weights, report, examples } = trained(path, bytes, seed, date);
    const refused = report.doubts.length > 0 && !force;
    const text = format === "json" ? `${JSON.stringify(report)}\n` : said(report, examples);
    (output === "-" ? process.stderr : process.stdout).write(text);
    if (refused) {
      process.stderr.write("the weights are not written: `--force` writes them all the same\n");
      return EXIT.gate;
    }
    if (output === "-") process.stdout.write(`${JSON.stringify(weights)}\n`);
    else writeOutput(output, `${JSON.stringify(weights)}\n`);
    return EXIT.well;
  },
});

/** Whether it is a date that a calendar has. */
async function isDay(text: string): Promise<boolean> {
  const { instantOf } = await import("../runtime/config/index.ts");
  return /^\d{4}-\d\d-\d\d$/.test(text) && instantOf(text) !== undefined;
}

/** Whether both paths lead to one file, be it by a link. */
function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function trained(path: string, bytes: Buffer, seed: number, date: string | undefined) {
  try {
    const examples = readExamples(bytes.toString().replace(/^\ufeff/, ""));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const provenance = { trainer: "routec", data: `sha256:${sha256}`, ...(date !== undefined && { date }) };
    return { ...train(examples, { seed, provenance }), examples };
  } catch (error) {
    if (error instanceof ExamplesError || error instanceof TrainError)
      throw new InputError(`\`${path}\`: ${error.message}`);
    throw error;
  }
}

function said(report: TrainReport, { all, repeated, contradicted }: Examples): string {
  const { members, baseline } = report;
  const what = members === undefined ? "a score" : `a choice of ${members.length} members`;
  return [
    `${what}, from ${all.length} lines: ${report.trained} to train on, ${report.heldOut} held out`,
    ...(repeated > 0 ? [`left out: ${count(repeated, "line")} that repeated another`] : []),
    ...(contradicted > 0 ? [`${count(contradicted, "text")} stood there with more than one answer`] : []),
    "",
    "on the held-out lines (in brackets, where 95 in 100 bootstrap samples lie)",
    ...columns([
      ["accuracy", interval(report.accuracy)],
      [`always \`${baseline.says}\``, figure(baseline.accuracy)],
      ["better by", interval(report.gain)],
      ...(report.auc === undefined ? [] : [["area under the ROC curve", interval(report.auc)]]),
      ["calibration error", figure(report.calibrationError)],
    ]),
    ...(members === undefined
      ? []
      : [
          "",
          ...columns([
            ["", "lines", "precision", "recall"],
            ...members.map(({ member, lines, precision, recall }) => [
              member,
              String(lines),
              figure(precision),
              figure(recall),
            ]),
          ]),
        ]),
    "",
    "what the held-out lines are, and what was said of them",
    ...columns([
      ["", ...report.confusion.classes.map((name) => `said ${name}`)],
      ...report.confusion.classes.map((name, row) => [name, ...(report.confusion.counts[row] ?? []).map(String)]),
    ]),
    ...(report.doubts.length === 0
      ? []
      : ["", "the examples do not support this classifier:", ...report.doubts.map((doubt) => `  ${doubt}`)]),
    "",
  ].join("\n");
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function interval({ value, low, high }: Measured): string {
  return `${figure(value)} [${figure(low)}, ${figure(high)}]`;
}

function figure(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(3);
}
