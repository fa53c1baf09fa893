/**
 * Proxies measured in turn for a second, round after round, so that what disturbs the machine disturbs all alike; ratios
 * are taken within a round.
 */
import { type LoadResult, load, loadStreams } from "./load.ts";
import { cpuTime, QUIET, waitForQuiet, watchForeignLoad } from "./machine.ts";
import { APART, type MeasuredProxy, versions, WHOLE } from "./proxies.ts";
import { writeRequest } from "./requests.ts";
import type { Server } from "./server.ts";
import { quantile, type Summary, summarize } from "./statistics.ts";

/** One proxy in one series of windows. */
export interface ProxyRow {
  readonly proxy: string;
  /** CPU microseconds per request; in a series of streams per event. */
  readonly cpu: Summary;
  /** CPU as a multiple of the bare passthrough's, and of that of the one that parses, in the same round. */
  readonly toBare: Summary;
  readonly toParse: Summary;
  /** And of routec's with all of it: of one worker, and of two processes. */
  readonly toWhole: Summary;
  readonly toApart: Summary;
  /** Microseconds to the answer's end; in a series of streams to its first event. */
  readonly p50: Summary;
  readonly p99: Summary;
  /** By how many microseconds p50 is later than the bare passthrough's in the same round. */
  readonly later: Summary;
  /** Requests, or events, a second. */
  readonly rate: Summary;
  /** Events that came at once. A proxy that falls behind sends several together, which flatters its CPU per event. */
  readonly together: Summary;
}

export interface ProxySeries {
  readonly name: string;
  readonly unit: "request" | "event";
  readonly rows: readonly ProxyRow[];
  /** Cores kept busy by others, in the worst window that was kept. */
  readonly foreign: number;
}

export interface ProxyResult {
  readonly series: readonly ProxySeries[];
  readonly versions: Readonly<Record<string, string>>;
}

/** How long it takes; `quick` is for trying the benchmark itself. */
export interface Effort {
  /** Seconds of load that each process has behind it before it is measured. */
  readonly warmUp: number;
  /** Seconds of each further kind of load before that is measured. */
  readonly settle: number;
  readonly rounds: number;
  /** Of the series by which proxies that differ little are told apart. */
  readonly manyRounds: number;
  /** How many disturbed windows may be measured again, over the whole run. */
  readonly repeats: number;
  readonly patience: number;
}
export const FULL: Effort = { warmUp: 7, settle: 1, rounds: 9, manyRounds: 21, repeats: 20, patience: 15 };
export const QUICK: Effort = { warmUp: 1, settle: 0, rounds: 1, manyRounds: 1, repeats: 0, patience: 1 };

/** What one window of one proxy gave; the fields are those of ProxyRow. */
interface Window {
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly rate: number;
  readonly together: number;
  readonly foreign: number;
}

/** One series: which proxies are sent what, and how often. */
interface Load {
  readonly name: string;
  readonly unit: ProxySeries["unit"];
  readonly body: string;
  /** One window of a proxy that is sent the request in `file`. */
  readonly measure: (proxy: MeasuredProxy, file: string) => Promise<Omit<Window, "foreign">>;
  /** Seconds of it before it is measured. */
  readonly warmUp: number;
  readonly proxies: readonly MeasuredProxy[];
  readonly rounds: number;
}

/** What `measure` finds out; then the proxies and the upstream are stopped. */
export async function measured(
  proxies: readonly MeasuredProxy[],
  upstream: Server,
  measure: () => Promise<ProxySeries[]>,
): Promise<ProxyResult> {
  try {
    return { series: await measure(), versions: versions(proxies) };
  } finally {
    await Promise.all([upstream, ...proxies.flatMap(({ processes }) => processes)].map((server) => server.stop()));
  }
}

