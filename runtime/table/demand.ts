/**
 * Which signals a decision waits for. Of the first rule that can still decide, the first signal in its text that can
 * still change the decision is asked for, then the next, until the decision is certain; a signal is _needed_ when that
 * comes to it whatever the others say, so that all that are needed can be asked for at once.
 *
 * Both questions are answered exactly on the decision as a function of the signals that are not known, in its reduced
 * ordered diagram (Bryant, "Graph-based algorithms for Boolean function manipulation", 1986, with as many branches as a
 * signal has regions): a function depends on a signal when, and only when, the signal is in its diagram. Diagrams are
 * small for policies as people write them, but can be exponential in the number of signals: past `MOST_NODES` the first
 * rule's first signal is asked for by itself, which is never wrong, only later or more than had to be.
 */
import type { DecisionTable, Route } from "./decision-table.generated.ts";
import { regionCount } from "./domain.ts";
import { columnOf, domainOf, lowestBit, rangesOf, setAt, testedAttributes, wordsFor } from "./row-sets.ts";
import type { Value } from "./value.ts";

/**
 * Given the values known so far, by index into `table.attributes`, a signal that is not known undefined: the indices of
 * the signals that are needed now, in textual order; none when the rule can be chosen.
 */
export type Demand = (values: readonly (Value | undefined)[]) => readonly number[];

/** Diagrams of more nodes than this, made on the way or in the end, are given up. */
const MOST_NODES = 2000;
/** Answers that are kept, each for other rows that the known values leave. */
const MOST_ANSWERS = 1000;

const NONE: readonly number[] = Object.freeze([]);

export function isSignal(table: DecisionTable, attribute: number): boolean {
  return table.attributes[attribute]?.source.from === "signal";
}

export function compileDemand(table: DecisionTable, route: Route): Demand {
  const tested = testedAttributes(table, route);
  const signals = tested.filter((attribute) => isSignal(table, attribute));
  if (signals.length === 0) return () => NONE;

  const orders = textualOrders(table, route, signals);
  const order = [...new Set(orders.flat())];
  const columns = tested.map((attribute) => columnOf(table, route, attribute));
  const words = wordsFor(route.rows.length);
  const signalsOfRow = route.rows.map(({ when }) =>
    signals.filter((signal) => Object.hasOwn(when, table.attributes[signal]?.name ?? "")),
  );
  const answers = new Map<string, readonly number[]>();

  /** The rows that the known values leave, up to the first that takes no signal to accept: their bits, each word behind its index. */
  const liveRows = (values: readonly (Value | undefined)[]): number[] => {
    const known = columns.filter(({ attribute }) => values[attribute] !== undefined);
    const begins = known.map((column) => setAt(column, values, words));
    const rows: number[] = [];
    for (let word = 0; word < words; word++) {
      let live = known.reduce((rest, { bits }, c) => rest & (bits[(begins[c] as number) + word] as number), -1);
      let taken = 0;
      let isDecided = false;
      // Of the last word the bits past the last row are set where no column is known.
      for (; live !== 0 && !isDecided; live &= live - 1) {
        const bit = lowestBit(live);
        const row = word * 32 + bit;
        if (row >= route.rows.length) break;
        taken |= 1 << bit;
        isDecided = signalsOfRow[row]?.every((signal) => values[signal] !== undefined) === true;
      }
      if (taken !== 0) rows.push(word, taken);
      if (isDecided) break;
    }
    return rows;
  };

  const demandOf = (rows: readonly number[], unknown: readonly number[]): readonly number[] => {
    const asked = unknown.filter((signal) => rows.some((row) => signalsOfRow[row]?.includes(signal)));
    // Without a signal in the first row the decision is made; where there is none, the table is not total.
    if (!asked.some((signal) => signalsOfRow[rows[0] as number]?.includes(signal))) return NONE;
    const { needed } = stakesOf(table, route, rows, asked, orders);
    return Object.freeze(order.filter((signal) => needed.has(signal)));
  };

  return (values) => {
    const live = liveRows(values);
    const unknown = signals.filter((signal) => values[signal] === undefined);
    const key = `${unknown}|${live}`;
    const before = answers.get(key);
    if (before !== undefined) return before;
    const answer = demandOf(rowsIn(live), unknown);
    if (answers.size >= MOST_ANSWERS) answers.clear();
    answers.set(key, answer);
    return answer;
  };
}

