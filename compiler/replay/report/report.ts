/** What a replay has found, as sections that a terminal and a page both show. */
import type { Block, LineChart, Report, Section, Table } from "../../html-report/index.ts";
import type { Source } from "../providers/behaviour.ts";
import { ASSUMED } from "../providers/behaviour.ts";
import type { Outage } from "../providers/outage.ts";
import type { Replayed } from "../replay.ts";
import type { Side } from "../side.ts";
import { budgetTable, modelTable, overview, ruleTable, tallies } from "./tables.ts";
import { count, moment, money, plural, share } from "./words.ts";

/** What was replayed, as people know it. */
export interface Names {
  readonly traffic: string;
  readonly policy: string;
  readonly against: string | undefined;
  /** The command line. */
  readonly command: string;
  readonly outages: readonly Outage[];
}

const NANO = 1e9;

export function reportOf(replayed: Replayed, names: Names): Report {
  const { policy, against, span, found } = replayed;
  const { zone } = policy.policy.table;
  const when = span === undefined ? "" : `, from ${moment(span.from, zone)} to ${moment(span.to, zone)} (${zone})`;
  const than = names.against === undefined ? "" : `, compared with \`${names.against}\``;
  return {
    title: `Replay of \`${names.traffic}\` through \`${names.policy}\``,
    about: `${plural(found.lines - found.malformed - found.undecided, "request")}${when}${than}.`,
    sections: [
      { heading: "Overview", blocks: [overview(against, policy, sideNames(names)), ...overTime(replayed, names)] },
      ...budgetSection(replayed, names),
      {
        heading: "Models",
        blocks: [modelTable(against, policy), costBars(against, policy, names), servedBars(against, policy, names)],
      },
      ...movedSection(replayed),
      { heading: "Rules", blocks: [ruleTable(policy)] },
      ...[...policy.sums.by].map(([name, { entries }]): Section => {
        const before = against?.sums.by.get(name)?.entries;
        return { heading: `By ${name}`, blocks: [tallies("", name, before, shownKeys(entries), true)] };
      }),
      { heading: "By day", blocks: [tallies("", "day", against?.sums.days, policy.sums.days, false)] },
      ...unansweredSection(policy),
      { heading: "What this rests on", blocks: notes(replayed, names).map((text) => ({ kind: "paragraph", text })) },
    ],
    made: `\`${names.command}\``,
  };
}

function sideNames({ against, policy }: Names): readonly string[] {
  return against === undefined ? [policy] : [against, policy];
}

/** The empty text stands for itself. */
function shownKeys<T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...entries].map(([key, value]) => [key === "" ? '""' : key, value]));
}

/** Money spent, and requests that nobody answered, over time. */
function overTime({ policy, against, span }: Replayed, names: Names): readonly Block[] {
  if (span === undefined) return [];
  const { zone } = policy.policy.table;
  const sides = against === undefined ? [policy] : [against, policy];
  const x = { label: `time (${zone})`, zone };
  const spans = outageSpans(names.outages, span);
  const spent = sides.map((side, index) => ({
    name: sideNames(names)[index] ?? "",
    shape: "line" as const,
    points: held(cumulative([...side.sums.models.values()].flatMap(({ spent }) => spent.points())), span.to),
  }));
  const charts: LineChart[] = [
    {
      kind: "line",
      caption: "Cost so far",
      x,
      y: { label: "dollars", format: dollars, from: 0 },
      series: spent,
      spans,
    },
  ];
  if (sides.some(({ sums }) => sums.total.unserved > 0)) {
    const series = sides.map(({ sums }, index) => {
      const unserved = new Map(sums.unserved.points().map((point) => [point.x, point.y]));
      const width = sums.requests.width;
      const byStretch = (at: number): number => {
        let sum = 0;
        for (const [x, y] of unserved) if (x >= at && x < at + width) sum += y;
        return sum;
      };
      const points = sums.requests.points().map((point) => ({ x: point.x, y: (byStretch(point.x) / point.y) * 100 }));
      return { name: sideNames(names)[index] ?? "", shape: "step" as const, points };
    });
    const y = { label: "unanswered", format: (value: number) => `${value}%`, from: 0 };
    charts.push({ kind: "line", caption: "Requests that nobody answered", x, y, series, spans });
  }
  return charts;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What was spent stays spent to the end. */
function held(points: readonly Point[], end: number): readonly Point[] {
  const last = points.at(-1);
  return last === undefined || last.x >= end ? points : [...points, { x: end, y: last.y }];
}

function cumulative(points: readonly Point[]): readonly Point[] {
  let sum = 0;
  const byTime = new Map<number, number>();
  for (const { x, y } of points) byTime.set(x, (byTime.get(x) ?? 0) + y);
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([x, y]) => {
      sum += y;
      return { x, y: sum / NANO };
    });
}

