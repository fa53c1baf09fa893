/** Kills services that spend, one after the other on the same ledger, and compares what providers billed with what it says. */

import { join } from "node:path";
import { compile } from "../../compiler/index.ts";
import { budgetsSpent } from "../../runtime/ledger/spent.ts";
import { createDurableStore } from "../../runtime/ledger/stores/durable.ts";
import { load } from "../../runtime/table/index.ts";
import { fakeProvider } from "../support/fake-provider.ts";
import { ask, policyOf, remove, startService, temporary, USUAL } from "./service.ts";

/** After one kill, in nano-dollars: what all calls so far cost, and what the ledger says. */
export interface Account {
  readonly billed: number;
  readonly counted: number;
  readonly limit: number;
  /** Requests of the service that was killed which were answered, by status. */
  readonly answered: ReadonlyMap<number, number>;
}

/** Requests under way at once. */
const AT_ONCE = 20;

/** Kills `times` services with SIGKILL, each after as many answers as `patience` says for it. */
export async function* killServices(
  times: number,
  patience: (time: number) => number,
  limit: number,
): AsyncGenerator<Account> {
  const folder = temporary();
  const provider = await fakeProvider();
  const policy = policyOf(provider.url, `budget cap { limit $${limit / 1e9} per month }\nroute chat -> a`);
  try {
    for (let time = 0; time < times; time++) {
      const answered = await spendUntilKilled(policy, folder, patience(time));
      const counted = await countedIn(join(folder, ".routec"), policy);
      // The fake answers whatever comes with the usual usage.
      yield { billed: provider.requests.length * USUAL, counted, limit, answered };
    }
  } finally {
    await provider.close();
    remove(folder);
  }
}

async function spendUntilKilled(
  policy: string,
  folder: string,
  patience: number,
): Promise<ReadonlyMap<number, number>> {
  const service = await startService(policy, { folder, args: ["--workers", "2"] });
  const answered = new Map<number, number>();
  let left = patience;
  const client = async (): Promise<void> => {
    while (left > 0) {
      const { status, body } = await ask(service);
      await body?.cancel();
      answered.set(status, (answered.get(status) ?? 0) + 1);
      if (--left === 0) service.child.kill("SIGKILL");
    }
  };
  // Those that were under way have no answer.
  await Promise.allSettled(Array.from({ length: AT_ONCE }, client));
  const how = await service.ended;
  if (how !== "SIGKILL") throw new Error(`the service ended by itself, with ${how}: ${service.told()}`);
  return answered;
}

async function countedIn(folder: string, policy: string): Promise<number> {
  const { table } = compile({ text: policy, path: "main.route" });
  const store = createDurableStore({
    folder,
    report: (message) => {
      throw new Error(message);
    },
  });
  const spent = await budgetsSpent(load(table).table, store, Date.now());
  await store.close();
  return spent.get("cap") ?? 0;
}
