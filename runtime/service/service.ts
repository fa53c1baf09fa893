/** `routec serve`: threads that serve one policy, and the admin address that looks after them. */
import { type AddressInfo, createServer } from "node:net";
import { type Config, type Settings, settingsOf } from "../config/index.ts";
import { createDurableStore } from "../ledger/stores/durable.ts";
import type { SharedStore } from "../ledger/stores/memory.ts";
import { budgetMetrics } from "../observe/budgets.ts";
import { CONTENT_TYPE, formatFor } from "../observe/exposition.ts";
import { lostLines } from "../observe/log.ts";
import { type Counted, metricsLayout, metricsMemory, metricsText } from "../observe/metrics.ts";
import { turnMemory, turnOf } from "../observe/turn.ts";
import { type AdminOptions, type Compiled, createAdmin } from "../proxy/admin.ts";
import { holdPolicy, type PolicyHolder } from "../proxy/policy-holder.ts";
import type { DecisionTable, Policy } from "../table/index.ts";
import { startPool } from "../workers/pool.ts";
import type { ThreadOrder } from "./order.ts";
import type { Gauged, ThreadSetup } from "./thread.ts";

export interface ServiceOptions {
  readonly policy: Policy;
  readonly config: Config;
  /** Where the policy lies. */
  readonly folder: string;
  readonly threads: number;
  /** Makes a table of a policy's source text, for `POST /policy`; without it only tables are taken. */
  readonly compile?: (source: string) => Promise<Compiled>;
  /** Told of what an operator must know. */
  readonly report: (message: string) => void;
}

export interface Service {
  readonly address: AddressInfo;
  readonly admin: AddressInfo;
  /** Rejects where the policy cannot be served; the one before goes on then. */
  replace(policy: Policy): Promise<void>;
  /** Goes on in new log files. */
  reopen(): Promise<void>;
  /** Lets requests under way come to their end, then closes what is open. */
  close(): Promise<void>;
}

