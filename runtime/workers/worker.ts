/** The worker's side of a pool. */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Order, Report } from "./messages.ts";

export interface WorkerWork {
  /** Told to the pool once the worker can take orders. */
  readonly ready: unknown;
  /** Carries out an order; what it returns, or throws, goes back to who gave it. */
  order(body: unknown): unknown;
}

/** Does a worker's work, from its start on. A `start` that fails ends the worker, and the pool is told why. */
export async function runWorker(start: (say: (body: unknown) => void) => Promise<WorkerWork>): Promise<void> {
  if (parentPort === null) throw new Error("this is no worker thread");
  const pool: MessagePort = parentPort;
  const report = (message: Report): void => pool.postMessage(message);
  let work: WorkerWork;
  try {
    work = await start((body) => report({ kind: "said", body }));
  } catch (error) {
    report({ kind: "unfit", ...described(error), code: (error as NodeJS.ErrnoException).code });
    pool.close();
    return;
  }
  pool.on("message", async ({ number, body }: Order) => {
    try {
      report({ kind: "done", number, body: await work.order(body) });
    } catch (error) {
      report({ kind: "failed", number, ...described(error) });
    }
  });
  report({ kind: "ready", body: work.ready });
}

function described(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}
