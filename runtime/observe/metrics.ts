/**
 * Counts what becomes of requests, in shared memory: each worker thread adds to a row of its own, without a lock, and
 * whoever is asked for the metrics sums all rows. A worker that takes the place of one that died goes on in its row.
 *
 * A number of a row is written by one thread alone. Another may read it while it is written: 64 bits that are aligned are
 * read whole on every machine that Node runs on, and what the others read is never used but to be shown.
 */
import type { DecisionTable } from "../table/index.ts";
import { FAILURES } from "../table/index.ts";
import { exposition, type Metric, type MetricsFormat, type Sample } from "./exposition.ts";
import { ENDS, type Family, type FamilyName, families } from "./families.ts";
import {
  type Attempt,
  type DecisionRecord,
  type Observer,
  OUTCOMES,
  type RequestStart,
  ruleLabel,
} from "./observer.ts";

/** Where each metric's series lie in a row, for one policy. */
export interface MetricsLayout {
  readonly table: DecisionTable;
  readonly families: Readonly<Record<FamilyName, Family>>;
  readonly starts: Readonly<Record<FamilyName, number>>;
  /** Numbers in a row. */
  readonly width: number;
}

export function metricsLayout(table: DecisionTable): MetricsLayout {
  const all = families(table);
  const starts = {} as Record<FamilyName, number>;
  let width = 0;
  for (const name of Object.keys(all) as FamilyName[]) {
    starts[name] = width;
    width += all[name].series.length * slots(all[name]);
  }
  return { table, families: all, starts, width };
}

/** What a policy's requests are counted in. */
export interface Counted {
  readonly layout: MetricsLayout;
  readonly memory: SharedArrayBuffer;
}

/** Memory for that many workers. */
export function metricsMemory({ width }: MetricsLayout, workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(width * workers * Float64Array.BYTES_PER_ELEMENT);
}

/** The numbers of a series: one, or of a histogram each bucket's, that of all beyond them, and the sum. */
function slots({ kind, buckets }: Family): number {
  return kind === "histogram" ? buckets.length + 2 : 1;
}

/** The row of one worker. */
function rowOf({ layout: { width }, memory }: Counted, worker: number): Float64Array {
  return new Float64Array(memory, worker * width * Float64Array.BYTES_PER_ELEMENT, width);
}

function carryOver(from: MetricsLayout, counted: Float64Array, to: MetricsLayout, row: Float64Array): void {
  for (const name of Object.keys(to.families) as FamilyName[]) {
    const [old, now] = [from.families[name], to.families[name]];
    if (now.kind === "gauge") continue;
    const places = new Map(old.series.map((labels, index) => [labels.join("\n"), index]));
    const count = slots(now);
    for (const [index, labels] of now.series.entries()) {
      const place = places.get(labels.join("\n"));
      if (place === undefined) continue;
      const start = from.starts[name] + place * count;
      row.set(counted.subarray(start, start + count), to.starts[name] + index * count);
    }
  }
}

/** One number for each of a row: that of all workers together. */
function summed({ width }: MetricsLayout, memory: SharedArrayBuffer): Float64Array {
  const all = new Float64Array(memory);
  const sums = new Float64Array(width);
  for (let index = 0; index < all.length; index++) sums[index % width] = (sums[index % width] ?? 0) + (all[index] ?? 0);
  return sums;
}

/** All that has been counted, of metrics that have counted anything. */
export function readMetrics(layout: MetricsLayout, memory: SharedArrayBuffer): Metric[] {
  const sums = summed(layout, memory);
  return (Object.keys(layout.families) as FamilyName[]).map((name) => {
    const { kind, help, series, per, buckets, name: title } = layout.families[name];
    const size = slots(layout.families[name]);
    const samples = series.flatMap((labels, index): Sample[] => {
      const start = layout.starts[name] + index * size;
      const numbers = sums.subarray(start, start + size);
      if (numbers.every((each) => each === 0) && kind !== "gauge") return [];
      if (kind !== "histogram") return [{ labels, value: (numbers[0] ?? 0) / per }];
      let count = 0;
      const cumulative = [...buckets, Number.POSITIVE_INFINITY].map((bound, bucket) => {
        count += numbers[bucket] ?? 0;
        return [bound, count] as const;
      });
      return [{ labels, value: (numbers[size - 1] ?? 0) / per, buckets: cumulative }];
    });
    return { name: title, help, kind, samples };
  });
}

/** The text of all metrics, and of `more` that others measure, such as what budgets have left. */
export function metricsText(
  layout: MetricsLayout,
  memory: SharedArrayBuffer,
  format: MetricsFormat,
  more: readonly Metric[] = [],
): string {
  return exposition([...readMetrics(layout, memory), ...more], format);
}

/** Counts a worker's requests. */
export interface WorkerMetrics extends Observer {
  began(start: RequestStart): undefined;
  over(record: DecisionRecord): void;
  /** Requests that are not over. */
  readonly inFlight: number;
}

export interface WorkerMetricsOptions {
  /**
   * What the worker counted in until now: where its row is empty it goes on from there with the series that both have, so
   * that no count ever falls for a route that stays.
   */
  readonly before?: Counted | undefined;
  /** Requests that were counted there and are not over; 0 when not given. */
  readonly inFlight?: number;
}

