/**
 * The figures of docs/calibration.md: `node test/calibration/gsm8k/run.ts gsm8k_pairs.csv`, with the questions of GSM8K
 * (Cobbe et al., 2021) and the answers of Mixtral 8x7B and GPT-4 from RouteLLM (lm-sys/RouteLLM, Apache-2.0), as columns `id`,
 * `prompt`, `<model>_correct` and `<model>_response`. What it runs is printed with what comes of it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecords } from "../../../compiler/calibration/records.ts";

const routec = fileURLToPath(new URL("../../../tools/routec.ts", import.meta.url));
const [, , csv] = process.argv;
if (csv === undefined) throw new Error("say where the outcomes are: `node test/calibration/gsm8k/run.ts <csv>`");

const NAMES = { mixtral: "mixtral_8x7b", gpt4: "gpt4_1106" };
const BYTES_PER_TOKEN = 4;

const cwd = mkdtempSync(join(tmpdir(), "gsm8k-"));
cpSync(fileURLToPath(new URL(".", import.meta.url)), cwd, { recursive: true });
const records = readRecords(csv, readFileSync(resolve(csv), "utf8")).all.map(({ cells }) => cells);
const half = Math.ceil(records.length / 2);

function write(name: string, lines: readonly object[]): void {
  writeFileSync(join(cwd, name), `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
}

/** The count of tokens is an estimate: the outcomes have texts only. */
const outcomes = records.map((cells) => ({
  prompt: cells.get("prompt"),
  models: Object.fromEntries(
    Object.entries(NAMES).map(([model, name]) => {
      const answer = String(cells.get(`${name}_response`) ?? "");
      const output_tokens = Math.ceil(Buffer.byteLength(answer) / BYTES_PER_TOKEN);
      return [model, { correct: cells.get(`${name}_correct`) === "1", answer, output_tokens }];
    }),
  ),
}));
write("outcomes.jsonl", outcomes);
write("second-half.jsonl", outcomes.slice(half));
write(
  "first-half.jsonl",
  records.slice(0, half).map((cells) => ({
    text: cells.get("prompt"),
    value: cells.get(`${NAMES.mixtral}_correct`) === "1" ? 0 : 1,
  })),
);

function run(...args: readonly string[]): void {
  process.stdout.write(`$ routec ${args.join(" ")}\n`);
  const { stdout, stderr, status } = spawnSync(process.execPath, [routec, ...args], { cwd, encoding: "utf8" });
  process.stdout.write(`${stdout}${stderr}exit code ${status}\n\n`);
}

run("calibrate", "format.route", "--outcomes", "outcomes.jsonl", "--quality", "80%");
run("calibrate", "length.route", "--outcomes", "outcomes.jsonl", "--cost", "0.001");
run("calibrate", "length.route", "--outcomes", "outcomes.jsonl", "--quality", "95%");
run("train", "classifier", "first-half.jsonl", "-o", "hard.json", "--force");
run("calibrate", "classifier.route", "--outcomes", "second-half.jsonl", "--quality", "90%");
rmSync(cwd, { recursive: true });
