/** What the ledger's stores cost: `node bench/ledger.ts`. CPU time of reserve and settle together, of two counters. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counter, Hold, Store } from "../runtime/ledger/store.ts";
import { createDurableStore } from "../runtime/ledger/stores/durable.ts";
import { createMemoryStore } from "../runtime/ledger/stores/memory.ts";

const ROUNDS = 7;
const CALLS = 200_000;
const now = Date.now();
const calendar = (key: string): Counter => ({ key, window: { kind: "calendar", from: now, until: now + 86_400_000 } });
const sliding = (key: string): Counter => ({ key, window: { kind: "sliding", length: 3_600_000 } });

/** The median of the rounds, in microseconds. */
async function cost(store: Store, holds: readonly Hold[]): Promise<string> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let call = 0; call < CALLS; call++) {
      const answer = store.reserve(holds, now);
      if ("then" in answer || answer.kind === "denied") throw new Error("nobody else uses the store, and all fits");
      answer.settle([1000, 1]);
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / CALLS);
  }
  await store.close();
  return (rounds.sort((a, b) => a - b)[ROUNDS >> 1] as number).toFixed(2);
}

const folder = mkdtempSync(join(tmpdir(), "routec-bench-"));
const durable = (): Store => createDurableStore({ folder });
const limit = 1e13;
const spend = (a: Counter, b: Counter): Hold[] => [
  { counter: a, amount: 1500, limit },
  { counter: b, amount: 1, limit },
];
/** The same where each amount is more than a mark is ahead, so that each is written. */
async function costOfWriting(store: Store): Promise<string> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const holds = Array.from({ length: 20 }, (_, index) => [
      { counter: calendar(`${round} ${index}`), amount: 1_000, limit: 1_000_000 },
    ]);
    const before = process.cpuUsage();
    for (let call = 0; call < 1_000; call++) for (const each of holds) store.reserve(each, now);
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / 20_000);
  }
  await store.close();
  return (rounds.sort((a, b) => a - b)[ROUNDS >> 1] as number).toFixed(2);
}

const cases: Record<string, () => Promise<string>> = {
  "memory, two calendar windows": () => cost(createMemoryStore(), spend(calendar("a"), calendar("b"))),
  "memory, two sliding windows": () => cost(createMemoryStore(), spend(sliding("a"), sliding("b"))),
  "disk, two calendar windows": () => cost(durable(), spend(calendar("a"), calendar("b"))),
  "disk, two sliding windows": () => cost(durable(), spend(sliding("a"), sliding("b"))),
  "disk, a mark written": () => costOfWriting(durable()),
};

// Each in a process of its own, as a proxy has one store: the second of a process runs half as fast.
const chosen = process.argv[2];
if (chosen !== undefined) console.log(await cases[chosen]?.(), chosen);
else {
  console.log("µs   store");
  for (const name of Object.keys(cases))
    execFileSync(process.execPath, [import.meta.filename, name], { stdio: "inherit" });
}
rmSync(folder, { recursive: true });