/** Counts requests into the row of a worker, whose number is from 0. */
export function metrics(
  layout: MetricsLayout,
  memory: SharedArrayBuffer,
  worker: number,
  { before, inFlight = 0 }: WorkerMetricsOptions = {},
): WorkerMetrics {
  const row = rowOf({ layout, memory }, worker);
  if (before !== undefined && row.every((each) => each === 0))
    carryOver(before.layout, rowOf(before, worker), layout, row);
  // What was in flight in a worker that died is not any more.
  row[layout.starts.inFlight] = inFlight;
  return new Row(layout, row);
}

/** A family in a row, made ready to count in. */
interface Place {
  readonly start: number;
  /** Numbers of a series; of a histogram the last one is the sum. */
  readonly size: number;
  readonly buckets: readonly number[];
  readonly per: number;
}

function placesOf({ families: all, starts }: MetricsLayout): Readonly<Record<FamilyName, Place>> {
  const places = Object.entries(all).map(([name, family]) => {
    const { buckets, per } = family;
    return [name, { start: starts[name as FamilyName], size: slots(family), buckets, per }];
  });
  return Object.fromEntries(places);
}

class Row implements WorkerMetrics {
  readonly #row: Float64Array;
  readonly #places: Readonly<Record<FamilyName, Place>>;
  readonly #routes: ReadonlyMap<string, number>;
  readonly #models: ReadonlyMap<string, number>;
  readonly #signals: ReadonlyMap<string, number>;
  /** By a rule's label, its number among those of all routes. */
  readonly #rules: ReadonlyMap<string, number>;

  constructor(layout: MetricsLayout, row: Float64Array) {
    const { routes, models, signals } = layout.table;
    this.#row = row;
    this.#places = placesOf(layout);
    this.#routes = new Map(routes.map((route, index) => [route.names[0] ?? "", index]));
    this.#models = new Map(models.map(({ name }, index) => [name, index]));
    this.#signals = new Map(signals.map(({ name }, index) => [name, index]));
    const labels = routes.flatMap(({ names: [name = ""], rules }) => rules.map((_, rule) => ruleLabel(name, rule)));
    this.#rules = new Map(labels.map((label, index) => [label, index]));
  }

  get inFlight(): number {
    return this.#row[this.#places.inFlight.start] ?? 0;
  }

  began(): undefined {
    this.#add(this.#places.inFlight, 0, 1);
  }

  over(record: DecisionRecord): void {
    const places = this.#places;
    this.#add(places.inFlight, 0, -1);
    const route = record.route === undefined ? undefined : this.#routes.get(record.route);
    const { outcome, milliseconds, firstContent, calls, failures, signals } = record;
    this.#add(places.requests, (route ?? this.#routes.size) * OUTCOMES.length + OUTCOMES.indexOf(outcome), 1);
    if (route !== undefined) {
      this.#observe(places.duration, route, milliseconds);
      if (firstContent !== undefined) this.#observe(places.firstToken, route, firstContent);
      if (record.reused !== undefined) this.#add(places.reused, route, 1);
      // The policy that a request began with may have had more rules.
      const rule = record.rule === undefined ? undefined : this.#rules.get(record.rule);
      if (rule !== undefined) this.#add(places.decisions, rule, 1);
    }
    for (const call of calls) this.#call(call);
    for (const { model, failure } of failures) {
      const index = this.#models.get(model);
      if (index !== undefined) this.#add(places.failures, index * FAILURES.length + FAILURES.indexOf(failure), 1);
    }
    for (const { name, milliseconds: took, standIn } of signals) {
      const index = this.#signals.get(name);
      if (index === undefined) continue;
      this.#observe(places.signals, index, took);
      if (standIn) this.#add(places.standIns, index, 1);
    }
  }

  #call({ model, milliseconds, content, end, failure, input, output, cost }: Attempt): void {
    const index = this.#models.get(model.name);
    if (index === undefined) return;
    const places = this.#places;
    const ended = end === "complete" ? 0 : end === "failed" && failure ? ENDS.indexOf(failure) : ENDS.length - 1;
    if (milliseconds !== undefined) this.#observe(places.attempts, index * ENDS.length + ended, milliseconds);
    if (content !== undefined) this.#observe(places.firstChunk, index, content);
    if (input !== undefined) this.#observe(places.tokens, index * 2, input);
    if (output !== undefined) this.#observe(places.tokens, index * 2 + 1, output);
    this.#add(places.cost, index, cost);
  }

  #add({ start }: Place, series: number, amount: number): void {
    const at = start + series;
    this.#row[at] = (this.#row[at] ?? 0) + amount;
  }

  /** `value` is in the unit of what is added: milliseconds, tokens. */
  #observe({ start, size, buckets, per }: Place, series: number, value: number): void {
    const first = start + series * size;
    const amount = Math.max(0, value);
    const measured = amount / per;
    let bucket = 0;
    while (bucket < buckets.length && measured > (buckets[bucket] ?? 0)) bucket++;
    this.#row[first + bucket] = (this.#row[first + bucket] ?? 0) + 1;
    const sum = first + size - 1;
    this.#row[sum] = (this.#row[sum] ?? 0) + amount;
  }
}
