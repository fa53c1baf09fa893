/** How much memory a service holds, measured within it. */
import type { Service } from "../faults/service.ts";

/** Runs in the service: at SIGUSR2 it collects garbage and tells what is left. */
const PROBE = `
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
process.on("SIGUSR2", () => {
  // What the first frees beside the heap is swept aside, and done by the second.
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stderr.write("\\nheap " + (heapUsed + external) + "\\n");
});`;

/** The environment of a service that can be asked. It must have one worker: only the main thread hears signals. */
export const PROBED = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PROBE)}` };

/** Bytes on the heap and beside it that are not garbage. */
export async function heapOf(service: Service): Promise<number> {
  const from = service.told().length;
  service.child.kill("SIGUSR2");
  await service.tells(/^heap \d+\n/m, from);
  return Number(/^heap (\d+)$/m.exec(service.told().slice(from))?.[1]);
}
