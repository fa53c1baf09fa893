/** Kills a hundred services while they serve: `node test/crash/serve.ts`, or `--times 1000`. Fails when the ledger is ever below what was billed, or above the limit. */
import { parseArgs } from "node:util";
import { killServices } from "../faults/kills.ts";

const { values } = parseArgs({ options: { times: { type: "string", default: "100" } } });
const times = Number(values.times);
let kills = 0;
let refused = 0;
for await (const { billed, counted, limit, answered } of killServices(
  times,
  () => 1 + Math.floor(Math.random() * 300),
  times * 30_000_000,
)) {
  kills++;
  if (counted < billed || counted > limit)
    throw new Error(`after kill ${kills}: ${billed} billed, ${counted} counted, limit ${limit}`);
  if (answered.has(429)) refused++;
}
console.error(
  `${kills} kills: never below what was billed, never above the limit, which ${refused} of them had reached`,
);
