/** Processes under test: pinned to a core, up when they answer, and gone when the benchmark is. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  readonly port: number;
  /** The only core that it may run on. */
  readonly core: string;
  readonly command: readonly string[];
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

function keepTrackOf(child: ChildProcess): void {
  if (process.listenerCount("exit", killAll) === 0) {
    process.on("exit", killAll);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  }
  running.add(child);
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts a process and waits until something answers HTTP on its port. Throws with its last words when it ends before. */
export async function startServer({ name, port, core, command, env = {} }: ServerOptions): Promise<Server> {
  const child = spawn("taskset", ["-c", core, ...command], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  keepTrackOf(child);
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words = (words + chunk).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      running.delete(child);
      resolve();
    });
  });
  const giveUp = performance.now() + 20_000;
  while (!(await answers(port))) {
    if (!running.has(child))
      throw new Error(`\`${name}\` ended before it served: ${words.trim() || "it said nothing"}`);
    if (performance.now() > giveUp) throw new Error(`\`${name}\` does not answer on port ${port} after 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return {
    name,
    port,
    pid: child.pid ?? 0,
    stop: () => {
      child.kill("SIGTERM");
      const insist = setTimeout(() => child.kill("SIGKILL"), 2000);
      return ended.finally(() => clearTimeout(insist));
    },
  };
}

/** Whether an HTTP server answers on the port, with whatever status. */
async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    (response) => response.arrayBuffer().then(() => true),
    () => false,
  );
}

/** A port that nobody listens on. The one after it is most likely free too. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
