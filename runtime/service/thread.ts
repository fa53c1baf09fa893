/** One thread's share of serving: a proxy with everything that stands around it. */
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { authenticator } from "../auth/index.ts";
import { type Config, type Settings, settingsOf } from "../config/index.ts";
import type { Alert, Excess, Store } from "../ledger/index.ts";
import { budgetsSpent } from "../ledger/spent.ts";
import { createDurableStore } from "../ledger/stores/durable.ts";
import { lineOf } from "../observe/line.ts";
import { type DecisionLog, decisionLog } from "../observe/log.ts";
import { fileSink, outputSink } from "../observe/log-file.ts";
import { metrics, metricsLayout } from "../observe/metrics.ts";
import type { Observer } from "../observe/observer.ts";
import { observers } from "../observe/observers.ts";
import { recentDecisions } from "../observe/recent.ts";
import { type Turn, turnOf } from "../observe/turn.ts";
import { systemClock } from "../plan/index.ts";
import { createProxy, type ProxyOptions } from "../proxy/index.ts";
import type { Prepared } from "../proxy/policy-holder.ts";
import { redisAnswers } from "../reuse/index.ts";
import { loadSignalModules } from "../signals/index.ts";
import { type DecisionTable, load } from "../table/index.ts";

/** What a thread is started with: all of it can be handed to another thread. */
export interface ThreadSetup {
  readonly table: DecisionTable;
  readonly config: Config;
  /** Where the policy lies: files of `module` signals are relative to it. */
  readonly folder: string;
  /** Which thread it is, from 0, and how many there are. */
  readonly thread: number;
  readonly threads: number;
  /** 0 is any free one. */
  readonly port: number;
  /** The counters of the embedded ledger, which the thread that started the service owns. */
  readonly counters: SharedArrayBuffer | undefined;
  readonly metrics: SharedArrayBuffer;
  /** Whose turn it is to write to the log. */
  readonly logging: SharedArrayBuffer;
  /** What the policy before it was counted in. */
  readonly before: Pick<ThreadSetup, "table" | "metrics"> | undefined;
}

export interface ServingThread {
  readonly address: AddressInfo;
  /** Opens another table, which `take` or `drop` has to follow. Rejects where it cannot be served. Nothing changes yet. */
  prepare(table: DecisionTable): Promise<void>;
  /** Closes what was prepared, if anything was: the thread serves on as it did. */
  drop(): Promise<void>;
  /** Serves the table that was prepared, and counts it in this memory. */
  take(table: DecisionTable, memory: SharedArrayBuffer): Promise<void>;
  /** The last decisions, the newest first, as lines of the log. */
  decisions(last: number): readonly string[];
  gauged(): Promise<Gauged>;
  /** Goes on in new log files. */
  reopen(): void;
  /** Lets requests under way come to their end, then writes down what is left to be. */
  close(): Promise<void>;
}

/** What is measured when it is asked for. */
export interface Gauged {
  /** Lines of the log that the thread could not write. */
  readonly lost: number;
  /** Nano-dollars by budget, as `budgetsSpent` has it; empty while the store cannot be asked. */
  readonly spent: ReadonlyMap<string, number>;
}

/** Decisions that a thread remembers for `/decisions`. */
const REMEMBERED = 200;
/** Milliseconds that the log may take to be written when the service stops. */
const LAST_WRITE = 5_000;

const report = (message: string): void => console.error(`routec: ${message}`);

/** The log names a fault; what it says may hold anything, and is the operator's alone. */
const faults: Observer = {
  over({ decision, fault }) {
    if (fault !== undefined) console.error(`routec: decision ${decision} failed:`, fault);
  },
};

