/** Who has programs checked: in a thread of its own, so that no key waits for a proof. */
import type { Report, Sent, Told } from "./messages.ts";
import { startThread, type Thread } from "./thread.ts";
import { createReceiver } from "./transfer.ts";

export interface Checker {
  /** What comes of an order is reported later. */
  tell(told: Told): void;
  close(): Promise<void>;
}

/** A thread that was lost to a fault of ours is started again so many times. */
const MOST_LOST = 5;

export function startChecker(report: (report: Report) => void): Checker {
  /** Of open documents, for a thread that is started anew. */
  const texts = new Map<string, string>();
  /** By the main file. */
  const receivers = new Map<string, ReturnType<typeof createReceiver>>();
  let lost = 0;
  let closed = false;
  let thread = start();

  function start(): Thread {
    receivers.clear();
    const started = startThread();
    started.worker.on("message", (sent: Sent) => report(received(sent)));
    started.worker.on("error", () => {
      if (closed || ++lost > MOST_LOST) return;
      thread = start();
      thread.tell({ overlays: [...texts].map(([path, text]) => ({ path, text })) });
    });
    return started;
  }

  /** Also of what has changed since: what comes later leaves out what this one had. */
  function received(sent: Sent): Report {
    if (sent.kind !== "done" || sent.understanding === undefined) return sent as Report;
    const receive = receivers.get(sent.main) ?? createReceiver();
    receivers.set(sent.main, receive);
    return { ...sent, understanding: receive(sent.understanding) };
  }

  return {
    tell(told) {
      for (const { path, text } of told.overlays) {
        if (text === undefined) texts.delete(path);
        else texts.set(path, text);
      }
      if (told.forget !== undefined) receivers.delete(told.forget);
      thread.tell(told);
    },
    async close() {
      closed = true;
      await thread.worker.terminate();
    },
  };
}