/** The rows whose bits these are, each word behind its index. */
function rowsIn(words: readonly number[]): number[] {
  const rows: number[] = [];
  for (let at = 0; at < words.length; at += 2)
    for (let bits = words[at + 1] as number; bits !== 0; bits &= bits - 1)
      rows.push((words[at] as number) * 32 + lowestBit(bits));
  return rows;
}

/** The signals that a route's rules test, by index, in textual order. */
export function signalsOfRoute(table: DecisionTable, route: Route): number[] {
  const signals = testedAttributes(table, route).filter((attribute) => isSignal(table, attribute));
  return [...new Set(textualOrders(table, route, signals).flat())];
}

/** Of each rule the signals that it tests, from left to right. */
export function textualOrders(table: DecisionTable, route: Route, signals: readonly number[]): number[][] {
  const indexOf = new Map(table.attributes.map(({ name }, index) => [name, index]));
  const tested = route.rules.map(() => new Set<number>());
  for (const { rule, when } of route.rows)
    for (const signal of signals)
      if (Object.hasOwn(when, table.attributes[signal]?.name ?? "")) tested[rule]?.add(signal);
  return route.rules.map(({ signals: written = [] }, rule) => {
    const own = tested[rule] as Set<number>;
    const first = written.flatMap((name) => indexOf.get(name) ?? []).filter((signal) => own.has(signal));
    return [...new Set([...first, ...own])];
  });
}

/** The decision as a function of signals: a rule, or what the regions of a signal lead to. */
interface Node {
  readonly id: number;
  /** Undefined where the rule is certain. */
  readonly signal: number | undefined;
  readonly next: readonly Node[];
  /** The first rule that can decide. */
  readonly rule: number;
  /** The signals on which it depends. */
  readonly support: ReadonlySet<number>;
}

class TooManyNodes extends Error {}

/** What a decision among rows hangs on. */
export interface Stakes {
  /** The signals that can still change it; undefined where there are too many ways to look at. */
  readonly open: ReadonlySet<number> | undefined;
  /** Those that are needed whatever the others say. */
  readonly needed: ReadonlySet<number>;
}

/** Of the first of `rows` to accept, by `signals`, with `orders` those of each rule from left to right. */
export function stakesOf(
  table: DecisionTable,
  route: Route,
  rows: readonly number[],
  signals: readonly number[],
  orders: readonly (readonly number[])[],
): Stakes {
  try {
    const diagrams = new Diagrams();
    const decision = decisionOver(table, route, rows, signals, diagrams);
    return { open: decision.support, needed: needed(decision, orders, diagrams, new Map()) };
  } catch (error) {
    if (!(error instanceof TooManyNodes)) throw error;
    const { rule, when } = route.rows[rows[0] as number] as Route["rows"][number];
    const isOpen = (signal: number): boolean =>
      signals.includes(signal) && Object.hasOwn(when, table.attributes[signal]?.name ?? "");
    return { open: undefined, needed: new Set(orders[rule]?.filter(isOpen).slice(0, 1)) };
  }
}

/** The signals that are asked for on every way to a certain decision. */
function needed(
  node: Node,
  orders: readonly (readonly number[])[],
  diagrams: Diagrams,
  known: Map<Node, ReadonlySet<number>>,
): ReadonlySet<number> {
  if (node.signal === undefined) return node.support;
  const before = known.get(node);
  if (before !== undefined) return before;
  // One of the signals of the first rule that can decide is in the support: else that rule would decide whatever they say.
  const first = orders[node.rule]?.find((signal) => node.support.has(signal)) as number;
  let always: ReadonlySet<number> | undefined;
  for (const part of new Set(diagrams.parts(node, first))) {
    const own = needed(part, orders, diagrams, known);
    always = always === undefined ? own : new Set([...always].filter((signal) => own.has(signal)));
    if (always.size === 0) break;
  }
  const result = new Set([first, ...(always ?? [])]);
  known.set(node, result);
  return result;
}