/** Opens what a thread serves with, and listens. Throws what `createProxy` and the stores throw. */
export async function openThread(setup: ThreadSetup): Promise<ServingThread> {
  const settings = settingsOf(setup.config, process.env);
  const clock = systemClock();
  const store = await storeOf(settings, setup);
  const log = logOf(settings, clock.after, turnOf(setup.logging, setup.thread));
  const recent = recentDecisions(REMEMBERED);
  const traces = settings.traces ? await (await import("../observe/traces.ts")).openTraces() : undefined;
  const countedOf = (table: DecisionTable, memory: SharedArrayBuffer) => ({ layout: metricsLayout(table), memory });
  const { before } = setup;
  let counted = countedOf(setup.table, setup.metrics);
  let counting = metrics(counted.layout, counted.memory, setup.thread, {
    before: before && countedOf(before.table, before.metrics),
  });
  // Requests that began with an earlier policy are counted with the others.
  const counts: Observer = { began: (start) => counting.began(start), over: (record) => counting.over(record) };
  const observer = observers(
    [settings.metrics ? counts : undefined, log, recent, traces, faults].filter((each) => each !== undefined),
  );
  const { listen, limits, tls, auth, ledger } = settings;
  const modules = { ...(await loadSignalModules(setup.table, setup.folder)) };
  const answers =
    ledger.store === "redis" ? await redisAnswers({ url: ledger.url, after: clock.after, tell: report }) : undefined;
  const closeStores = async (): Promise<void> => {
    await Promise.all([answers?.close(), store.close()]);
  };
  const options: ProxyOptions = {
    store,
    observe: () => observer,
    texts: settings.log.prompts === "masked",
    modules,
    privateAddresses: settings.privateAddresses === "any",
    alert: (alert) => report(alertText(alert)),
    excess: (excess) => report(excessText(excess)),
    ...(typeof auth === "object" && { authenticate: await authenticator(auth, { clock, report }) }),
    ...(answers && { answers }),
    limits: {
      body: limits.bodyBytes,
      headers: limits.headerBytes,
      connections: limits.connections,
      idleTimeout: limits.idleTimeout,
      headerTimeout: limits.headerTimeout,
      requestTimeout: limits.requestTimeout,
      readTimeout: limits.readTimeout,
    },
    ...(tls && { tls }),
  };
  const { proxy, address } = await listening(setup, listen.host, options).catch(async (error: unknown) => {
    await closeStores();
    throw error;
  });
  let prepared: Promise<Prepared<unknown>> | undefined;
  const opened = async (table: DecisionTable): Promise<Prepared<unknown>> => {
    Object.assign(modules, await loadSignalModules(table, setup.folder));
    return proxy.policies.prepare(load(table));
  };
  return {
    address,
    async prepare(table) {
      prepared = opened(table);
      await prepared;
    },
    async drop() {
      const ready = await prepared?.catch(() => undefined);
      prepared = undefined;
      await ready?.drop();
    },
    async take(table, memory) {
      // One that took a dead one's place was asked to prepare nothing.
      const ready = await (prepared ?? opened(table));
      prepared = undefined;
      ready.take();
      const next = countedOf(table, memory);
      counting = metrics(next.layout, memory, setup.thread, { before: counted, inFlight: counting.inFlight });
      counted = next;
    },
    decisions: (last) => recent.list(last).map((record) => lineOf(record, { texts: false })),
    async gauged() {
      const { table } = proxy.policies.current.policy;
      return { lost: log?.lost ?? 0, spent: await budgetsSpent(table, store, clock.now()).catch(() => new Map()) };
    },
    reopen: () => log?.reopen(),
    async close() {
      await proxy.close();
      await Promise.race([log?.close(), new Promise((late) => setTimeout(late, LAST_WRITE).unref())]);
      await closeStores();
    },
  };
}

async function listening({ table, port, threads }: ThreadSetup, host: string, options: ProxyOptions) {
  const proxy = await createProxy(load(table), options);
  return { proxy, address: await proxy.listen({ port, host, reusePort: threads > 1 }) };
}

async function storeOf({ ledger }: Settings, { counters, threads }: ThreadSetup): Promise<Store> {
  if (ledger.store === "redis") {
    const { url, whenAway, openShare } = ledger;
    const { createRedisStore } = await import("../ledger/stores/redis.ts");
    // The share is the process's, and each thread counts what it lends by itself.
    return createRedisStore({ url, whenAway: whenAway === "open" ? { open: openShare / threads } : "closed", report });
  }
  if (counters === undefined) throw new Error("the embedded ledger was not opened before its threads");
  return createDurableStore({ folder: ledger.folder, shared: counters, report });
}

function logOf({ log }: Settings, after: ReturnType<typeof systemClock>["after"], turn: Turn): DecisionLog | undefined {
  if (log.to === "none") return undefined;
  const options = { texts: log.prompts === "masked", tell: report, after, turn };
  if (log.to === "stdout") return decisionLog(outputSink(), options);
  mkdirSync(dirname(log.file), { recursive: true });
  return decisionLog(fileSink(log.file), options);
}

function alertText({ meter, keys, share, spent, limit }: Alert): string {
  const whose = Object.entries(keys).map(([name, value]) => `${name} ${value}`);
  const of = whose.length === 0 ? "" : ` of ${whose.join(", ")}`;
  return `budget ${meter}${of} has reached ${share}%: $${spent / 1e9} of $${limit / 1e9}`;
}

function excessText({ model, bound, reported }: Excess): string {
  return `model ${model} reported more than its bound: ${JSON.stringify(reported)}, at most ${JSON.stringify(bound)}`;
}
