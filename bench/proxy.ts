/**
 * What a proxy costs: routec beside a bare passthrough, the same with JSON parsed and serialised again, and Portkey's
 * gateway, all up at once before the same upstream. Proxies have core 0, upstream and load core 1. Each is measured in
 * turn for a second, round after round, so that what disturbs the machine disturbs all alike; ratios are taken within
 * a round. The figure to trust is CPU time per request.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { buildLoad, type LoadResult, load, loadStreams, startUpstream, workFolder } from "./load.ts";
import { cpuTime, QUIET, waitForQuiet, watchForeignLoad } from "./machine.ts";
import { chatBody, writeRequest } from "./requests.ts";
import { freePort, type Server, startServer } from "./server.ts";
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

/** routec with a budget, a limit, its log and its metrics on. */
export const WHOLE = "routec, all of it";

/** The same with two workers, which share a budget, a limit and a port. */
export const TWO = "routec, all of it, two workers";

/**
 * Two processes of one worker each, which share nothing, on the same cores under the same load: what two workers would
 * cost if all that they share were free. On a machine of two cores the second worker has to share its core with the load,
 * so that one worker, whose core is free of it, would be made the measure of something else.
 */
export const APART = "routec, all of it, two processes";

/** Portkey's gateway with as much of routec's rules as its configuration can say. */
export const ROUTED = "portkey, the same rules";

/** What is measured, as the report calls it. */
export const SERIES = {
  small: "1 kB, 16 connections",
  medium: "10 kB, 16 connections",
  large: "100 kB, 16 connections",
  alone: "1 kB, 1 connection",
  stream: "1 stream, an event every 200 µs",
  streams: "50 streams, an event every 2 ms each",
  workers: "1 kB, 64 connections",
} as const;