/** Nodes, the same only once: equal functions are one object. */
class Diagrams {
  readonly #nodes = new Map<string, Node>();

  rule(rule: number): Node {
    const key = `=${rule}`;
    return this.#nodes.get(key) ?? this.#add(key, { signal: undefined, next: [], rule, support: new Set() });
  }

  branch(signal: number, next: readonly Node[]): Node {
    const [only, ...others] = new Set(next);
    if (only !== undefined && others.length === 0) return only;
    const key = `${signal}:${next.map(({ id }) => id)}`;
    const found = this.#nodes.get(key);
    if (found !== undefined) return found;
    const support = new Set([signal, ...next.flatMap((node) => [...node.support])]);
    return this.#add(key, { signal, next, rule: Math.min(...next.map(({ rule }) => rule)), support });
  }

  /** What is left of a function of a signal when it is known: one function for each of its regions. */
  parts(node: Node, signal: number): readonly Node[] {
    if (node.signal === signal) return node.next;
    const regions = regionsOf(node, signal);
    return Array.from({ length: regions }, (_, region) => this.#with(node, signal, region, new Map()));
  }

  #with(node: Node, signal: number, region: number, done: Map<Node, Node>): Node {
    if (!node.support.has(signal)) return node;
    if (node.signal === signal) return node.next[region] as Node;
    const before = done.get(node);
    if (before !== undefined) return before;
    const next = node.next.map((part) => this.#with(part, signal, region, done));
    const result = this.branch(node.signal as number, next);
    done.set(node, result);
    return result;
  }

  #add(key: string, node: Omit<Node, "id">): Node {
    if (this.#nodes.size >= MOST_NODES) throw new TooManyNodes();
    const added = { ...node, id: this.#nodes.size };
    this.#nodes.set(key, added);
    return added;
  }
}

function regionsOf(node: Node, signal: number): number {
  if (node.signal === signal) return node.next.length;
  return regionsOf(node.next.find(({ support }) => support.has(signal)) as Node, signal);
}

/** The diagram of the first of `rows` that accepts; of no row, a rule past the last. */
function decisionOver(
  table: DecisionTable,
  route: Route,
  rows: readonly number[],
  signals: readonly number[],
  diagrams: Diagrams,
): Node {
  const axes = signals.map((signal) => {
    const name = table.attributes[signal]?.name as string;
    const regions = regionCount(domainOf(table, signal));
    const ranges = new Map(rows.map((row) => [row, rangesOf(route.rows[row]?.when ?? {}, name, regions)]));
    const tests = new Set(rows.filter((row) => Object.hasOwn(route.rows[row]?.when ?? {}, name)));
    return { signal, regions, ranges, tests };
  });
  const made = new Map<string, Node>();
  const build = (depth: number, live: readonly number[]): Node => {
    const [first] = live;
    if (first === undefined) return diagrams.rule(route.rules.length);
    const axis = axes[depth];
    const open = axes.slice(depth);
    const end = live.findIndex((row) => open.every(({ tests }) => !tests.has(row)));
    if (axis === undefined || end === 0) return diagrams.rule((route.rows[first] as Route["rows"][number]).rule);
    const rest = end < 0 ? live : live.slice(0, end + 1);
    const key = `${depth}|${rest}`;
    const before = made.get(key);
    if (before !== undefined) return before;
    if (made.size >= MOST_NODES) throw new TooManyNodes();
    const next = Array.from({ length: axis.regions }, (_, region) => {
      const accepts = (row: number): boolean =>
        (axis.ranges.get(row) ?? []).some(([from, to]) => region >= from && region <= to);
      return build(depth + 1, rest.filter(accepts));
    });
    const node = diagrams.branch(axis.signal, next);
    made.set(key, node);
    return node;
  };
  return build(0, rows);
}
