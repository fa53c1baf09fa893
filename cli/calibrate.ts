/** `routec calibrate <main.route> --outcomes o.jsonl --quality 0.9` */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import type { CalibrateOptions, Calibration, Here, Records, Wanted } from "../compiler/calibration/index.ts";
import type { CompiledProgram } from "../compiler/index.ts";
import { type Command, define, EXIT, InputError, UsageError, type Values, wholeNumber } from "./command.ts";
import { readInput, tryReading, writeOutput } from "./files.ts";
import { replaceFile } from "./replace.ts";
import { fromHere, placeFromHere, REPORT, reportAside, takesColor } from "./report.ts";
import { unifiedDiff } from "./unified-diff.ts";

const OPTIONS = {
  ...REPORT,
  outcomes: { type: "string", value: "file", help: "what came of recorded requests: CSV, or lines of JSON" },
  quality: { type: "string", value: "number", help: "the least quality, such as 0.9, or 95% of the strong model's" },
  cost: { type: "string", value: "dollars", help: "the most that a request may cost on average, such as $0.002" },
  route: { type: "string", value: "name", help: "the route; needed where several have thresholds" },
  only: { type: "string", value: "names", help: "calibrate only these, such as confidence,complexity" },
  models: { type: "string", value: "list", help: "what the outcomes call models: small=mixtral_8x7b,large=gpt4" },
  strong: { type: "string", value: "model", help: "the model of `always strong`; the dearest if not given" },
  "held-out": { type: "string", value: "share", help: "the share of outcomes that is only measured on (50%)" },
  seed: { type: "string", value: "number", help: "decides which outcomes are held out (1)" },
  write: { type: "boolean", help: "write the numbers into the policy, where the outcomes support them" },
  date: { type: "string", value: "YYYY-MM-DD", help: "stands in the policy as the day of it; today if not given" },
  html: { type: "string", value: "file", help: "write the report as a page, too" },
} as const;

type CalibrateValues = Values<typeof OPTIONS>;

export const command: Command = define({
  usage: "calibrate <main.route> --outcomes <file> (--quality <number> | --cost <dollars>)",
  about: `Chooses the numbers of gates (\`accept when confidence >= 0.8\`) and of rules' comparisons with signals
(\`complexity > 0.7\`) that meet a target on recorded outcomes: requests of which is known which model was right and what it
cost. They are chosen on one part of the outcomes and measured on the rest, beside what takes no thought: lots drawn at the
same rate, each model alone, an oracle. What is meant by each column is in docs/calibration.md.

Prints what would change in the policy; \`--write\` changes it, with a comment that says where the number is from. Where the
outcomes do not support the numbers nothing is written, and the exit code is 1.`,
  options: OPTIONS,
  takes: [1, 1],
  examples: [
    "routec calibrate main.route --outcomes outcomes.jsonl --quality 95%",
    "routec calibrate main.route --outcomes outcomes.csv --cost '$0.002' --html report.html --write",
  ],
  async run(values, [main = ""]) {
    const { outcomes, date = new Date().toISOString().slice(0, 10) } = values;
    if (outcomes === undefined)
      throw new UsageError("`calibrate` needs to know what came of requests: `--outcomes <file>`");
    if (!/^\d{4}-\d\d-\d\d$/.test(date))
      throw new UsageError(`\`--date\` cannot be \`${date}\`: expected one such as 2026-01-31`);
    const options = optionsOf(values);
    const { compileProgram } = await import("../compiler/index.ts");
    const compiled = tryReading(main, () => compileProgram(main));
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    if (reportAside(fromHere({ ...compiled, diagnostics: errors }, main), values)) return EXIT.findings;
    const { table, program } = compiled;
    if (table === undefined) throw new InputError(`\`${main}\` has no route, so there is nothing to calibrate`);

    const bytes = await readInput(outcomes);
    const parts = await import("../compiler/calibration/index.ts");
    const found = calibrated({ program, table }, bytes, outcomes, options, parts, values);
    if (found === undefined) return EXIT.findings;
    const here: Here = (file) => placeFromHere(file, main);
    const provenance = { sha256: createHash("sha256").update(bytes).digest("hex"), date };
    const texts = parts.calibratedTexts(found, provenance);
    process.stdout.write(said(found, here, provenance.sha256, values, parts));
    if (values.html !== undefined) {
      const goal = values.quality === undefined ? `--cost '${values.cost}'` : `--quality ${values.quality}`;
      const made = `\`routec calibrate ${main} --outcomes ${outcomes} ${goal}\`, of the file with the SHA-256 ${provenance.sha256}`;
      writeOutput(values.html, parts.calibrationPage(found, here, made));
    }
    if (found.doubts.length > 0) {
      if (values.write === true)
        process.stderr.write("routec: the outcomes do not support the numbers: nothing is written\n");
      return EXIT.findings;
    }
    return await changed(main, [...texts], values);
  },
});