/** How long it takes; `quick` is for trying the benchmark itself. */
interface Effort {
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
const FULL: Effort = { warmUp: 7, settle: 1, rounds: 9, manyRounds: 21, repeats: 20, patience: 15 };
const QUICK: Effort = { warmUp: 1, settle: 0, rounds: 1, manyRounds: 1, repeats: 0, patience: 1 };

const PROXY_CORE = "0";
/** The second worker's: one that nobody else has, where the machine is larger than the load's core and the proxy's. */
const SECOND_CORE = availableParallelism() > 2 ? "2" : "1";

interface Proxy {
  readonly name: string;
  /** Its processes, each of which has an equal part of the load. */
  readonly processes: readonly Server[];
  /** Headers that a client of it has to send. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What one window of one proxy gave; the fields are those of ProxyRow. */
interface Window {
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly rate: number;
  readonly together: number;
  readonly foreign: number;
}

export async function benchProxy(quick: boolean): Promise<ProxyResult> {
  const effort = quick ? QUICK : FULL;
  await buildLoad();
  await installPeers();
  const upstream = await startUpstream(await freePort());
  // In this order, since each is compared with its neighbours.
  const proxies = [
    await startPassthrough(upstream, "bare"),
    await startRoutec(upstream, "routec"),
    await startRoutec(upstream, WHOLE),
    await startPassthrough(upstream, "parse"),
    await startPortkey("portkey", portkeyPasses(upstream)),
    await startPortkey(ROUTED, portkeyRoutes(upstream)),
  ];
  return measured(proxies, upstream, () => measureProxies(proxies, upstream, effort));
}

/** What a second worker costs, which shares all with the first, beside a second process, which shares nothing. */
export async function benchWorkers(quick: boolean): Promise<ProxyResult> {
  const effort = quick ? QUICK : FULL;
  await buildLoad();
  const upstream = await startUpstream(await freePort());
  const proxies = [
    await startPassthrough(upstream, "bare"),
    await startRoutec(upstream, WHOLE),
    await startRoutec(upstream, TWO),
    await startRoutec(upstream, APART),
  ];
  const { series, unary } = measuring(proxies, upstream, effort);
  // More connections, as each stays with the worker that accepted it. Of the load each of two has half.
  const workers = () => series(SERIES.workers, "request", chatBody(1000), unary(64, 2), 2 * effort.warmUp, proxies);
  return measured(proxies, upstream, async () => [await workers()]);
}

async function measured(
  proxies: readonly Proxy[],
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
function measuring(all: readonly Proxy[], upstream: Server, effort: Effort) {
  const own = [upstream.pid, ...all.flatMap(({ processes }) => processes.map(({ pid }) => pid))];
  const budget = { repeats: effort.repeats };
  const series = async (
    name: string,
    unit: ProxySeries["unit"],
    body: string,
    measure: (proxy: Proxy, file: string) => Promise<Omit<Window, "foreign">>,
    warmUp: number,
    proxies: readonly Proxy[],
  ): Promise<ProxySeries> => {
    const files = new Map(
      proxies.map((proxy) => [
        proxy,
        writeRequest(`${proxy.name}-${name.replaceAll(/\W+/g, "-")}`, proxy.headers, body),
      ]),
    );
    const window = async (proxy: Proxy): Promise<Window> => {
      const foreign = watchForeignLoad(own);
      const result = await measure(proxy, files.get(proxy) ?? "");
      return { ...result, foreign: foreign() };
    };
    for (const proxy of proxies) for (let done = 0; done < warmUp; done++) await window(proxy);
    await waitForQuiet(own, effort.patience);
    console.error(name);
    const rounds: Map<Proxy, Window>[] = [];
    const count = name === SERIES.small || name === SERIES.workers ? effort.manyRounds : effort.rounds;
    for (let round = 0; round < count; round++) {
      // There and back again: drift cancels out, and neighbours stay neighbours.
      const order = round % 2 === 0 ? proxies : proxies.toReversed();
      const windows = new Map<Proxy, Window>();
      for (const proxy of order) windows.set(proxy, await leastDisturbed(() => window(proxy), budget));
      rounds.push(windows);
    }
    return { name, unit, ...summarizeRounds(proxies, rounds) };
  };

  const unary =
    (connections: number, generators = 1) =>
    async (proxy: Proxy, file: string) => {
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
  const streams = (connections: number) => async (proxy: Proxy, file: string) => {
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

async function measureProxies(all: readonly Proxy[], upstream: Server, effort: Effort): Promise<ProxySeries[]> {
  const { series, unary, streams } = measuring(all, upstream, effort);
  const single = all.filter(({ name }) => name !== ROUTED);
  const streamed = (pace: number) => chatBody(1000, { stream: true, user: `pace-${pace}` });

  /**
   * One stream at a time is too little to make a process warm: some hundred answers run its first-event path in the
   * interpreter. So each first gives streams as fast as it can.
   */
  const heatStreams = async (): Promise<void> => {
    for (const proxy of single) {
      const file = writeRequest(`${proxy.name}-heat`, proxy.headers, streamed(5));
      await loadStreams(onlyProcess(proxy).port, 8, effort.warmUp, file);
    }
  };

  const { warmUp, settle } = effort;
  return [
    await series(SERIES.small, "request", chatBody(1000), unary(16), warmUp, all),
    await series(SERIES.medium, "request", chatBody(10_000), unary(16), settle, single),
    await series(SERIES.large, "request", chatBody(100_000), unary(16), settle, single),
    await series(SERIES.alone, "request", chatBody(1000), unary(1), settle, single),
    await heatStreams().then(() => series(SERIES.stream, "event", streamed(200), streams(1), settle, single)),
    await series(SERIES.streams, "event", streamed(2000), streams(50), settle, single),
  ];
}

/** Load from so many generators at once, each with its part of the connections; processes have turns at being theirs. */
function loadEvenly(
  { processes }: Proxy,
  connections: number,
  seconds: number,
  file: string,
  generators: number,
): Promise<LoadResult[]> {
  const ports = Array.from({ length: generators }, (_, at) => processes[at % processes.length]?.port ?? 0);
  return Promise.all(ports.map((port) => load(port, connections / generators, seconds, file)));
}

function onlyProcess({ name, processes: [only, ...others] }: Proxy): Server {
  if (only === undefined || others.length > 0) throw new Error(`\`${name}\` is more than one process`);
  return only;
}

function cpuOf({ processes }: Proxy): number {
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
  proxies: readonly Proxy[],
  rounds: readonly ReadonlyMap<Proxy, Window>[],
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

async function startPassthrough(upstream: Server, name: "bare" | "parse"): Promise<Proxy> {
  const port = await freePort();
  const program = new URL("passthrough.ts", import.meta.url).pathname;
  const mode = name === "parse" ? ["parse"] : [];
  const command = [process.execPath, program, String(port), `http://127.0.0.1:${upstream.port}`, ...mode];
  const server = await startServer({ name, port, core: PROXY_CORE, command });
  return { name, processes: [server], headers: ROUTING_HEADERS };
}

/** A request that the last but two of the rules below decides. */
const ROUTED_BY = { tenant: "initech-europe", tier: "pro", critical: "false" };

/** What the policy below reads; the passthroughs carry them too. */
const ROUTING_HEADERS = Object.fromEntries(Object.entries(ROUTED_BY).map(([name, value]) => [`x-${name}`, value]));

/** Three attributes from headers and ten rules. */
export const routecPolicy = (port: number): string => `
request {
  tenant    string                   from header "x-tenant"
  tier      free | pro | enterprise  from header "x-tier"      default free
  critical  bool                     from header "x-critical"  default false
}

provider upstream { protocol openai  url "http://127.0.0.1:${port}/v1" }

model small = upstream "gpt-4o-mini-2024-07-18" {
  context 128k  output 16k  price { input $0.15, output $0.60 }  can [tools, vision, json]
}
model large = upstream "gpt-4o-2024-08-06" {
  context 128k  output 16k  price { input $2.50, output $10 }  can [tools, vision, json]
}

route chat {
  when tenant == "acme-north" and tier == enterprise  -> large else small
  when tenant == "acme-north" and critical            -> large
  when tenant == "acme-south" and tier == pro         -> small else large
  when tenant == "globex-main" and not critical       -> small
  when tenant starts_with "internal-" and critical    -> large else small
  when tenant == "umbrella-lab"                       -> reject 403 "umbrella-lab is suspended"
  when tier == enterprise and critical                -> large else small
  when tier == pro                                    -> small else large
  when critical                                       -> small
  otherwise                                           -> small else large
}
`;

/** What every call passes when all is on: two counters to be held and settled for each request. */
const METERS = `
budget day   { per tenant  limit $1M per day }
limit  calls { per tenant  allow 1000M requests per hour }
`;

/** `routec` routes and nothing else; the others have a budget, a limit, their log and their metrics on. */
async function startRoutec(
  upstream: Server,
  name: "routec" | typeof WHOLE | typeof TWO | typeof APART,
): Promise<Proxy> {
  const routec = new URL("../dist/routec.js", import.meta.url).pathname;
  const whole = name !== "routec";
  const policy = `${workFolder}proxy${whole ? "-whole" : ""}`;
  writeFileSync(`${policy}.route`, `${routecPolicy(upstream.port)}${whole ? METERS : ""}`);
  execFileSync(process.execPath, [routec, "compile", `${policy}.route`, "-o", `${policy}.json`]);
  const env = { ROUTEC_LOG_TO: whole ? "file" : "none", ROUTEC_METRICS: String(whole) };
  // Two are to run at once, which on one core they could not.
  const core = name === TWO || name === APART ? `${PROXY_CORE},${SECOND_CORE}` : PROXY_CORE;
  const start = async (nth: number): Promise<Server> => {
    const port = await freePort();
    const state = `${workFolder}${name.replaceAll(/\W+/g, "-")}-${nth}.state`;
    const serve = ["serve", `${policy}.json`, "--port", String(port), "--admin-port", "0", "--state", state];
    const command = [process.execPath, routec, ...serve, "--workers", name === TWO ? "2" : "1"];
    return startServer({ name, port, core, command, env });
  };
  const processes = [await start(1), ...(name === APART ? [await start(2)] : [])];
  return { name, processes, headers: ROUTING_HEADERS };
}

const PEERS = new URL("peers/", import.meta.url).pathname;
const PORTKEY = `${PEERS}node_modules/@portkey-ai/gateway/`;

async function startPortkey(name: string, headers: Proxy["headers"]): Promise<Proxy> {
  const port = await freePort();
  const command = [process.execPath, `${PORTKEY}build/start-server.js`, `--port=${port}`, "--headless"];
  const server = await startServer({ name, port, core: PROXY_CORE, command });
  return { name, processes: [server], headers };
}

function portkeyPasses(upstream: Server): Proxy["headers"] {
  return { "x-portkey-provider": "openai", "x-portkey-custom-host": `http://127.0.0.1:${upstream.port}/v1` };
}

/** The rules of `routecPolicy`, but for the rejection, which it has none of; they come with each request, as it asks for. */
function portkeyRoutes(upstream: Server): Proxy["headers"] {
  const target = (name: string, model: string) => ({
    name,
    provider: "openai",
    api_key: "sk-bench",
    custom_host: `http://127.0.0.1:${upstream.port}/v1`,
    override_params: { model },
  });
  const [small, large] = [target("small", "gpt-4o-mini-2024-07-18"), target("large", "gpt-4o-2024-08-06")];
  const fallback = (name: string, ...targets: (typeof small)[]) => ({ name, strategy: { mode: "fallback" }, targets });
  const when = (then: string, ...tests: readonly [name: string, value: string, operator?: string][]) => {
    const all = tests.map(([name, value, operator = "$eq"]) => ({ [`metadata.${name}`]: { [operator]: value } }));
    return { query: { $and: all }, then };
  };
  const conditions = [
    when("large else small", ["tenant", "acme-north"], ["tier", "enterprise"]),
    when("large", ["tenant", "acme-north"], ["critical", "true"]),
    when("small else large", ["tenant", "acme-south"], ["tier", "pro"]),
    when("small", ["tenant", "globex-main"], ["critical", "false"]),
    when("large else small", ["tenant", "^internal-", "$regex"], ["critical", "true"]),
    when("large else small", ["tier", "enterprise"], ["critical", "true"]),
    when("small else large", ["tier", "pro"]),
    when("small", ["critical", "true"]),
  ];
  const config = {
    strategy: { mode: "conditional", conditions, default: "small else large" },
    targets: [small, large, fallback("large else small", large, small), fallback("small else large", small, large)],
  };
  return { "x-portkey-config": JSON.stringify(config), "x-portkey-metadata": JSON.stringify(ROUTED_BY) };
}

async function installPeers(): Promise<void> {
  if (existsSync(PORTKEY)) return;
  console.error("installing the other gateways (npm ci in bench/peers)");
  await promisify(execFile)("npm", ["ci", "--ignore-scripts"], { cwd: PEERS });
}

function versions(proxies: readonly Proxy[]): Record<string, string> {
  const version = (folder: string): string => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version;
  return {
    undici: version(new URL("../node_modules/undici", import.meta.url).pathname),
    ...(proxies.some(({ name }) => name === ROUTED) && { "@portkey-ai/gateway": version(PORTKEY) }),
    wrk: execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" }).match(/wrk (\S+)/)?.[1] ?? "unknown",
  };
}
