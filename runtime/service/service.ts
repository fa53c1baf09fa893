/** `routec serve`: threads that serve one policy, and the admin address that looks after them. */
import type { AddressInfo } from "node:net";
import { type Config, type Settings, settingsOf } from "../config/index.ts";
import { createDurableStore } from "../ledger/stores/durable.ts";
import type { SharedStore } from "../ledger/stores/memory.ts";
import { CONTENT_TYPE, formatFor } from "../observe/exposition.ts";
import { type MetricsLayout, metricsLayout, metricsMemory, metricsText } from "../observe/metrics.ts";
import type { Compiled } from "../proxy/admin.ts";
import { createAdmin } from "../proxy/admin.ts";
import { holdPolicy, type PolicyHolder } from "../proxy/policy-holder.ts";
import type { DecisionTable, Policy } from "../table/index.ts";
import { startPool } from "../workers/pool.ts";
import type { ThreadOrder } from "./order.ts";
import { openThread, type ThreadSetup } from "./thread.ts";

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
  replace(table: DecisionTable, memory: SharedArrayBuffer): Promise<void>;
  decisions(last: number): Promise<readonly string[]>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** What holds for the policy that is served now. */
interface Counted {
  readonly table: DecisionTable;
  readonly layout: MetricsLayout;
  readonly memory: SharedArrayBuffer;
}

/** Serves. Throws `ConfigError`, and what `openThread` throws. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { policy, config, threads, report } = options;
  const settings = settingsOf(config, process.env);
  const store = ledgerOf(settings, report);
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
    });
    const { port } = settings.listen;
    const open = threads === 1 ? await oneThread(setup(0, port)) : await manyThreads(options, port, setup, store);

    const policies: PolicyHolder<Counted> = await holdPolicy<Counted>(policy, {
      clock: { now: Date.now },
      async open({ table }) {
        if (table === counted.table) return counted;
        const next = countedOf(table, threads, counted);
        await open.replace(table, next.memory);
        counted = next;
        return next;
      },
      close: async () => {},
    });
    const admin = adminOf(policies, settings, options, open, () => counted);
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

function countedOf(table: DecisionTable, threads: number, before?: Counted): Counted {
  const layout = metricsLayout(table);
  return { table, layout, memory: metricsMemory(layout, threads, before) };
}

async function oneThread(setup: ThreadSetup): Promise<Threads> {
  const thread = await openThread(setup);
  return {
    address: thread.address,
    replace: (table, memory) => thread.replace(table, memory),
    decisions: async (last) => thread.decisions(last),
    reopen: async () => thread.reopen(),
    close: () => thread.close(),
  };
}

/** Of the sources this is a module of TypeScript, of the package one of JavaScript. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

async function manyThreads(
  { threads, report }: ServiceOptions,
  port: number,
  setup: (thread: number, port: number) => ThreadSetup,
  store: SharedStore | undefined,
): Promise<Threads> {
  // Of any free port the first thread's is all others'.
  let shared = port;
  const pool = await startPool({
    entry: WORKER,
    count: threads,
    setup: (thread) => setup(thread, shared),
    onReady: (_, address) => {
      shared = (address as AddressInfo).port;
    },
    onDeath({ thread, error }) {
      // What it held stays counted, and nobody waits for it.
      store?.release(thread);
      report(`a worker died and is replaced: ${error instanceof Error ? error.message : error}`);
    },
  });
  const order = (body: ThreadOrder): Promise<readonly unknown[]> => pool.order(body);
  return {
    address: pool.ready[0] as AddressInfo,
    async replace(table, memory) {
      await order({ kind: "replace", table, memory });
    },
    async decisions(last) {
      return (await order({ kind: "decisions", last })).flatMap((lines) => (lines as readonly string[]) ?? []);
    },
    async reopen() {
      await order({ kind: "reopen" });
    },
    close: () => pool.close({ kind: "close" } satisfies ThreadOrder),
  };
}

function adminOf(
  policies: PolicyHolder<Counted>,
  settings: Settings,
  { compile }: ServiceOptions,
  threads: Threads,
  counted: () => Counted,
): ReturnType<typeof createAdmin> {
  let closing = false;
  const admin = createAdmin({
    policies,
    token: settings.admin.token,
    notReady: () => (closing ? "routec is stopping" : undefined),
    ...(settings.metrics && {
      metrics: (accept: string | undefined) => {
        const format = formatFor(accept);
        const { layout, memory } = counted();
        return { type: CONTENT_TYPE[format], text: metricsText(layout, memory, format) };
      },
    }),
    async decisions(last) {
      const lines = (await threads.decisions(last)).map((line) => JSON.parse(line) as { readonly time: number });
      return lines.sort((a, b) => a.time - b.time).slice(-last);
    },
    ...(compile && { compile }),
    post: settings.reload.post,
  });
  return {
    ...admin,
    close() {
      closing = true;
      return admin.close();
    },
  };
}