function optionsOf(values: CalibrateValues): CalibrateOptions {
  const { quality, cost, route, only, models, strong, "held-out": heldOut = "50%", seed = "1" } = values;
  if ((quality === undefined) === (cost === undefined))
    throw new UsageError("`calibrate` needs one target: `--quality <number>` or `--cost <dollars>`");
  return {
    wanted: quality === undefined ? costWanted(cost ?? "") : qualityWanted(quality),
    route,
    only: only?.split(",").map((name) => name.trim()),
    names: modelNames(models),
    strong,
    heldOut: shareOf("--held-out", heldOut),
    seed: wholeNumber("--seed", seed, 0, 2 ** 32 - 1),
  };
}

function qualityWanted(written: string): Wanted {
  const isShare = written.endsWith("%");
  const least = numberOf(written.replace(/%$/, "")) / (isShare ? 100 : 1);
  if (least > 0 && least <= (isShare ? 2 : 1)) return { kind: "quality", least, isShare };
  throw new UsageError(
    `\`--quality\` cannot be \`${written}\`: expected a number up to 1, such as 0.9, or a share of the strong model's quality, such as 95%`,
  );
}

function costWanted(written: string): Wanted {
  const most = numberOf(written.replace(/^\$/, ""));
  if (most > 0) return { kind: "cost", most };
  throw new UsageError(`\`--cost\` cannot be \`${written}\`: expected dollars a request, such as $0.002`);
}

function shareOf(option: string, written: string): number {
  const share = numberOf(written.replace(/%$/, "")) / (written.endsWith("%") ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw new UsageError(`\`${option}\` cannot be \`${written}\`: expected a share such as 50%`);
}

/** NaN where it is none. */
function numberOf(written: string): number {
  return /^\d*\.?\d+$/.test(written) ? Number(written) : Number.NaN;
}

function modelNames(written: string | undefined): ReadonlyMap<string, string> {
  const pairs = written?.split(",").map((pair) => /^\s*([^=\s]+)\s*=\s*(.+?)\s*$/.exec(pair)) ?? [];
  if (pairs.includes(null))
    throw new UsageError(`\`--models\` cannot be \`${written}\`: expected pairs such as small=mixtral_8x7b,large=gpt4`);
  return new Map(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

type Parts = typeof import("../compiler/calibration/index.ts");

/** Undefined where the outcomes say too little to measure anything, after saying so. */
function calibrated(
  policy: { program: CompiledProgram["program"]; table: NonNullable<CompiledProgram["table"]> },
  bytes: Buffer,
  outcomes: string,
  options: CalibrateOptions,
  { calibrate, CalibrateError, OutcomesError, readRecords, remarks, remarksJson, UnsupportedError }: Parts,
  { format }: CalibrateValues,
): Calibration | undefined {
  try {
    const records: Records = readRecords(outcomes, bytes.toString());
    return calibrate(policy, records, options);
  } catch (error) {
    if (error instanceof OutcomesError) throw new InputError(`\`${outcomes}\`: ${error.message}`);
    if (error instanceof CalibrateError) throw new InputError(error.message);
    if (!(error instanceof UnsupportedError)) throw error;
    const { message, rows } = error;
    const json = { format: 1, doubts: [message], ...(rows && { outcomes: remarksJson(rows) }) };
    const lines = [`the outcomes support no numbers: ${message}`, ...(rows ? remarks(rows) : [])];
    process.stdout.write(`${format === "json" ? JSON.stringify(json, null, 2) : lines.join("\n")}\n`);
    return undefined;
  }
}

function said(
  found: Calibration,
  here: Here,
  sha256: string,
  { format }: CalibrateValues,
  { calibrationJson, renderCalibration, renderPlainCalibration }: Parts,
): string {
  if (format === "json")
    return `${JSON.stringify({ ...calibrationJson(found, here), data: `sha256:${sha256}` }, null, 2)}\n`;
  return format === "plain" ? renderPlainCalibration(found, here) : renderCalibration(found, here);
}

type Texts = readonly (readonly [file: CompiledProgram["program"]["files"][number], text: string])[];

/** Shows or writes the policy with its new numbers, once it is known to be without error with them. */
async function changed(main: string, texts: Texts, values: CalibrateValues): Promise<number> {
  if (texts.length === 0) {
    if (values.write === true) process.stderr.write("routec: there is no number to write\n");
    return EXIT.well;
  }
  const { compileProgram } = await import("../compiler/index.ts");
  const byPath = new Map(texts.map(([{ path }, text]) => [realpathSync(path), text]));
  const fileSystem = {
    read: (path: string) => {
      const text = byPath.get(realpathSync(path));
      return text === undefined ? readFileSync(path) : new TextEncoder().encode(text);
    },
    real: realpathSync,
  };
  const compiled = compileProgram(main, { fileSystem });
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  if (reportAside(fromHere({ ...compiled, diagnostics: errors }, main), values)) {
    process.stderr.write("routec: with these numbers the policy has errors: nothing is written\n");
    return EXIT.findings;
  }
  for (const [file, text] of texts) {
    const name = placeFromHere(file.name, main);
    if (values.write === true) {
      replaceFile(file.path, text);
      process.stderr.write(`routec: written to ${name}\n`);
    } else if (values.format !== "json")
      process.stdout.write(`\n${unifiedDiff(name, file.text, text, takesColor(values.color, process.stdout))}`);
  }
  return EXIT.well;
}
