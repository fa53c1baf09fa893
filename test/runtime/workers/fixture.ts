/** A worker for the tests: adds up what it is told, and dies when it is told to. */
import { workerData } from "node:worker_threads";
import { runWorker } from "../../../runtime/workers/worker.ts";

interface Setup {
  readonly start: number | "unfit" | "throw";
}

await runWorker(async (say) => {
  const { start } = workerData as Setup;
  if (start === "unfit") throw Object.assign(new Error("no such port"), { code: "EADDRINUSE" });
  let sum = Number(start);
  return {
    ready: { sum },
    order(body) {
      if (body === "die") process.exit(7);
      if (body === "fault")
        setImmediate(() => {
          throw new Error("a fault in the worker");
        });
      if (body === "refuse") throw new RangeError("not this");
      if (typeof body !== "number") return undefined;
      sum += body;
      say(`sum is ${sum}`);
      return sum;
    },
  };
});