function dollars(value: number): string {
  return `$${count(value)}`;
}

/** How finely it is looked at when an outage lasts. */
const LOOKS = 2_000;

/** Stretches of time in which something was down. */
function outageSpans(outages: readonly Outage[], { from, to }: { from: number; to: number }) {
  const step = Math.max(1, (to - from) / LOOKS);
  return outages.flatMap(({ of, covers }) => {
    const spans: { from: number; to: number; label: string }[] = [];
    for (let at = from; at <= to; at += step) {
      const open = spans.at(-1);
      if (!covers(at)) continue;
      if (open !== undefined && at - open.to <= step * 1.5) open.to = at;
      else spans.push({ from: at, to: at, label: `${of} is down` });
    }
    return spans;
  });
}

function budgetSection({ policy, against, span }: Replayed, names: Names): readonly Section[] {
  const has = (side: Side | undefined): side is Side => side !== undefined && side.sums.budgets.windows.length > 0;
  const sides = [against, policy].filter(has);
  if (sides.length === 0) return [];
  const { zone } = policy.policy.table;
  const nameOf = (side: Side): string => (side === policy ? names.policy : (names.against ?? ""));
  const budgets = [...new Set(sides.flatMap(({ sums }) => [...sums.budgets.spent.keys()]))];
  const charts = budgets.map((budget): LineChart => {
    const meters = sides.flatMap(({ policy: { table } }) => table.meters).filter(({ name }) => name === budget);
    const limits = new Set(
      meters.flatMap((meter) => (meter.kind === "budget" && meter.per.length === 0 ? [meter.limit] : [])),
    );
    return {
      kind: "line",
      caption: `Spent of \`${budget}\`, in the window of the time${limits.size === 0 ? ", by all accounts together" : ""}`,
      x: { label: `time (${zone})`, zone },
      y: { label: "dollars", format: dollars, from: 0 },
      levels: [...limits].map((limit) => ({ at: limit / NANO, label: `limit ${money(limit)}` })),
      spans: span === undefined ? [] : outageSpans(names.outages, span),
      series: sides.flatMap((side) => {
        const spent = side.sums.budgets.spent.get(budget)?.points() ?? [];
        const points = held(
          spent.map(({ x, y }) => ({ x, y: y / NANO })),
          span?.to ?? 0,
        );
        return points.length === 0 ? [] : [{ name: nameOf(side), shape: "line" as const, points }];
      }),
    };
  });
  const table = budgetTable(sides.map((side) => ({ side, name: nameOf(side) })));
  return [{ heading: "Budgets", blocks: [table, ...charts] }];
}

function costBars(before: Side | undefined, after: Side, names: Names): Block {
  return bars(
    "Cost by model",
    before,
    after,
    names,
    dollars,
    ({ sums }, model) => (sums.models.get(model)?.cost ?? 0) / NANO,
  );
}

function servedBars(before: Side | undefined, after: Side, names: Names): Block {
  const format = (value: number): string => `${value}%`;
  return bars("Share of requests answered", before, after, names, format, ({ sums }, model) =>
    sums.total.requests === 0 ? 0 : ((sums.models.get(model)?.served ?? 0) / sums.total.requests) * 100,
  );
}

function bars(
  caption: string,
  before: Side | undefined,
  after: Side,
  names: Names,
  format: (value: number) => string,
  amount: (side: Side, model: string) => number,
): Block {
  const sides = before === undefined ? [after] : [before, after];
  const models = [...new Set(sides.flatMap(({ sums }) => [...sums.models.keys()]))];
  const round = (value: number): number => Number(value.toFixed(2));
  return {
    ...{ kind: "bars", caption, format, series: sideNames(names) },
    groups: models.map((label) => ({ label, values: sides.map((side) => round(amount(side, label))) })),
  };
}

