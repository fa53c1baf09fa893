/**
 * How fast recorded traffic is replayed, with the policy of `examples/tiers-and-budgets.route`: reading a line, deciding
 * its request by what budgets have spent, and all of it: read, decided, carried out in virtual time, summed up.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../compiler/index.ts";
import { replay } from "../compiler/replay/replay.ts";
import { requestReader } from "../compiler/replay/request.ts";
import type { Timed } from "../compiler/replay/traffic/order.ts";
import { arrivalsIn, nothingFound } from "../compiler/replay/traffic/traffic.ts";
import { createSimulation } from "../runtime/simulation/index.ts";
import { load } from "../runtime/table/index.ts";
import { measureStages, type StagesResult } from "./stages.ts";

const REPLAYED = "replayed from CSV: read, carried out in virtual time, summed up";
/** 20,000 requests a second. */
const TARGET = { what: REPLAYED, limit: 50 };
const POLICY = fileURLToPath(new URL("../examples/tiers-and-budgets.route", import.meta.url));
const ROUNDS = 5;
const START = Date.UTC(2026, 2, 2);
const MAPPING = { set: new Map(), columns: new Map() };
const TIERS = ["free", "pro", "enterprise"];

interface Row {
  readonly time: number;
  readonly input: number;
  readonly output: number;
  readonly attributes: { readonly tenant: string; readonly tier: string; readonly urgent: boolean };
}

export async function benchReplay(quick: boolean): Promise<StagesResult> {
  const { table } = compile(POLICY);
  if (table === undefined) throw new Error(`\`${POLICY}\` has errors`);
  const policy = load(table);
  const folder = mkdtempSync(join(tmpdir(), "routec-bench-"));
  const [csv, log] = [join(folder, "traffic.csv"), join(folder, "traffic.jsonl")];
  const rows = Array.from({ length: quick ? 2_000 : 50_000 }, (_, index) => rowOf(index));
  writeFileSync(csv, `time,input,output,tenant,tier\n${rows.map(csvLine).join("")}`);
  writeFileSync(log, rows.map((row, index) => logLine(row, index, table.hash)).join(""));

  async function read(path: string): Promise<Timed[]> {
    const all: Timed[] = [];
    for await (const { arrivals } of arrivalsIn(path, MAPPING, [policy.table], nothingFound())) all.push(...arrivals);
    return all;
  }

  async function replayed(path: string): Promise<number> {
    await replay(path, policy, { mapping: MAPPING, outages: [], stated: new Map(), by: ["tenant"], seed: 1 });
    return rows.length;
  }

  const arrivals = await read(csv);
  try {
    return await measureStages(
      {
        "a line of CSV is read": async () => (await read(csv)).length,
        "a line of the decision log is read": async () => (await read(log)).length,
        "decided, with what its budgets have spent": () => {
          const reader = requestReader(policy);
          const { decide } = createSimulation(policy, { now: START, seed: 1 });
          for (const { arrival } of arrivals) decide(reader.read(arrival));
          return arrivals.length;
        },
        [REPLAYED]: () => replayed(csv),
        "replayed from the decision log, which is gone through twice": () => replayed(log),
      },
      { quick, rounds: ROUNDS, target: TARGET },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowOf(index: number): Row {
  const attributes = { tenant: `tenant ${index % 500}`, tier: TIERS[index % 3] ?? "", urgent: index % 7 === 0 };
  return { time: START + index * 50, input: 100 + (index % 3_000), output: 50 + (index % 400), attributes };
}

function csvLine({ time, input, output, attributes: { tenant, tier } }: Row): string {
  return `${time},${input},${output},${tenant},${tier}\n`;
}

function logLine({ time, input, output, attributes }: Row, index: number, policy: string): string {
  const call = { model: "mini", provider: "openai", end: "complete", status: 200, first_ms: 400, ms: 2_000 };
  const line = {
    ...{ format: 1, id: `${index}`, time, policy, route: "chat", rule: "chat:2", asked: "chat" },
    ...{ outcome: "answered", status: 200, stream: false, attributes, model: "mini" },
    attempts: [{ ...call, input, output, cost: 0.001 }],
    ...{ input, output, cost: 0.001, ms: 2_010 },
  };
  return `${JSON.stringify(line)}\n`;
}
