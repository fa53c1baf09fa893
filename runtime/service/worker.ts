/** A worker thread that serves. */
import { workerData } from "node:worker_threads";
import { runWorker } from "../workers/worker.ts";
import type { ThreadOrder } from "./order.ts";
import { openThread, type ThreadSetup } from "./thread.ts";

await runWorker(async () => {
  const thread = await openThread(workerData as ThreadSetup);
  return {
    ready: thread.address,
    order(body) {
      const order = body as ThreadOrder;
      switch (order.kind) {
        case "replace":
          return thread.replace(order.table, order.memory);
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
