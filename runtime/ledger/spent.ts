/** What budgets have spent, for those who watch. */
import type { DecisionTable } from "../table/index.ts";
import { metersOf } from "./meters.ts";
import type { Store } from "./store.ts";

/**
 * Nano-dollars that each budget which is kept per nothing has spent in its window of `now`, by the budget's name; what
 * is held counts as spent. Rejects when the store cannot be asked.
 */
export async function budgetsSpent(table: DecisionTable, store: Store, now: number): Promise<Map<string, number>> {
  const budgets = metersOf(table).filter(({ kind, per }) => kind === "budget" && per.length === 0);
  const counters = budgets.flatMap(({ accounts }) => accounts.of({}).tallies.map((tally) => tally.counter(now)));
  const sums = await store.read(counters, now);
  return new Map(budgets.map(({ name }, index) => [name, sums[index] ?? 0]));
}
