/** The thread that checks: one step, then a look at what was said meanwhile. */
import { readFileSync, realpathSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { createCheck } from "./check.ts";
import type { Order, Report, Told } from "./messages.ts";

/** What a thread is handed that is to check: this module may be bundled with others that start threads. */
const CHECKS = "routec checks";

export function startThread(): Worker {
  const thread = new Worker(new URL(import.meta.url), { workerData: CHECKS, stdout: true, stderr: true });
  // That it waits for orders must not keep a server that is done from ending.
  thread.unref();
  return thread;
}

function serve(port: MessagePort): void {
  const texts = new Map<string, string>();
  const check = createCheck({
    read: (path) => {
      const text = texts.get(path);
      return text === undefined ? readFileSync(path) : Buffer.from(text);
    },
    real: (path) => (texts.has(path) ? path : realpathSync(path)),
  });
  /** By the main file, the oldest first. */
  const orders = new Map<string, Order>();
  let working = false;
  const say = (report: Report): void => port.postMessage(report);

  async function work(): Promise<void> {
    working = true;
    for (let order = next(orders); order !== undefined; order = next(orders)) {
      const { number, main } = order;
      try {
        for (const understanding of check(main)) {
          if (understanding !== undefined) say({ kind: "understood", number, understanding });
          await setImmediate();
          if (orders.get(main) !== order) break;
        }
        if (orders.get(main) === order) say({ kind: "done", number, main });
      } catch (error) {
        say({ kind: "failed", number, main, message: error instanceof Error ? error.message : String(error) });
      }
      if (orders.get(main) === order) orders.delete(main);
    }
    working = false;
  }

  port.on("message", (order: Order | Told) => {
    for (const { path, text } of order.overlays) {
      if (text === undefined) texts.delete(path);
      else texts.set(path, text);
    }
    if (!("main" in order)) return;
    orders.set(order.main, order);
    if (!working) void work();
  });
}

function next(orders: ReadonlyMap<string, Order>): Order | undefined {
  const [first] = orders.values();
  return first;
}

if (!isMainThread && workerData === CHECKS && parentPort !== null) serve(parentPort);
