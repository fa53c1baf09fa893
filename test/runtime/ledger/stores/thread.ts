/** A thread that reserves in the store of another. */
import { parentPort, workerData } from "node:worker_threads";
import type { Hold } from "../../../../runtime/ledger/store.ts";
import { createMemoryStore } from "../../../../runtime/ledger/stores/memory.ts";
import { START } from "./counters.ts";

export interface Task {
  readonly shared: SharedArrayBuffer;
  readonly holds: readonly Hold[];
  /** So often held and settled at 0; without it, held until it is denied, and never settled. */
  readonly rounds?: number;
  /** Counts what was granted, as it is granted. */
  readonly progress?: BigInt64Array;
}

export interface Told {
  readonly granted: number;
}

const { shared, holds, rounds, progress } = workerData as Task;
const store = createMemoryStore({ shared });
let granted = 0;
for (let round = 0; rounds === undefined || round < rounds; round++) {
  const answer = await store.reserve(holds, START);
  if (answer.kind === "held") {
    granted++;
    if (progress !== undefined) Atomics.add(progress, 0, 1n);
    if (rounds !== undefined) await answer.settle(holds.map(() => 0));
  } else if (rounds === undefined) break;
}
parentPort?.postMessage({ granted } satisfies Told);
