/** What `routec replay --format json` prints: money in dollars, durations in milliseconds, times in milliseconds since the epoch. */
import type { Replayed } from "../replay.ts";
import type { Side } from "../side.ts";
import type { BudgetWindow } from "../sums/budgets.ts";
import type { Tally } from "../sums/sums.ts";
import type { Names } from "./report.ts";

const NANO = 1e9;
/** Values of an attribute, and changes, that are told; the dearest and the most frequent. */
const MOST = 1_000;

export function replayJson({ found, span, policy, against, moved }: Replayed, names: Names): object {
  return {
    format: 1,
    traffic: {
      file: names.traffic,
      lines: found.lines,
      requests: policy.sums.total.requests,
      ...span,
      malformed: { lines: found.malformed, first: found.first },
      undecided: found.undecided,
      untimed: found.untimed,
      late: found.late,
    },
    outages: names.outages.map(({ text }) => text),
    policy: sideJson(policy, names.policy),
    ...(against !== undefined && {
      against: sideJson(against, names.against ?? ""),
      difference: {
        cost: (policy.sums.total.cost - against.sums.total.cost) / NANO,
        unanswered: policy.sums.total.unserved - against.sums.total.unserved,
        changed: moved.reduce((sum, { requests }) => sum + requests, 0),
        changes: moved
          .slice(0, MOST)
          .map((each) => ({ ...each, before: each.before / NANO, after: each.after / NANO })),
      },
    }),
  };
}

function sideJson({ policy, sums, requests }: Side, file: string): object {
  const { table } = policy;
  const texts = table.routes.flatMap(({ names, rules }) =>
    rules.map(({ text }, index) => ({ label: `${names[0]}:${index}`, text })),
  );
  return {
    file,
    hash: table.hash,
    zone: table.zone,
    ...tallyJson(sums.total),
    outcomes: Object.fromEntries(sums.outcomes),
    latency_ms: { first: sums.first.percentiles(), end: sums.latency.percentiles() },
    models: [...sums.models].map(([model, { latency, spent: _, failures, sources, cost, ...counts }]) => ({
      ...{ model, ...counts, cost: cost / NANO },
      failures: Object.fromEntries(failures),
      latency_ms: latency.percentiles(),
      calls_from: Object.fromEntries(sources),
    })),
    rules: texts.map(({ label, text }) => ({ rule: label, text, ...tallyJson(sums.rules.get(label)) })),
    days: [...sums.days].map(([day, each]) => ({ day, ...tallyJson(each) })),
    by: Object.fromEntries([...sums.by].map(([name, { entries }]) => [name, dearest(entries)])),
    refusals: [...sums.refusals.entries]
      .sort(([, a], [, b]) => b.requests - a.requests)
      .slice(0, MOST)
      .map(([why, each]) => ({ why, requests: each.requests })),
    budgets: sums.budgets.windows.map(budgetJson),
    unrecorded: Object.fromEntries(requests.unrecorded()),
    undecided: Object.fromEntries(sums.undecided),
    stand_ins: Object.fromEntries(sums.standIns),
    signal_cost: sums.signalCost / NANO,
  };
}

function tallyJson({ requests, unserved, cost }: Tally = { requests: 0, unserved: 0, cost: 0 }): object {
  return { requests, unanswered: unserved, cost: cost / NANO };
}

function dearest(entries: ReadonlyMap<string, Tally>): readonly object[] {
  return [...entries]
    .sort(([, a], [, b]) => b.cost - a.cost)
    .slice(0, MOST)
    .map(([value, each]) => ({ value, ...tallyJson(each) }));
}

function budgetJson({ budget, limit, from, until, total, accounts, ...rest }: BudgetWindow): object {
  const all = [...accounts.values()].sort((a, b) => b.spent - a.spent);
  const out = all.flatMap(({ outAt }) => (outAt === undefined ? [] : [outAt]));
  const first = out.reduce((a, b) => Math.min(a, b), rest.firstOut);
  return {
    ...{ budget, limit: limit / NANO, from, until, spent: total / NANO },
    accounts: all.length + rest.forgotten,
    ran_out: out.length + rest.forgottenOut,
    ran_out_at: Number.isFinite(first) ? first : null,
    largest: all.slice(0, MOST).map(({ values, spent, outAt, refused }) => ({
      ...{ of: values, spent: spent / NANO, refused },
      ran_out_at: outAt ?? null,
    })),
  };
}
