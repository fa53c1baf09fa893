/** Which signals a route's decisions hang on, by what else a request is. For people; the request path does not come here. */
import type { DecisionTable, Route } from "./decision-table.generated.ts";
import { isSignal, stakesOf, textualOrders } from "./demand.ts";
import { regionCount } from "./domain.ts";
import { domainOf, rangesOf, testedAttributes } from "./row-sets.ts";

/** What groups of requests have in common, a group being those that everything but signals leaves the same rows. */
export interface DemandSet {
  /** The signals that can still change the decision, in textual order; undefined where that was too much to look at. */
  readonly open: readonly string[] | undefined;
  /** Those of them that are asked for at once. */
  readonly first: readonly string[];
  readonly groups: number;
}

/** Where there are more groups than this, they are not told apart. */
const MOST_GROUPS = 10_000;

/** The demand sets of a route, those of most groups first; none without signals, undefined where there are too many groups. */
export function demandSets(table: DecisionTable, route: Route): readonly DemandSet[] | undefined {
  const signals = testedAttributes(table, route).filter((attribute) => isSignal(table, attribute));
  if (signals.length === 0) return [];
  const orders = textualOrders(table, route, signals);
  const order = [...new Set(orders.flat())];
  const namesOf = (some: ReadonlySet<number>): string[] =>
    order.filter((signal) => some.has(signal)).map((signal) => table.attributes[signal]?.name ?? "");
  const sets = new Map<string, DemandSet>();
  const groups = groupsOf(table, route);
  if (groups === undefined) return undefined;
  for (const rows of groups) {
    const { open, needed } = stakesOf(table, route, rows, signals, orders);
    const set = { open: open && namesOf(open), first: namesOf(needed) };
    const key = JSON.stringify(set);
    sets.set(key, { ...set, groups: (sets.get(key)?.groups ?? 0) + 1 });
  }
  return [...sets.values()].sort((a, b) => b.groups - a.groups);
}

/** The lists of rows that everything but signals can leave, each up to the first that takes no signal to accept. */
function groupsOf(table: DecisionTable, route: Route): readonly (readonly number[])[] | undefined {
  const tested = testedAttributes(table, route);
  const names = (some: readonly number[]): string[] => some.map((index) => table.attributes[index]?.name ?? "");
  const others = tested.filter((index) => !isSignal(table, index));
  const whenOf = (row: number): Route["rows"][number]["when"] => route.rows[row]?.when ?? {};
  const testsNoneOf = (row: number, some: readonly string[]): boolean =>
    some.every((name) => !Object.hasOwn(whenOf(row), name));

  let live: ReadonlyMap<string, readonly number[]> = new Map([["", [...route.rows.keys()]]]);
  for (const [depth, attribute] of others.entries()) {
    const [name = "", ...later] = names(others.slice(depth));
    const rest = [...later, ...names(tested.filter((index) => isSignal(table, index)))];
    const regions = regionCount(domainOf(table, attribute));
    const next = new Map<string, readonly number[]>();
    for (const rows of live.values())
      for (let region = 0; region < regions; region++) {
        const accepting = rows.filter((row) =>
          rangesOf(whenOf(row), name, regions).some(([first, last]) => region >= first && region <= last),
        );
        const end = accepting.findIndex((row) => testsNoneOf(row, rest));
        const left = end < 0 ? accepting : accepting.slice(0, end + 1);
        next.set(left.join(), left);
        if (next.size > MOST_GROUPS) return undefined;
      }
    live = next;
  }
  return [...live.values()];
}
