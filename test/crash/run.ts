/** Kills a hundred processes while they spend: `node test/crash/run.ts`, or `--times 1000`. Fails when the ledger is ever below what was served, or above the limit. */
import { parseArgs } from "node:util";
import { kills } from "./kill.ts";

const { values } = parseArgs({ options: { times: { type: "string", default: "100" } } });
let most = 0;
let before = 0;
let times = 0;
for await (const { granted, counted, limit, told } of kills(
  Number(values.times),
  () => 10 + Math.random() * 2000,
  500_000_000,
)) {
  times++;
  for (const sum of counted) {
    if (sum < granted || sum > limit)
      throw new Error(`after kill ${times}: ${granted} granted, ${sum} counted, limit ${limit}`);
  }
  // What one kill added to it: each leaves its own.
  const over = Math.max(...counted) - granted;
  most = Math.max(most, (over - before) / limit);
  before = over;
  for (const message of told) console.error(message);
}
console.error(
  `${times} kills: never below what was served, each left at most ${(most * 100).toFixed(2)}% of the limit above it`,
);
