/**
 * How fast recorded traffic is replayed, in CPU time of one core: `node bench/replay.ts [policy.route]`. Reading a line,
 * deciding its request with what budgets have spent, and all of it: reading, deciding, carrying out in virtual time, summing up.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../compiler/index.ts";
import { replay } from "../compiler/replay/replay.ts";
import { requestReader } from "../compiler/replay/request.ts";
import type { Timed } from "../compiler/replay/traffic/order.ts";
import { arrivalsIn, nothingFound } from "../compiler/replay/traffic/traffic.ts";
import { createSimulation } from "../runtime/simulation/index.ts";
import { load } from "../runtime/table/index.ts";

const REQUESTS = 50_000;
const ROUNDS = 3;
const START = Date.UTC(2026, 2, 2);
const MAPPING = { set: new Map(), columns: new Map() };

const { table } = compile(process.argv[2] ?? "examples/tiers-and-budgets.route");
if (table === undefined) throw new Error("the policy has errors");
const policy = load(table);
const TIERS = ["free", "pro", "enterprise"];

/** Microseconds of CPU time for each request, the least of several rounds: others use the machine, too. */
async function least(run: () => Promise<void> | void): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / REQUESTS);
  }
  return Math.min(...costs);
}

const folder = mkdtempSync(join(tmpdir(), "routec-bench-"));
const [csv, log] = [join(folder, "traffic.csv"), join(folder, "traffic.jsonl")];
const rows = Array.from({ length: REQUESTS }, (_, index) => {
  const attributes = { tenant: `tenant ${index % 500}`, tier: TIERS[index % 3] ?? "", urgent: index % 7 === 0 };
  return { time: START + index * 50, input: 100 + (index % 3_000), output: 50 + (index % 400), attributes };
});
writeFileSync(
  csv,
  `time,input,output,tenant,tier\n${rows.map(({ time, input, output, attributes: { tenant, tier } }) => `${time},${input},${output},${tenant},${tier}\n`).join("")}`,
);
writeFileSync(log, rows.map((row, index) => `${JSON.stringify(logged(row, index))}\n`).join(""));

function logged({ time, input, output, attributes }: (typeof rows)[number], index: number): object {
  const call = { model: "mini", provider: "openai", end: "complete", status: 200, first_ms: 400, ms: 2_000 };
  return {
    ...{ format: 1, id: `${index}`, time, policy: table?.hash, route: "chat", rule: "chat:2", asked: "chat" },
    ...{ outcome: "answered", status: 200, stream: false, attributes, model: "mini" },
    attempts: [{ ...call, input, output, cost: 0.001 }],
    ...{ input, output, cost: 0.001, ms: 2_010 },
  };
}

async function read(path: string): Promise<Timed[]> {
  const all: Timed[] = [];
  for await (const { arrivals } of arrivalsIn(path, MAPPING, [policy.table], nothingFound())) all.push(...arrivals);
  return all;
}

async function replayed(path: string): Promise<void> {
  await replay(path, policy, { mapping: MAPPING, outages: [], stated: new Map(), by: ["tenant"], seed: 1 });
}

const arrivals = await read(csv);
const stages: Readonly<Record<string, () => Promise<void> | void>> = {
  "a line of CSV is read": async () => void (await read(csv)),
  "a line of the decision log is read": async () => void (await read(log)),
  "a request is decided": () => {
    const reader = requestReader(policy);
    const { decide } = createSimulation(policy, { now: START, seed: 1 });
    for (const { arrival } of arrivals) decide(reader.read(arrival));
  },
  "replayed from CSV": () => replayed(csv),
  "replayed from the decision log": () => replayed(log),
};
for (const [what, run] of Object.entries(stages)) {
  const each = await least(run);
  process.stdout.write(`${what}: ${each.toFixed(2)} us, ${Math.round(1e6 / each).toLocaleString("en-US")} a second\n`);
}
rmSync(folder, { recursive: true });
