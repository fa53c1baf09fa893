/** Who has programs checked: in a thread of its own, so that no key waits for a proof. */
import type { Worker } from "node:worker_threads";
import type { Order, Overlay, Report, Told } from "./messages.ts";
import { startThread } from "./thread.ts";

export interface Checker {
  /** What comes of it is told later. */
  check(order: Order): void;
  tell(overlays: readonly Overlay[]): void;
  close(): Promise<void>;
}

/** A thread that was lost to a fault of ours is started again so many times. */
const MOST_LOST = 5;

export function startChecker(told: (report: Report) => void): Checker {
  /** Of open documents, for a thread that is started anew. */
  const texts = new Map<string, string>();
  let lost = 0;
  let closed = false;
  let worker = start();

  function start(): Worker {
    const thread = startThread();
    thread.on("message", told);
    thread.on("error", () => {
      if (closed || ++lost > MOST_LOST) return;
      worker = start();
      worker.postMessage({ overlays: [...texts].map(([path, text]) => ({ path, text })) } satisfies Told);
    });
    return thread;
  }

  function remember(overlays: readonly Overlay[]): void {
    for (const { path, text } of overlays) {
      if (text === undefined) texts.delete(path);
      else texts.set(path, text);
    }
  }

  return {
    check(order) {
      remember(order.overlays);
      worker.postMessage(order);
    },
    tell(overlays) {
      remember(overlays);
      worker.postMessage({ overlays } satisfies Told);
    },
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}
