/** What requests came to under one policy: sums that do not grow with their number. */
import { statusOf, type Trace, windowAt } from "../../../runtime/simulation/index.ts";
import type { Failure, Policy } from "../../../runtime/table/index.ts";
import type { Source } from "../providers/behaviour.ts";
import { BudgetWatch } from "./budgets.ts";
import { Capped } from "./capped.ts";
import { Quantiles } from "./quantiles.ts";
import { add, Series } from "./series.ts";

/** Requests and what they cost. */
export interface Tally {
  requests: number;
  /** Of these, how many had no answer. */
  unserved: number;
  /** Nano-dollars. */
  cost: number;
}

export interface ModelSums {
  /** Requests that it answered. */
  served: number;
  /** Calls that left, for answers and judgements. */
  calls: number;
  failed: number;
  readonly failures: Map<Failure, number>;
  /** Answers that a gate did not accept. */
  declined: number;
  /** Nano-dollars. */
  cost: number;
  readonly latency: Quantiles;
  readonly spent: Series;
  readonly sources: Map<Source, number>;
}

/** What was recorded of an attribute; the empty text where nothing was. */
export type Recorded = (attribute: string) => string;

/** What became of a request, in a few words: who served it, or why nobody did. */
export type Fate = string;

export class Sums {
  readonly total: Tally = tally();
  readonly outcomes = new Map<Trace["outcome"]["kind"], number>();
  /** Why requests had no answer. */
  readonly refusals = new Capped<Tally>(tally);
  readonly models: ReadonlyMap<string, ModelSums>;
  /** By label, such as `chat:1`, all of them. */
  readonly rules: ReadonlyMap<string, Tally>;
  /** By date in the policy's zone, such as `2026-03-02`. */
  readonly days = new Map<string, Tally>();
  /** By attribute and value. */
  readonly by: ReadonlyMap<string, Capped<Tally>>;
  /** Milliseconds until served requests had their first content, and their end. */
  readonly first = new Quantiles();
  readonly latency = new Quantiles();
  readonly unserved = new Series(add);
  readonly requests = new Series(add);
  readonly budgets: BudgetWatch;
  /** Requests that were not decided, by the signal that was not recorded and cannot be computed. */
  readonly undecided = new Map<string, number>();
  /** Requests for which a signal's `else` was taken, by signal. */
  readonly standIns = new Map<string, number>();
  /** Nano-dollars that computing signals cost when it was recorded. */
  signalCost = 0;
  readonly #dateOf: (time: number) => string;

  constructor({ table }: Policy, by: readonly string[]) {
    this.models = new Map(table.models.map(({ name }) => [name, modelSums()]));
    this.rules = new Map(
      table.routes.flatMap(({ names, rules }) => rules.map((_, index) => [`${names[0]}:${index}`, tally()])),
    );
    this.by = new Map(by.map((name) => [name, new Capped(tally)]));
    this.budgets = new BudgetWatch(table);
    this.#dateOf = dates(table.zone);
  }

  /**
   * Takes a request that came at a time, in milliseconds since the epoch; tells what became of it. `recorded` gives what was
   * recorded of an attribute that the policy does not have.
   */
  add(at: number, trace: Trace, recorded: Recorded): Fate {
    const { outcome, cost, route, rule, attempts } = trace;
    const fate = fateOf(trace);
    const isServed = outcome.kind === "served" || outcome.kind === "reused";
    count(this.outcomes, outcome.kind, 1);
    this.#put(at, isServed, cost, rule === undefined ? undefined : `${route}:${rule}`, (name) => {
      const value = trace.values.get(name);
      return value === undefined ? recorded(name) : String(value);
    });
    if (!isServed) addTo(this.refusals.of(fate), false, cost);
    else if (outcome.kind === "served") {
      this.first.add(trace.content);
      this.latency.add(trace.milliseconds);
    }
    for (const { name, from } of trace.signals) if (from === "stand-in") count(this.standIns, name, 1);
    for (const { model, left, failure, end, cost: spent } of attempts) {
      const sums = this.models.get(model);
      if (sums === undefined) continue;
      if (failure !== undefined) {
        sums.failed++;
        count(sums.failures, failure, 1);
      }
      if (end === "declined") sums.declined++;
      if (left) sums.calls++;
      sums.cost += spent;
      if (spent > 0) sums.spent.put(at, spent);
    }
    if (outcome.kind === "served") {
      const sums = this.models.get(outcome.model);
      if (sums !== undefined) {
        sums.served++;
        sums.latency.add(trace.milliseconds);
      }
    }
    return fate;
  }

  /** Takes a request that the policy answers 400 before it is decided. */
  refuse(at: number, why: Fate, recorded: Recorded): Fate {
    count(this.outcomes, "refused", 1);
    this.#put(at, false, 0, undefined, recorded);
    addTo(this.refusals.of(why), false, 0);
    return why;
  }

  #put(at: number, isServed: boolean, cost: number, rule: string | undefined, attributeOf: Recorded): void {
    addTo(this.total, isServed, cost);
    const own = rule === undefined ? undefined : this.rules.get(rule);
    if (own !== undefined) addTo(own, isServed, cost);
    const date = this.#dateOf(at);
    let day = this.days.get(date);
    if (day === undefined) {
      day = tally();
      this.days.set(date, day);
    }
    addTo(day, isServed, cost);
    for (const [name, values] of this.by) addTo(values.of(attributeOf(name)), isServed, cost);
    this.requests.put(at, 1);
    if (!isServed) this.unserved.put(at, 1);
  }
}

function fateOf(trace: Trace): Fate {
  const { outcome } = trace;
  switch (outcome.kind) {
    case "served":
      return outcome.model;
    case "reused":
      return "an earlier answer";
    case "rejected":
      return `rejected by the policy: ${outcome.status}${outcome.text === undefined ? "" : ` ${outcome.text}`}`;
    case "broken":
      return `broke off: ${outcome.failure}`;
    case "exhausted":
      return `every step failed: ${statusOf(outcome)}${outcome.failure === undefined ? "" : ` ${outcome.failure}`}`;
    case "refused":
      return `refused: ${outcome.status} ${outcome.why}`;
  }
}

function tally(): Tally {
  return { requests: 0, unserved: 0, cost: 0 };
}

function modelSums(): ModelSums {
  return {
    ...{ served: 0, calls: 0, failed: 0, failures: new Map(), declined: 0, cost: 0 },
    ...{ latency: new Quantiles(), spent: new Series(add), sources: new Map() },
  };
}

function addTo(sum: Tally, isServed: boolean, cost: number): void {
  sum.requests++;
  if (!isServed) sum.unserved++;
  sum.cost += cost;
}

export function count<K>(counts: Map<K, number>, key: K, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** Dates in a zone: told anew when a day has ended. */
function dates(zone: string): (time: number) => string {
  const day = windowAt("day", zone);
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
  const told = new WeakMap<object, string>();
  return (time) => {
    const window = day(time);
    const date = told.get(window) ?? format.format(time);
    told.set(window, date);
    return date;
  };
}