/** How proxies that are up are measured. */
export function measuring(all: readonly MeasuredProxy[], upstream: Server, effort: Effort) {
  const own = [upstream.pid, ...all.flatMap(({ processes }) => processes.map(({ pid }) => pid))];
  const budget = { repeats: effort.repeats };
  const series = async ({ name, unit, body, measure, warmUp, proxies, rounds: count }: Load): Promise<ProxySeries> => {
    const files = new Map(
      proxies.map((proxy) => [
        proxy,
        writeRequest(`${proxy.name}-${name.replaceAll(/\W+/g, "-")}`, proxy.headers, body),
      ]),
    );
    const window = async (proxy: MeasuredProxy): Promise<Window> => {
      const foreign = watchForeignLoad(own);
      const result = await measure(proxy, files.get(proxy) ?? "");
      return { ...result, foreign: foreign() };
    };
    for (const proxy of proxies) for (let done = 0; done < warmUp; done++) await window(proxy);
    await waitForQuiet(own, effort.patience);
    console.error(name);
    const rounds: Map<MeasuredProxy, Window>[] = [];
    for (let round = 0; round < count; round++) {
      // There and back again: drift cancels out, and neighbours stay neighbours.
      const order = round % 2 === 0 ? proxies : proxies.toReversed();
      const windows = new Map<MeasuredProxy, Window>();
      for (const proxy of order) windows.set(proxy, await leastDisturbed(() => window(proxy), budget));
      rounds.push(windows);
    }
    return { name, unit, ...summarizeRounds(proxies, rounds) };
  };

  const unary =
    (connections: number, generators = 1) =>
    async (proxy: MeasuredProxy, file: string) => {
      const before = cpuOf(proxy);
      const loads = await loadEvenly(proxy, connections, 1, file, generators);
      const requests = sumOf(loads.map((each) => each.requests));
      const errors = sumOf(loads.map((each) => each.errors));
      if (errors > 0) throw new Error(`\`${proxy.name}\` failed ${errors} of ${requests} requests`);
      return {
        cpu: (cpuOf(proxy) - before) / 1000 / requests,
        p50: Math.max(...loads.map(({ p50 }) => p50)),
        p99: Math.max(...loads.map(({ p99 }) => p99)),
        rate: sumOf(loads.map((each) => (each.requests * 1e6) / each.microseconds)),
        together: 1,
      };
    };
  const streams = (connections: number) => async (proxy: MeasuredProxy, file: string) => {
    const before = cpuOf(proxy);
    const start = performance.now();
    const { events, reads, first } = await loadStreams(onlyProcess(proxy).port, connections, 1, file);
    const seconds = (performance.now() - start) / 1000;
    const cpu = (cpuOf(proxy) - before) / 1000 / events;
    return {
      cpu,
      p50: quantile(first, 0.5),
      p99: quantile(first, 0.99),
      rate: events / seconds,
      together: events / reads,
    };
  };
  return { series, unary, streams };
}

/** Load from so many generators at once, each with its part of the connections; processes have turns at being theirs. */
function loadEvenly(
  { processes }: MeasuredProxy,
  connections: number,
  seconds: number,
  file: string,
  generators: number,
): Promise<LoadResult[]> {
  const ports = Array.from({ length: generators }, (_, at) => processes[at % processes.length]?.port ?? 0);
  return Promise.all(ports.map((port) => load(port, connections / generators, seconds, file)));
}

export function onlyProcess({ name, processes: [only, ...others] }: MeasuredProxy): Server {
  if (only === undefined || others.length > 0) throw new Error(`\`${name}\` is more than one process`);
  return only;
}

function cpuOf({ processes }: MeasuredProxy): number {
  return sumOf(processes.map(({ pid }) => cpuTime(pid)));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Measures again while others disturb, as long as the budget allows it, and keeps the best of at most three. */
async function leastDisturbed(measure: () => Promise<Window>, budget: { repeats: number }): Promise<Window> {
  let best = await measure();
  for (let again = 0; again < 2 && best.foreign > QUIET && budget.repeats > 0; again++) {
    budget.repeats--;
    const next = await measure();
    if (next.foreign < best.foreign) best = next;
  }
  return best;
}

function summarizeRounds(
  proxies: readonly MeasuredProxy[],
  rounds: readonly ReadonlyMap<MeasuredProxy, Window>[],
): Pick<ProxySeries, "rows" | "foreign"> {
  const column = (name: string, field: keyof Window): number[] => {
    const proxy = proxies.find((each) => each.name === name);
    return rounds.map((windows) => (proxy && windows.get(proxy)?.[field]) ?? Number.NaN);
  };
  const paired = (a: readonly number[], b: readonly number[], combine: (a: number, b: number) => number): Summary =>
    summarize(a.map((value, round) => combine(value, b[round] ?? Number.NaN)));
  const ratio = (a: number, b: number) => a / b;
  const rows = proxies.map(({ name }): ProxyRow => {
    const cpu = column(name, "cpu");
    return {
      proxy: name,
      cpu: summarize(cpu),
      toBare: paired(cpu, column("bare", "cpu"), ratio),
      toParse: paired(cpu, column("parse", "cpu"), ratio),
      toWhole: paired(cpu, column(WHOLE, "cpu"), ratio),
      toApart: paired(cpu, column(APART, "cpu"), ratio),
      p50: summarize(column(name, "p50")),
      p99: summarize(column(name, "p99")),
      later: paired(column(name, "p50"), column("bare", "p50"), (a, b) => a - b),
      rate: summarize(column(name, "rate")),
      together: summarize(column(name, "together")),
    };
  });
  return { rows, foreign: Math.max(...proxies.flatMap(({ name }) => column(name, "foreign"))) };
}
