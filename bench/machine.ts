/** What a figure was measured on, and whether anything else was running there meanwhile. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Gigabytes. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 1e9),
    system: `Linux ${release()}`,
    node: process.version,
  };
}

/**
 * CPU time that a process has used since it began, user and system, in nanoseconds, from the `schedstat` of its threads
 * (first field: time on the CPU). Threads that have ended no longer count.
 */
export function cpuTime(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [onCpu = "0"] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
    sum += Number(onCpu);
  }
  return sum;
}

/** Length of a tick of /proc/stat in nanoseconds; USER_HZ is 100 on every architecture that Node runs on. */
const TICK = 1e7;

/** CPU time of everything on the machine so far, in nanoseconds; time taken by the hypervisor (steal) is in it. */
function machineTime(): number {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK;
}

/** CPU time of this process's children that have ended, in nanoseconds: `cutime` and `cstime` of proc(5). */
function endedChildrenTime(): number {
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) * TICK;
}

/** CPU time of this process and of its children that have ended, in nanoseconds; of these it is known to 10 milliseconds. */
export function cpuTimeOfAll(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000 + endedChildrenTime();
}

/**
 * Begins to watch for work that is neither this process's, nor its ended children's, nor that of the given processes.
 * Calling the result tells how many cores such work kept busy since, on average.
 */
export function watchForeignLoad(own: readonly number[]): () => number {
  const ours = () => own.reduce((sum, pid) => sum + cpuTime(pid), cpuTimeOfAll());
  const wall = performance.now();
  const before = machineTime() - ours();
  return () => Math.max(0, (machineTime() - ours() - before) / ((performance.now() - wall) * 1e6));
}

/** Above this many cores of foreign load a measurement counts as disturbed. */
export const QUIET = 0.15;

/** Waits until one second has passed with little foreign load, at most `patience` seconds; tells the last second's load. */
export async function waitForQuiet(own: readonly number[], patience: number): Promise<number> {
  for (let second = 1; ; second++) {
    const foreign = watchForeignLoad(own);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const load = foreign();
    if (load < QUIET || second >= patience) return load;
    if (second === 1) console.error(`waiting for a quiet machine: others keep ${load.toFixed(2)} cores busy`);
  }
}
