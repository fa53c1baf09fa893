/** One thread's share of serving: a proxy with everything that stands around it. */
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { authenticator } from "../auth/index.ts";
import { type Config, type Settings, settingsOf } from "../config/index.ts";
import type { Alert, Excess, Store } from "../ledger/index.ts";
import { createDurableStore } from "../ledger/stores/durable.ts";
import { lineOf } from "../observe/line.ts";
import { type DecisionLog, decisionLog } from "../observe/log.ts";
import { fileSink, outputSink } from "../observe/log-file.ts";
import { metrics, metricsLayout } from "../observe/metrics.ts";
import type { Observer } from "../observe/observer.ts";
import { observers } from "../observe/observers.ts";
import { recentDecisions } from "../observe/recent.ts";
import { systemClock } from "../plan/index.ts";
import { createProxy } from "../proxy/index.ts";
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
}

export interface ServingThread {
  readonly address: AddressInfo;
  /** Serves another table, and counts it in this memory. Rejects where it cannot be served: nothing has changed then. */
  replace(table: DecisionTable, memory: SharedArrayBuffer): Promise<void>;
  /** The last decisions, the newest first, as lines of the log. */
  decisions(last: number): readonly string[];
  /** Goes on in new log files. */
  reopen(): void;
  /** Lets requests under way come to their end, then writes down what is left to be. */
  close(): Promise<void>;
}

/** Decisions that a thread remembers for `/decisions`. */
const REMEMBERED = 200;
/** Milliseconds that the log may take to be written when the service stops. */
const LAST_WRITE = 5_000;

const report = (message: string): void => console.error(`routec: ${message}`);

/** Opens what a thread serves with, and listens. Throws what `createProxy` and the stores throw. */
export async function openThread(setup: ThreadSetup): Promise<ServingThread> {
  const settings = settingsOf(setup.config, process.env);
  const clock = systemClock();
  const store = await storeOf(settings, setup.counters);
  const log = logOf(settings, clock.after);
  const recent = recentDecisions(REMEMBERED);
  const traces = settings.traces ? await (await import("../observe/traces.ts")).openTraces() : undefined;
  const memories = new Map([[setup.table.hash, setup.metrics]]);
  const counted = ({ table }: { readonly table: DecisionTable }): Observer | undefined => {
    const memory = memories.get(table.hash);
    const own = memory && metrics(metricsLayout(table), memory, setup.thread);
    return observers([own, log, recent, traces].filter((each) => each !== undefined));
  };
  const { listen, limits, tls, auth, ledger } = settings;
  const proxy = await createProxy(load(setup.table), {
    store,
    observe: counted,
    texts: settings.log.prompts === "masked",
    modules: await loadSignalModules(setup.table, setup.folder),
    privateAddresses: settings.privateAddresses === "any",
    alert: (alert) => report(alertText(alert)),
    excess: (excess) => report(excessText(excess)),
    ...(typeof auth === "object" && { authenticate: await authenticator(auth, { clock, report }) }),
    ...(ledger.store === "redis" && {
      answers: await redisAnswers({ url: ledger.url, after: clock.after, tell: report }),
    }),
    limits: {
      body: limits.bodyBytes,
      headers: limits.headerBytes,
      connections: limits.connections,
      idleTimeout: limits.idleTimeout,
      headerTimeout: limits.headerTimeout,
      requestTimeout: limits.requestTimeout,
    },
    ...(tls && { tls }),
  });
  const address = await proxy.listen({ port: setup.port, host: listen.host, reusePort: setup.threads > 1 });
  return {
    address,
    async replace(table, memory) {
      memories.set(table.hash, memory);
      await proxy.replace(load(table));
    },
    decisions: (last) => recent.list(last).map((record) => lineOf(record, { texts: false })),
    reopen: () => log?.reopen(),
    async close() {
      await proxy.close();
      await Promise.race([log?.close(), new Promise((late) => setTimeout(late, LAST_WRITE).unref())]);
      await store.close();
    },
  };
}

async function storeOf({ ledger }: Settings, counters: SharedArrayBuffer | undefined): Promise<Store> {
  if (ledger.store === "redis") {
    const { url, whenAway, openShare } = ledger;
    const { createRedisStore } = await import("../ledger/stores/redis.ts");
    return createRedisStore({ url, whenAway: whenAway === "open" ? { open: openShare } : "closed", report });
  }
  if (counters === undefined) throw new Error("the embedded ledger was not opened before its threads");
  return createDurableStore({ folder: ledger.folder, shared: counters, report });
}

function logOf({ log }: Settings, after: ReturnType<typeof systemClock>["after"]): DecisionLog | undefined {
  if (log.to === "none") return undefined;
  const options = { texts: log.prompts === "masked", tell: report, after };
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
