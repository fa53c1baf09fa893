/** A worker thread that serves. What it needs is loaded by way of the compile cache, which a thread does not inherit. */
import { enableCompileCache } from "node:module";
import { workerData } from "node:worker_threads";
import type { ThreadOrder } from "./order.ts";
import type { ThreadSetup } from "./thread.ts";

enableCompileCache();
const [{ runWorker }, { openThread }] = await Promise.all([import("../workers/worker.ts"), import("./thread.ts")]);

await runWorker(async () => {
  const thread = await openThread(workerData as ThreadSetup);
  return {
    ready: thread.address,
    order(body) {
      const order = body as ThreadOrder;
      switch (order.kind) {
        case "prepare":
          return thread.prepare(order.table);
        case "drop":
          return thread.drop();
        case "take":
          return thread.take(order.table, order.memory);
        case "decisions":
          return thread.decisions(order.last);
        case "gauged":
          return thread.gauged();
        case "reopen":
          return thread.reopen();
        case "close":
          return thread.close();
      }
    },
  };
});
