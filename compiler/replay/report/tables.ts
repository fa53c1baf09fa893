/** What was summed up, as tables: of one policy, or of two beside each other. */
import type { Table } from "../../html-report/index.ts";
import type { Side } from "../side.ts";
import type { BudgetWindow } from "../sums/budgets.ts";
import type { ModelSums, Tally } from "../sums/sums.ts";
import { change, count, duration, moment, money, more, share } from "./words.ts";

type Columns = Table["columns"];

const number = (heading: string): Columns[number] => ({ heading, isNumber: true });
/** Rows of what there may be any number of. */
const MOST_ROWS = 20;
const MOST_BUDGETS = 60;

/** Tallies by key: the dearest first where `isSorted`, and so many of them. */
export function tallies(
  caption: string,
  heading: string,
  before: ReadonlyMap<string, Tally> | undefined,
  after: ReadonlyMap<string, Tally>,
  isSorted: boolean,
): Table {
  const keys = [...new Set([...(before?.keys() ?? []), ...after.keys()])];
  const none: Tally = { requests: 0, unserved: 0, cost: 0 };
  const rows = keys.map((key) => ({ key, was: before?.get(key) ?? none, is: after.get(key) ?? none }));
  if (isSorted) rows.sort((a, b) => b.is.cost - a.is.cost || b.is.requests - a.is.requests || (a.key < b.key ? -1 : 1));
  const shown = rows.slice(0, MOST_ROWS);
  const left = rows.length - shown.length;
  return {
    kind: "table",
    caption: left === 0 ? caption : `${caption}: the dearest ${MOST_ROWS} of ${count(rows.length)}`,
    columns:
      before === undefined
        ? [{ heading }, number("requests"), number("unanswered"), number("cost")]
        : [{ heading }, number("requests"), ...pair("unanswered"), ...pair("cost"), number("change")],
    rows: shown.map(({ key, was, is }) => [
      key,
      count(is.requests),
      ...(before === undefined
        ? [count(is.unserved), money(is.cost)]
        : [count(was.unserved), count(is.unserved), money(was.cost), money(is.cost), change(was.cost, is.cost)]),
    ]),
  };
}

/** Columns of a quantity under the policy that is compared with, and under the one that is replayed. */
function pair(what: string): Columns {
  return [number(`${what} before`), number("after")];
}

export function modelTable(before: Side | undefined, after: Side): Table {
  const names = [...new Set([...(before?.sums.models.keys() ?? []), ...after.sums.models.keys()])];
  const rows = names.map((name): readonly string[] => {
    const [was, is] = [before?.sums.models.get(name), after.sums.models.get(name)];
    const of = (side: Side, model: ModelSums | undefined): string =>
      share(model?.served ?? 0, side.sums.total.requests);
    const latency = is?.latency.percentiles();
    const compared = before === undefined ? [] : [[of(before, was)], [money(was?.cost ?? 0)]];
    return [
      name,
      ...(compared[0] ?? []),
      of(after, is),
      count(is?.calls ?? 0),
      count(is?.failed ?? 0),
      count(is?.declined ?? 0),
      latency === undefined ? "–" : duration(latency.p50),
      latency === undefined ? "–" : duration(latency.p99),
      ...(compared[1] ?? []),
      money(is?.cost ?? 0),
      ...(before === undefined ? [] : [change(was?.cost ?? 0, is?.cost ?? 0)]),
    ];
  });
  const numbers = (before === undefined ? ["answers"] : ["answers before", "after"])
    .concat("calls", "failed", "declined", "p50", "p99")
    .concat(before === undefined ? ["cost"] : ["cost before", "after", "change"]);
  return {
    kind: "table",
    caption:
      "answers: the share of all requests; failed: steps, those among them that did not call; declined: by a gate",
    columns: [{ heading: "model" }, ...numbers.map(number)],
    rows,
  };
}

/** Every rule, in the order in which they are asked. */
export function ruleTable({ policy, sums }: Side): Table {
  const texts = new Map<string, string>(
    policy.table.routes.flatMap(({ names, rules }) =>
      rules.map(({ text }, index): [string, string] => [`${names[0]}:${index}`, text]),
    ),
  );
  return {
    kind: "table",
    caption: "which rule decided how many requests",
    columns: [
      { heading: "rule" },
      { heading: "as written" },
      number("requests"),
      number("share"),
      number("unanswered"),
      number("cost"),
    ],
    rows: [...sums.rules].map(([label, { requests, unserved, cost }]) => [
      label,
      `\`${(texts.get(label) ?? "").replaceAll("`", "'")}\``,
      count(requests),
      share(requests, sums.total.requests),
      count(unserved),
      money(cost),
    ]),
  };
}

