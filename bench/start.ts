/**
 * Cold starts: the time from starting a process to its end, or for `serve` to its first answer. The commands take turns,
 * so that what disturbs the machine disturbs all alike, and each is compared with an empty Node in the same round.
 * Files are in the page cache: two rounds are discarded.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { workFolder } from "./load.ts";
import { waitForQuiet } from "./machine.ts";
import { routecPolicy } from "./proxies.ts";
import { freePort, startServer } from "./server.ts";
import { type Summary, summarize } from "./statistics.ts";

export interface StartRow {
  readonly command: string;
  /** Milliseconds by the clock. */
  readonly milliseconds: Summary;
  /** Milliseconds more than `node -e 0` in the same round. */
  readonly more: Summary;
}

export interface StartResult {
  readonly rows: readonly StartRow[];
}

const ROUTEC = new URL("../dist/routec.js", import.meta.url).pathname;
const QUICKSTART = new URL("../examples/quickstart.route", import.meta.url).pathname;

export async function benchStart(quick: boolean): Promise<StartResult> {
  mkdirSync(workFolder, { recursive: true });
  const [source, table] = [`${workFolder}start.route`, `${workFolder}start.json`];
  writeFileSync(source, routecPolicy(1));
  execFileSync(process.execPath, [ROUTEC, "compile", source, "-o", table]);

  const commands: [name: string, milliseconds: () => number | Promise<number>][] = [
    ["node -e 0", () => untilEnd(["-e", "0"])],
    ["routec --version", () => untilEnd([ROUTEC, "--version"])],
    ["routec check examples/quickstart.route", () => untilEnd([ROUTEC, "check", QUICKSTART])],
    ["routec serve policy.json, to the first answer", () => untilServing(table)],
  ];
  await waitForQuiet([], quick ? 1 : 30);
  const [discarded, rounds] = quick ? [1, 5] : [2, 25];
  const times = commands.map((): number[] => []);
  for (let round = 0; round < discarded + rounds; round++) {
    for (const [index, [, run]] of commands.entries()) {
      const time = await run();
      if (round >= discarded) times[index]?.push(time);
    }
  }
  const [empty = []] = times;
  const rows = commands.map(([command], index): StartRow => {
    const own = times[index] ?? [];
    const more = own.map((time, round) => time - (empty[round] ?? Number.NaN));
    return { command, milliseconds: summarize(own), more: summarize(more) };
  });
  return { rows };
}

function untilEnd(argumentsOfNode: readonly string[]): number {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(process.execPath, argumentsOfNode, { encoding: "utf8" });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`\`node ${argumentsOfNode.join(" ")}\` failed: ${(stderr || stdout).trim()}`);
  return time;
}

async function untilServing(table: string): Promise<number> {
  const port = await freePort();
  const serve = ["serve", table, "--port", String(port), "--admin-port", "0", "--state", `${table}.state`];
  const command = [process.execPath, ROUTEC, ...serve];
  const start = performance.now();
  const server = await startServer({ name: "routec serve", port, core: "0-1", command });
  const time = performance.now() - start;
  await server.stop();
  return time;
}
