/** What budgets have spent, as metrics. */
import type { DecisionTable } from "../table/index.ts";
import type { Metric, Sample } from "./exposition.ts";

const NANO = 1e9;

/**
 * The limits of the table's budgets, and what of each is spent in its window now: `spent` gives nano-dollars, or
 * undefined where that is not known. A budget that is kept per tenant, or per anything else that requests say, has no
 * bound on how many sums it has, and is left out.
 */
export function budgetMetrics({ meters }: DecisionTable, spent: (budget: string) => number | undefined): Metric[] {
  const budgets = meters.flatMap((meter) => (meter.kind === "budget" && meter.per.length === 0 ? [meter] : []));
  const limits = budgets.map(({ name, limit }): Sample => ({ labels: ["budget", name], value: limit / NANO }));
  const sums = budgets.flatMap(({ name }): Sample[] => {
    const sum = spent(name);
    return sum === undefined ? [] : [{ labels: ["budget", name], value: sum / NANO }];
  });
  return [
    { name: "routec_budget_limit_usd", help: "What a budget may spend in its window.", kind: "gauge", samples: limits },
    { name: "routec_budget_spent_usd", help: "What it has spent in the window of now.", kind: "gauge", samples: sums },
  ];
}