/** The threads, whether they are one or many. */
interface Threads {
  readonly address: AddressInfo;
  /** Has all threads open a table. Rejects where one cannot: none of them has changed anything then. */
  prepare(table: DecisionTable): Promise<void>;
  /** Has all threads serve what they prepared. */
  take(table: DecisionTable, memory: SharedArrayBuffer): Promise<void>;
  decisions(last: number): Promise<readonly string[]>;
  /** Of the threads that live. */
  gauged(): Promise<readonly Gauged[]>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** A policy's table, and what its requests are counted in. */
interface Served extends Counted {
  readonly table: DecisionTable;
  readonly before: Pick<ThreadSetup, "table" | "metrics"> | undefined;
}

/** Serves. Throws `ConfigError`, and what `openThread` throws. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { policy, config, threads, report } = options;
  const settings = settingsOf(config, process.env);
  const store = ledgerOf(settings, report);
  const logging = turnMemory();
  let counted = countedOf(policy.table, threads);
  try {
    const setup = (thread: number, port: number): ThreadSetup => ({
      table: counted.table,
      config,
      folder: options.folder,
      thread,
      threads,
      port,
      counters: store?.shared,
      metrics: counted.memory,
      logging,
      before: counted.before,
    });
    const died = (thread: number, slot: number): void => {
      // What it held stays counted, and nobody waits for it.
      store?.release(thread);
      turnOf(logging, slot).give();
    };
    const { port, host } = settings.listen;
    if (threads > 1 && port !== 0) await claimPort(port, host);
    const open = threads === 1 ? await oneThread(setup(0, port)) : await manyThreads(options, port, setup, died);

    const policies: PolicyHolder<Served> = await holdPolicy<Served>(policy, {
      clock: { now: Date.now },
      async open({ table }) {
        if (table === counted.table) return counted;
        await open.prepare(table);
        // First, so that a thread that takes a dead one's place meanwhile begins with it.
        counted = countedOf(table, threads, counted);
        await open.take(table, counted.memory);
        return counted;
      },
      close: async () => {},
    });
    let closing = false;
    const admin = createAdmin(adminOptions(policies, settings, options, open, () => closing));
    const adminAddress = await admin
      .listen({ port: settings.admin.port, host: settings.admin.host })
      .catch(async (error: unknown) => {
        await open.close();
        throw error;
      });
    return {
      address: open.address,
      admin: adminAddress,
      async replace(next) {
        await policies.replace(next);
      },
      reopen: () => open.reopen(),
      async close() {
        closing = true;
        await open.close();
        await admin.close();
        await store?.close();
      },
    };
  } catch (error) {
    await store?.close();
    throw error;
  }
}

/** The embedded ledger's counters; undefined where they are elsewhere. */
function ledgerOf({ ledger }: Settings, report: (message: string) => void): SharedStore | undefined {
  return ledger.store === "redis" ? undefined : createDurableStore({ folder: ledger.folder, report });
}

function countedOf(table: DecisionTable, threads: number, before?: Served): Served {
  const layout = metricsLayout(table);
  const memory = metricsMemory(layout, threads);
  return { table, layout, memory, before: before && { table: before.table, metrics: before.memory } };
}

async function oneThread(setup: ThreadSetup): Promise<Threads> {
  const { openThread } = await import("./thread.ts");
  const thread = await openThread(setup);
  return {
    address: thread.address,
    prepare: (table) => thread.prepare(table),
    take: (table, memory) => thread.take(table, memory),
    decisions: async (last) => thread.decisions(last),
    gauged: async () => [await thread.gauged()],
    reopen: async () => thread.reopen(),
    close: () => thread.close(),
  };
}

/** Threads share a port, and so would another process that shares it: rejects where the port is in use. */
async function claimPort(port: number, host: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** Of the sources this is a module of TypeScript, of the package one of JavaScript. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

async function manyThreads(
  { threads, report }: ServiceOptions,
  port: number,
  setup: (thread: number, port: number) => ThreadSetup,
  died: (thread: number, slot: number) => void,
): Promise<Threads> {
  let shared = port;
  const pool = await startPool({
    entry: WORKER,
    count: threads,
    // Of any free port the first thread's is all others'.
    firstAlone: port === 0,
    setup: (thread) => setup(thread, shared),
    onReady: (_, address) => {
      shared = (address as AddressInfo).port;
    },
    onDeath({ thread, slot, error }) {
      died(thread, slot);
      report(`a worker died and is replaced: ${error instanceof Error ? error.message : error}`);
    },
  });
  const order = (body: ThreadOrder): Promise<readonly unknown[]> => pool.order(body);
  return {
    address: pool.ready[0] as AddressInfo,
    async prepare(table) {
      try {
        await order({ kind: "prepare", table });
      } catch (error) {
        await order({ kind: "drop" });
        throw error;
      }
    },
    async take(table, memory) {
      await order({ kind: "take", table, memory });
    },
    async decisions(last) {
      return (await order({ kind: "decisions", last })).flatMap((lines) => (lines as readonly string[]) ?? []);
    },
    async gauged() {
      return ((await order({ kind: "gauged" })) as readonly (Gauged | undefined)[]).filter(
        (each) => each !== undefined,
      );
    },
    async reopen() {
      await order({ kind: "reopen" });
    },
    close: () => pool.close({ kind: "close" } satisfies ThreadOrder),
  };
}

function adminOptions(
  policies: PolicyHolder<Served>,
  settings: Settings,
  { compile }: ServiceOptions,
  threads: Threads,
  isClosing: () => boolean,
): AdminOptions {
  return {
    policies,
    token: settings.admin.token,
    notReady: () => (isClosing() ? "routec is stopping" : undefined),
    ...(settings.metrics && {
      async metrics(accept: string | undefined) {
        const format = formatFor(accept);
        const { layout, memory } = policies.current.opened;
        const gauged = await threads.gauged();
        const lost = gauged.reduce((sum, each) => sum + each.lost, 0);
        const spent = new Map(gauged[0]?.spent);
        const more = [...budgetMetrics(layout.table, (budget) => spent.get(budget)), lostLines(lost)];
        return { type: CONTENT_TYPE[format], text: metricsText(layout, memory, format, more) };
      },
    }),
    async decisions(last) {
      const lines = (await threads.decisions(last)).map((line) => JSON.parse(line) as { readonly time: number });
      return lines.sort((a, b) => a.time - b.time).slice(-last);
    },
    ...(compile && { compile }),
    post: settings.reload.post,
  };
}
