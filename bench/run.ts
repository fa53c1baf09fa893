/**
 * The benchmarks: `npm run bench -- NAME|all [--quick] [--write]`.
 *
 * Prints the tables and keeps each run in `dist/bench/NAME.json`. `--quick` tries the benchmark itself, in under a
 * minute each: its figures mean nothing. `--write` puts the tables into the page of `docs` that tells what they mean.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build, isStale } from "../tools/build.ts";
import { benchCheck } from "./check.ts";
import { benchDecide } from "./decide.ts";
import { benchDialects } from "./dialects.ts";
import { requireTool, workFolder } from "./load.ts";
import { benchLsp } from "./lsp.ts";
import { describeMachine } from "./machine.ts";
import { benchProxy } from "./proxy.ts";
import { benchReplay } from "./replay.ts";
import { type BenchRun, render, replaceSection } from "./report.ts";
import { benchSimulation } from "./simulation.ts";
import { benchStart } from "./start.ts";
import { benchWorkers } from "./workers.ts";

const BENCHES = ["check", "decide", "dialects", "proxy", "workers", "start", "lsp", "simulation", "replay"] as const;
type Bench = (typeof BENCHES)[number];
const PAGES: Partial<Record<Bench, string>> = { lsp: "editor", simulation: "simulation", replay: "replay" };
const pageOf = (bench: Bench): URL => new URL(`../docs/${PAGES[bench] ?? "performance"}.md`, import.meta.url);
const USAGE = `npm run bench -- ${BENCHES.join("|")}|all [--quick] [--write]`;

/** What the command line asks for. Throws where it makes no sense. */
function readArguments(): { benches: readonly Bench[]; quick: boolean; write: boolean } {
  const options = { quick: { type: "boolean", default: false }, write: { type: "boolean", default: false } } as const;
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [name, ...rest] = positionals;
  const benches = name === "all" ? BENCHES : BENCHES.filter((bench) => bench === name);
  if (benches.length === 0 || rest.length > 0)
    throw new Error(
      `${name === undefined ? "which benchmark" : `no benchmark \`${positionals.join(" ")}\``}: ${USAGE}`,
    );
  if (values.quick && values.write)
    throw new Error("figures of a `--quick` run mean nothing: leave out `--quick` or `--write`");
  return { benches, ...values };
}

async function measure(bench: Bench, quick: boolean): Promise<BenchRun> {
  const date = new Date().toISOString().slice(0, 10);
  const facts = { date, command: `npm run bench -- ${bench}${quick ? " --quick" : ""}`, machine: describeMachine() };
  if (bench === "check") return { ...facts, bench, result: await benchCheck(quick) };
  if (bench === "decide") return { ...facts, bench, result: await benchDecide(quick) };
  if (bench === "dialects") return { ...facts, bench, result: await benchDialects(quick) };
  if (bench === "proxy") return { ...facts, bench, result: await benchProxy(quick) };
  if (bench === "workers") return { ...facts, bench, result: await benchWorkers(quick) };
  if (bench === "start") return { ...facts, bench, result: await benchStart(quick) };
  if (bench === "lsp") return { ...facts, bench, result: await benchLsp(quick) };
  if (bench === "simulation") return { ...facts, bench, result: await benchSimulation(quick) };
  return { ...facts, bench, result: await benchReplay(quick) };
}

try {
  const { benches, quick, write } = readArguments();
  if (process.platform !== "linux") throw new Error("the benchmarks need Linux: they pin processes and read /proc");
  await requireTool("taskset", "apt-get install util-linux");
  if (isStale()) await build();
  mkdirSync(workFolder, { recursive: true });
  for (const bench of benches) {
    const run = await measure(bench, quick);
    const text = render(run);
    writeFileSync(`${workFolder}${bench}.json`, `${JSON.stringify(run, undefined, 2)}\n`);
    if (write) writeFileSync(pageOf(bench), replaceSection(readFileSync(pageOf(bench), "utf8"), bench, text));
    console.log(`${text}\n`);
  }
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