function movedSection({ moved, against, policy }: Replayed): readonly Section[] {
  if (against === undefined) return [];
  const changed = moved.reduce((sum, { requests }) => sum + requests, 0);
  const text = `${plural(changed, "request")} of ${count(policy.sums.total.requests)} (${share(changed, policy.sums.total.requests)}) have another fate.`;
  const MOST = 20;
  const rows = moved
    .slice(0, MOST)
    .map(({ from, to, requests, before, after }) => [from, to, count(requests), money(before), money(after)]);
  const numbers = ["requests", "cost before", "after"].map((heading) => ({ heading, isNumber: true }));
  const table: Table = {
    kind: "table",
    caption: moved.length > MOST ? `the ${MOST} most frequent of ${count(moved.length)}` : "",
    columns: [{ heading: "before" }, { heading: "now" }, ...numbers],
    rows,
  };
  return [{ heading: "What changes", blocks: [{ kind: "paragraph", text }, ...(rows.length === 0 ? [] : [table])] }];
}

function unansweredSection({ sums }: Side): readonly Section[] {
  const { entries } = sums.refusals;
  const rows = [...entries].sort(([, a], [, b]) => b.requests - a.requests);
  if (rows.length === 0) return [];
  const MOST = 10;
  const table: Table = {
    kind: "table",
    caption: rows.length > MOST ? `the ${MOST} most frequent of ${count(rows.length)} reasons` : "",
    columns: [{ heading: "why" }, { heading: "requests", isNumber: true }, { heading: "share", isNumber: true }],
    rows: rows
      .slice(0, MOST)
      .map(([why, { requests }]) => [why, count(requests), share(requests, sums.total.requests)]),
  };
  return [{ heading: "Without an answer", blocks: [table] }];
}

const SOURCES: Readonly<Record<Source, string>> = {
  outage: "met an outage",
  stated: "went as is stated of the model",
  recorded: "went as they were recorded",
  drawn: "were drawn from recorded calls of the model",
  assumed: `were assumed to take ${ASSUMED.first} ms and ${ASSUMED.perToken} ms a token, and to succeed`,
};

/** What a reader must know before trusting the rest. */
export function notes({ found, policy }: Replayed, { traffic, outages }: Names): readonly string[] {
  const { sums, requests } = policy;
  const sources = new Map<Source, string[]>();
  for (const [name, model] of sums.models)
    for (const [source, calls] of model.sources)
      sources.set(source, [...(sources.get(source) ?? []), `${count(calls)} of ${name}`]);
  return [
    ...[...sources].map(([source, calls]) => `Calls that ${SOURCES[source]}: ${calls.join(", ")}.`),
    ...outages.map(({ text }) => `Outage: ${text}.`),
    ...[...requests.unrecorded()].map(([name, { requests: times, taken }]) => {
      const instead = taken === undefined ? "these requests are refused" : `${JSON.stringify(taken)} was taken`;
      return `\`${name}\` is not recorded of ${plural(times, "request")}: ${instead}.`;
    }),
    ...[...sums.undecided].map(
      ([signal, times]) => `${plural(times, "request")} could not be decided: signal \`${signal}\` is not recorded.`,
    ),
    ...[...sums.standIns].map(
      ([signal, times]) => `For ${plural(times, "request")} the \`else\` of signal \`${signal}\` was taken.`,
    ),
    ...(sums.signalCost === 0 ? [] : [`Signals cost ${money(sums.signalCost)} more, as recorded.`]),
    ...counted(found.untimed, "Without a time, and taken to come a second after the one before"),
    ...counted(found.late, "So far out of order that they came late, as time had passed already"),
    ...counted(found.undecided, "Of the log, come to no decision when they were logged, and left out"),
    ...(found.malformed === 0
      ? []
      : [
          `${plural(found.malformed, "line")} of \`${traffic}\` could not be read and ${found.malformed === 1 ? "was" : "were"} left out: ${found.first
            .map(({ line, why }) => `line ${count(line)}: ${why}`)
            .join("; ")}${found.malformed > found.first.length ? "; …" : ""}.`,
        ]),
  ];
}

function counted(requests: number, what: string): readonly string[] {
  return requests === 0 ? [] : [`${what}: ${plural(requests, "request")}.`];
}
