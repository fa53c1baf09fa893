/**
 * Decides random requests to random policies in four ways, on all cores: `npm run differential` for a million decisions,
 * with `-- --decisions N` for another number, `-- --seconds N` for as long as one likes, and `-- --seed N` to repeat. What
 * disagrees is made small and printed, with the seed that finds it at once; it fails the run.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Tally } from "./examine.ts";
import type { Chunk, Outcome } from "./worker.ts";

const { values } = parseArgs({
  options: { decisions: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" } },
});
const seconds = number("seconds", Number.POSITIVE_INFINITY);
const decisions = number("decisions", values.seconds === undefined ? 1_000_000 : Number.POSITIVE_INFINITY);
const first = number("seed", Math.floor(Math.random() * 2 ** 30));

function number(option: keyof typeof values, otherwise: number): number {
  const text = values[option];
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new TypeError(`\`--${option}\` cannot be \`${text}\`: expected a whole number`);
  return Number(text);
}

const began = performance.now();
const elapsed = (): number => (performance.now() - began) / 1000;
const total: Tally = { decisions: 0, later: 0, refused: 0, cases: 0 };
const failures: Outcome[] = [];
let seed = first;

function work(): Promise<void> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    const next = (): void => {
      const over = total.decisions >= decisions || elapsed() >= seconds || failures.length > 0;
      if (over) void worker.terminate().then(() => done());
      else worker.postMessage({ seed: seed++ } satisfies Chunk);
    };
    worker.on("message", (outcome: Outcome) => {
      for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += outcome.tally[name];
      if (outcome.failure !== undefined) failures.push(outcome);
      next();
    });
    worker.on("error", fail);
    next();
  });
}

console.error(`differential test with seed ${first}`);
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.error(
  `${total.decisions} decisions (${total.later} by later rules, ${total.refused} refused) and ${total.cases} enumerated cases in ${elapsed().toFixed(1)} s`,
);
for (const { seed, failure } of failures) console.error(`\nwith --seed ${seed}:\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
