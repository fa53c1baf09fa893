/** Kills processes that spend, one after the other on the same ledger, and compares what they were granted with what it says. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDurableStore } from "../../runtime/ledger/stores/durable.ts";
import { type Load, spentOn } from "./load.ts";

/** After one kill: what all processes together were granted and what the ledger says, of each counter. */
export interface Account {
  readonly granted: number;
  readonly counted: readonly number[];
  readonly limit: number;
  /** What the ledger told when it was opened. */
  readonly told: readonly string[];
}

/** Kills `times` processes with SIGKILL, each after as many grants as `patience` says for it. */
export async function* kills(
  times: number,
  patience: (time: number) => number,
  limit: number,
): AsyncGenerator<Account> {
  const folder = mkdtempSync(join(tmpdir(), "routec-crash-"));
  const load: Load = { folder, limit, threads: 2, from: Date.now() - 1000 };
  let granted = 0;
  try {
    for (let time = 0; time < times; time++) {
      granted += await spendUntilKilled(load, patience(time));
      const told: string[] = [];
      const store = createDurableStore({ folder, capacity: 256, report: (message) => told.push(message) });
      const counted = await store.read(spentOn(load), Date.now());
      await store.close();
      yield { granted, counted, limit, told };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the process was granted: a number a line. */
function spendUntilKilled(load: Load, patience: number): Promise<number> {
  const program = join(import.meta.dirname, "spender.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(load)], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.length > patience * 4) child.kill("SIGKILL");
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code !== null) reject(new Error(`the spender ended by itself, with ${code}`));
      // The last line may be cut off: its number is then too low, which makes the check weaker by one amount only.
      else resolve(text.split("\n").reduce((sum, line) => sum + Number(line), 0));
    });
  });
}
