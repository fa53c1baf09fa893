/** Worker threads that do the same work, each replaced when it dies. */
import { Worker } from "node:worker_threads";
import type { Order, Report } from "./messages.ts";

export interface PoolOptions {
  /** The module that calls `runWorker`. */
  readonly entry: URL;
  readonly count: number;
  /** The others start once the first is ready: what they are started with builds on what it said. */
  readonly firstAlone?: boolean;
  /** What a worker is started with: asked anew for each, so that a replacement begins with what holds by then. */
  setup(slot: number): unknown;
  /** A worker said something unasked. */
  onSaid?(body: unknown): void;
  /** A worker is ready: at the start, and each time that one was replaced. */
  onReady?(slot: number, said: unknown): void;
  /** A worker died. Its replacement is on its way. */
  onDeath?(death: { readonly thread: number; readonly slot: number; readonly error: unknown }): void;
}

export interface Pool {
  /** What each worker said when it was ready, by slot. */
  readonly ready: readonly unknown[];
  /**
   * Gives all workers an order; one that is still starting carries it out when it has. Rejects with the `WorkerError` of
   * the first that failed; one that dies over it is no failure.
   */
  order(body: unknown): Promise<readonly unknown[]>;
  /** Gives all workers their last order, and waits until they have ended. */
  close(last: unknown): Promise<void>;
}

/** A worker could not start, or carry out an order. `name` and `code` are those of the error that it met. */
export class WorkerError extends Error {
  readonly code: string | undefined;

  constructor(name: string, message: string, code?: string) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

/** A worker that lived for less than so many milliseconds died of something that its replacement will meet too. */
const LIVED = 10_000;
/** Milliseconds before the replacement of such a worker, doubled from the first to the last. */
const [FIRST_WAIT, LAST_WAIT] = [100, 5_000];

interface Slot {
  worker: Worker;
  /** False while the worker is dead and its replacement not there. */
  alive: boolean;
  ready: unknown;
  wait: number;
  replacing: NodeJS.Timeout | undefined;
  readonly orders: Map<number, { done(body: unknown): void; failed(error: Error): void; died(): void }>;
}

/** Starts the workers. Rejects, with none left running, when one cannot start. */
export async function startPool(options: PoolOptions): Promise<Pool> {
  const { entry, count, setup, onSaid, onReady, onDeath } = options;
  const slots: Slot[] = [];
  let closing = false;
  let orders = 0;

  /** Resolves when the worker is ready. */
  function start(index: number, slot: Slot | undefined): Promise<Slot> {
    const worker = new Worker(entry, { workerData: setup(index) });
    const { threadId } = worker;
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const own: Slot = slot ?? {
        worker,
        alive: false,
        ready: undefined,
        wait: FIRST_WAIT,
        replacing: undefined,
        orders: new Map(),
      };
      own.worker = worker;
      own.alive = true;
      let isReady = false;
      let died: unknown;
      worker.on("error", (error) => {
        died = error;
      });
      worker.on("message", (report: Report) => {
        switch (report.kind) {
          case "ready":
            isReady = true;
            own.ready = report.body;
            resolve(own);
            onReady?.(index, report.body);
            return;
          case "unfit":
            died = new WorkerError(report.name, report.message, report.code);
            return;
          case "done":
            own.orders.get(report.number)?.done(report.body);
            return;
          case "failed":
            own.orders.get(report.number)?.failed(new WorkerError(report.name, report.message));
            return;
          case "said":
            onSaid?.(report.body);
        }
      });
      worker.on("exit", (code) => {
        own.alive = false;
        for (const order of own.orders.values()) order.died();
        own.orders.clear();
        const error = died ?? new Error(`a worker ended with code ${code}`);
        if (!isReady) reject(error);
        if (closing || slots[index] !== own) return;
        onDeath?.({ thread: threadId, slot: index, error });
        if (performance.now() - started >= LIVED) own.wait = FIRST_WAIT;
        own.replacing = setTimeout(() => {
          own.wait = Math.min(own.wait * 2, LAST_WAIT);
          if (!closing) start(index, own).catch(() => {});
        }, own.wait);
      });
    });
  }

  const end = async (): Promise<void> => {
    closing = true;
    for (const { replacing } of slots) clearTimeout(replacing);
    await Promise.all(slots.map(({ worker }) => worker.terminate()));
  };

  try {
    const open = async (index: number): Promise<void> => {
      slots[index] = await start(index, undefined);
    };
    const first = options.firstAlone === true ? 1 : 0;
    if (first === 1) await open(0);
    const opened = await Promise.allSettled(Array.from({ length: count - first }, (_, at) => open(first + at)));
    for (const each of opened) if (each.status === "rejected") throw each.reason;
  } catch (error) {
    await end();
    throw error;
  }

  async function give(slot: Slot, body: unknown): Promise<unknown> {
    // Its replacement begins with what holds by then.
    if (!slot.alive) return undefined;
    const number = orders++;
    return new Promise((resolve, reject) => {
      const over = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          slot.orders.delete(number);
          then(value);
        };
      };
      slot.orders.set(number, { done: over(resolve), failed: over(reject), died: () => resolve(undefined) });
      slot.worker.postMessage({ number, body } satisfies Order);
    });
  }

  return {
    get ready() {
      return slots.map(({ ready }) => ready);
    },
    order: (body) => Promise.all(slots.map((slot) => give(slot, body))),
    async close(last) {
      closing = true;
      await Promise.all(slots.map((slot) => give(slot, last).catch(() => undefined)));
      await end();
    },
  };
}
