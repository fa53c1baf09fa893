/**
 * Fuzzes the compiler on all cores: `npm run fuzz`, with `-- --inputs 1000000` for more than 200,000 and `-- --seed 7` to
 * repeat a run. What fails is made small, written to `corpus/` (which `npm test` replays), and fails the run.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Chunk, Current, type Failure, kindOf, type Outcome } from "./protocol.ts";

const { values } = parseArgs({ options: { inputs: { type: "string" }, seed: { type: "string" } } });
const inputs = Number(values.inputs ?? 200_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

/** Inputs of one chunk. Part of what a seed means: with another number it stands for other inputs. */
const CHUNK = 1_000;
/** An input that takes longer, in milliseconds, hangs. The slowest take some hundredths of it. */
const PATIENCE = 10_000;
/** Three quarters of the stack of Node's main thread: what fits here fits there, though callers have some of it already. */
const LIMITS = { stackSizeMb: 0.75, maxOldGenerationSizeMb: 1024 };

const chunks = (function* (): Generator<Chunk> {
  for (let start = 0; start < inputs; start += CHUNK)
    yield { seed: (seed + start / CHUNK) | 0, inputs: Math.min(CHUNK, inputs - start) };
})();

const failures = new Map<string, Failure>();
let tried = 0;

/** Takes chunks until there are no more; a worker that hangs or dies is replaced by a new one. */
async function work(): Promise<void> {
  for (let more = true; more; ) more = await new Promise(useWorker);
}

function useWorker(done: (more: boolean) => void): void {
  const current = new Current();
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: current.shared,
    resourceLimits: LIMITS,
  });
  let seen = -1;
  const stop = async (more: boolean): Promise<void> => {
    clearInterval(watchdog);
    await worker.terminate();
    done(more);
  };
  const watchdog = setInterval(() => {
    if (current.count > 0 && current.count === seen) {
      keep({ text: current.text, fault: `hangs for more than ${PATIENCE} ms` });
      void stop(true);
    }
    seen = current.count;
  }, PATIENCE);
  const next = (): void => {
    const { value: chunk } = chunks.next();
    if (chunk) worker.postMessage(chunk);
    else void stop(false);
  };
  worker.on("message", (outcome: Outcome) => {
    tried += outcome.tried;
    outcome.failures.forEach(keep);
    next();
  });
  worker.on("error", (error) => {
    if (current.count === 0) throw error;
    keep({ text: current.text, fault: `kills the process\n${error.message}` });
    void stop(true);
  });
  next();
}

/** Of each kind of fault the smallest text is kept. */
function keep(failure: Failure): void {
  const kind = kindOf(failure.fault) ?? "";
  const before = failures.get(kind);
  if (before === undefined || failure.text.length < before.text.length) failures.set(kind, failure);
}

/** A text that is not well-formed Unicode cannot be written as it is. */
function write({ text, fault }: Failure): string {
  const hash = createHash("sha256").update(text, "utf16le").digest("hex").slice(0, 8);
  const kind = kindOf(fault)?.replace(/\W+/g, "-").slice(0, 40);
  const name = `${kind}-${hash}.${text.isWellFormed() ? "route" : "json"}`;
  writeFileSync(join(import.meta.dirname, "corpus", name), text.isWellFormed() ? text : JSON.stringify(text));
  return name;
}

console.error(`fuzzing with seed ${seed}`);
const began = performance.now();
await Promise.all(Array.from({ length: availableParallelism() }, work));
const seconds = (performance.now() - began) / 1000;
console.error(`${tried} inputs in ${seconds.toFixed(1)} s, ${failures.size} kinds of failure`);
for (const failure of failures.values()) console.error(`\n${write(failure)}\n${failure.fault}`);
process.exitCode = failures.size === 0 ? 0 : 1;
