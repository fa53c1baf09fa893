/** What a replay in DuckDB found, for people, screen readers and programs. */
import type { Change, DuckdbReplay, RuleShare } from "./replay.ts";

export function duckdbReplayJson(replay: DuckdbReplay): string {
  return `${JSON.stringify(replay, null, 2)}\n`;
}

/** Tables. */
export function renderDuckdbReplay(replay: DuckdbReplay): string {
  const { files, total, rules, refused, changes, notes } = replay;
  const share = (requests: number): string => shareText(requests, total.requests);
  const hasCost = total.cost !== undefined;
  const cost = (sums: { readonly cost?: { readonly first: number; readonly every: number } }): string[] =>
    sums.cost === undefined ? [] : [dollarsText(sums.cost.first), dollarsText(sums.cost.every)];
  const ruled = table(
    ["rule", "requests", "share", ...(hasCost ? ["first call", "every call"] : []), "as written"],
    [
      ...rules.map((rule) => [rule.rule, countText(rule.requests), share(rule.requests), ...cost(rule), rule.text]),
      ["all", countText(total.requests), "", ...cost(total), ""],
    ],
  );
  const runs = table(
    ["runs", "requests", "share"],
    [...byRun(rules)].map(([run, requests]) => [run, countText(requests), share(requests)]),
  );
  const errors = table(
    ["not decided", "requests", "share"],
    refused.map(({ error, requests }) => [error, countText(requests), share(requests)]),
  );
  return [
    `${countText(total.requests)} requests of ${files}, asked in DuckDB`,
    ...(total.tokens === undefined
      ? []
      : [`${countText(total.tokens.input)} tokens in, ${countText(total.tokens.output)} out`]),
    "",
    ...ruled,
    "",
    ...runs,
    ...(refused.length === 0 ? [] : ["", ...errors]),
    ...(changes === undefined ? [] : ["", ...changesText(changes, total.requests)]),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `= ${note}`)]),
    "",
  ].join("\n");
}

/** Sentences. */
export function renderPlainDuckdbReplay({ files, total, rules, refused, changes, notes }: DuckdbReplay): string {
  const share = (requests: number): string => shareText(requests, total.requests);
  const costs = ({ cost }: Pick<RuleShare, "cost">): string =>
    cost === undefined
      ? ""
      : `; ${dollarsText(cost.first)} if the first call answers, ${dollarsText(cost.every)} if every call is made`;
  return [
    `${countText(total.requests)} requests of ${files}, asked in DuckDB${costs(total)}`,
    ...rules.map(
      (rule) =>
        `${rule.rule}, ${rule.text}: ${countText(rule.requests)} requests, ${share(rule.requests)}${costs(rule)}`,
    ),
    ...refused.map(
      ({ error, requests }) => `not decided, ${error}: ${countText(requests)} requests, ${share(requests)}`,
    ),
    ...(changes ?? []).map(
      ({ before, after, requests, cost }) =>
        `${before} becomes ${after}: ${countText(requests)} requests, ${share(requests)}${cost === undefined ? "" : `; ${dollarsText(cost.before)} becomes ${dollarsText(cost.after)}`}`,
    ),
    ...(changes?.length === 0 ? ["every request is decided as before"] : []),
    ...notes,
    "",
  ].join("\n");
}

function changesText(changes: readonly Change[], all: number): string[] {
  if (changes.length === 0) return ["every request is decided as before"];
  const hasCost = changes.some(({ cost }) => cost !== undefined);
  const moved = changes.reduce((sum, { requests }) => sum + requests, 0);
  return [
    `${countText(moved)} requests (${shareText(moved, all)}) are decided differently`,
    "",
    ...table(
      ["was", "is", "requests", "share", ...(hasCost ? ["cost was", "cost is"] : [])],
      changes.map(({ before, after, requests, cost }) => [
        before,
        after,
        countText(requests),
        shareText(requests, all),
        ...(cost === undefined ? [] : [dollarsText(cost.before), dollarsText(cost.after)]),
      ]),
    ),
  ];
}

/** By the plan that is named, else by what is written. */
function byRun(rules: readonly RuleShare[]): ReadonlyMap<string, number> {
  const runs = new Map<string, number>();
  for (const { plan, reject, text, requests } of rules) {
    const run = plan ?? (reject === undefined ? text.slice(text.lastIndexOf("-> ") + 3).trim() : `reject ${reject}`);
    runs.set(run, (runs.get(run) ?? 0) + requests);
  }
  return new Map([...runs].sort(([, a], [, b]) => b - a));
}

/** Columns in line; those of numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const isNumber = head.map((_, at) => rows.every((row) => /^[\d$<-][\d,.$%<-]*$|^$/.test(row[at] ?? "")));
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function countText(count: number): string {
  return count.toLocaleString("en-US");
}

function shareText(part: number, all: number): string {
  if (all === 0) return "0.0%";
  const percent = (part / all) * 100;
  return percent > 0 && percent < 0.1 ? "<0.1%" : `${percent.toFixed(1)}%`;
}

function dollarsText(dollars: number): string {
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: dollars !== 0 && Math.abs(dollars) < 1 ? 6 : 2 })}`;
}
