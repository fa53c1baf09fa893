/** A process that spends until it is killed, on all its threads; it tells what it was granted before it may use it. */
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { createDurableStore } from "../../runtime/ledger/stores/durable.ts";
import { amountOf, type Load, spentOn } from "./load.ts";

const load = (isMainThread ? JSON.parse(process.argv[2] ?? "") : workerData) as Load & { shared?: SharedArrayBuffer };
const store = createDurableStore({ ...load, capacity: 256 });
if (isMainThread) {
  for (let thread = 1; thread < load.threads; thread++) {
    new Worker(new URL(import.meta.url), { workerData: { ...load, shared: store.shared } });
  }
}
for (let round = 0; ; round++) {
  const amount = amountOf(round);
  const now = Date.now();
  const answer = await store.reserve(
    spentOn(load).map((counter) => ({ counter, amount, limit: load.limit })),
    now,
  );
  if (answer.kind === "denied") {
    await new Promise(setImmediate);
    continue;
  }
  // Half of them cost half of what was held.
  const spent = round % 2 === 0 ? amount : Math.floor(amount / 2);
  await answer.settle([spent, spent]);
  tell(`${spent}\n`);
  if (round % 50 === 0) await new Promise(setImmediate);
}

/** Waits for whoever reads: what is not told was not granted. */
function tell(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
