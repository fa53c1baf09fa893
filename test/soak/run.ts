/** A million requests: `node test/soak/run.ts`, or `--requests 100000`. Fails when the service holds more and more memory. */
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

/** What answers, decisions and connections that are kept may add while they fill up: their bounds are in bytes and numbers. */
const MAY_GROW = 0.25;

const { values } = parseArgs({ options: { requests: { type: "string", default: "1000000" } } });
const total = Number(values.requests);
const heaps: number[] = [];
for await (const { requests, heap } of soak(total, Math.ceil(total / 10))) {
  heaps.push(heap);
  console.error(`${requests} requests: ${(heap / 1e6).toFixed(1)} MB`);
}
// What is kept for a minute has filled up by the middle.
const [half = 0, last = 0] = [heaps[Math.floor(heaps.length / 2) - 1], heaps.at(-1)];
if (last > half * (1 + MAY_GROW))
  throw new Error(`${half} bytes were held after half of the requests, ${last} after all`);
