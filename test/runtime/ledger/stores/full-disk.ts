/** A process that spends until its disk is full, and then gets more room. */
import { execFileSync } from "node:child_process";
import { createDurableStore } from "../../../../runtime/ledger/stores/durable.ts";
import { hold } from "./counters.ts";

const told: string[] = [];
const store = createDurableStore({
  folder: process.argv[2] ?? "",
  capacity: 256,
  report: (message) => told.push(message),
});
const now = Date.now();
const counter = { key: "a", window: { kind: "calendar", from: now, until: now + 86_400_000 } } as const;

let granted = 0;
let answer = await store.reserve([hold(counter, 1, 100)], now);
for (; answer.kind === "held"; granted++) answer = await store.reserve([hold(counter, 1, 100)], now);
const denied = answer;
const free = await store.reserve([hold(counter, 0, 100)], now);
const [sum] = await store.read([counter], now);
execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=unlimited"]);
const afterwards = await store.reserve([hold(counter, 1, 100)], now);
await store.close();
process.stdout.write(
  JSON.stringify({ denied, free: free.kind, sumIsWhatWasHeld: sum === granted, afterwards: afterwards.kind, told }),
);