/** What each budget has spent in each of its windows, and when it ran out, under each policy. */
export function budgetTable(sides: readonly { readonly side: Side; readonly name: string }[]): Table {
  const isCompared = sides.length > 1;
  const rows = sides.flatMap(({ side: { policy, sums }, name }) =>
    sums.budgets.windows
      .flatMap((window) => budgetRows(window, policy.table.zone))
      .map((row) => (isCompared ? [...row.slice(0, 1), name, ...row.slice(1)] : row)),
  );
  const said = "ran out: the first call that did not fit, for what it might have cost, into what was left";
  return {
    kind: "table",
    caption: rows.length > MOST_BUDGETS ? `${said}; the first ${MOST_BUDGETS} of ${count(rows.length)} rows` : said,
    columns: [
      ...[
        { heading: "budget" },
        ...(isCompared ? [{ heading: "policy" }] : []),
        { heading: "window" },
        { heading: "of" },
      ],
      ...[number("limit"), number("spent"), number("share"), { heading: "ran out" }, number("calls refused")],
    ],
    rows: rows.slice(0, MOST_BUDGETS),
  };
}

/** Accounts of one window that are told: those that ran out first, then those that spent most. */
const ACCOUNTS = 5;

function budgetRows(window: BudgetWindow, zone: string): readonly (readonly string[])[] {
  const { budget, from, limit, forgotten, forgottenOut } = window;
  const when = from === undefined ? "rolling" : moment(from, zone).replace(/ 00:00$/, "");
  const never = Number.POSITIVE_INFINITY;
  const accounts = [...window.accounts.values()].sort(
    (a, b) => (a.outAt ?? never) - (b.outAt ?? never) || b.spent - a.spent || 0,
  );
  const rows = accounts
    .slice(0, ACCOUNTS)
    .map(({ values, spent, outAt, refused }) => [
      budget,
      when,
      values.length === 0 ? "all" : values.map((value) => (value === "" ? '""' : value)).join(", "),
      money(limit),
      money(spent),
      share(spent, limit),
      outAt === undefined ? "never" : moment(outAt, zone),
      count(refused),
    ]);
  const rest = accounts.slice(ACCOUNTS);
  const others = rest.length + forgotten;
  if (others === 0) return rows;
  const out = rest.filter(({ outAt }) => outAt !== undefined).length + forgottenOut;
  return [
    ...rows,
    [budget, when, `${count(others)} others`, money(limit), "", "", out === 0 ? "never" : `${count(out)} of them`, ""],
  ];
}

/** Cost, answers and latency in a row each. */
export function overview(before: Side | undefined, after: Side, names: readonly string[]): Table {
  const sides = before === undefined ? [after] : [before, after];
  const row = (what: string, tell: (side: Side) => string, compare: (was: Side, is: Side) => string): string[] => [
    what,
    ...sides.map(tell),
    ...(before === undefined ? [] : [compare(before, after)]),
  ];
  const answered = ({ sums: { total } }: Side): number => total.requests - total.unserved;
  const latencies = (["p50", "p90", "p99", "max"] as const).flatMap((name) =>
    (["first", "latency"] as const).map((what) => {
      const of = ({ sums }: Side): number => sums[what].percentiles()?.[name] ?? 0;
      const label = `${what === "first" ? "to first content" : "to the end"}, ${name}`;
      return {
        what,
        row: row(
          label,
          (side) => duration(of(side)),
          (was, is) => change(of(was), of(is)),
        ),
      };
    }),
  );
  const isSame = sides.every(
    ({ sums }) => JSON.stringify(sums.first.percentiles()) === JSON.stringify(sums.latency.percentiles()),
  );
  return {
    kind: "table",
    caption: "all requests; latency is of those that a model answered",
    columns: [{ heading: "" }, ...names.map(number), ...(before === undefined ? [] : [number("change")])],
    rows: [
      row(
        "requests",
        ({ sums }) => count(sums.total.requests),
        (was, is) => more(was.sums.total.requests, is.sums.total.requests),
      ),
      row(
        "answered",
        (side) => `${count(answered(side))} (${share(answered(side), side.sums.total.requests)})`,
        (was, is) => more(answered(was), answered(is)),
      ),
      row(
        "cost",
        ({ sums }) => money(sums.total.cost),
        (was, is) => change(was.sums.total.cost, is.sums.total.cost),
      ),
      ...latencies.filter(({ what }) => what === "latency" || !isSame).map((each) => each.row),
    ],
  };
}
