/** A Redis of a test's own, from the system's `redis-server`, with its data in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Kills it; its data stay. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it had written. */
  start(): Promise<void>;
  /** Stops it for good. */
  remove(): Promise<void>;
}

/** Whether there is one on this machine. Throws in CI where there is none: what is skipped there is not tested. */
export function hasRedis(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    if (process.env.CI) throw new Error("`redis-server` is not installed: the ledger's tests need it");
    return false;
  }
}

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "routec-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
      child = spawn("redis-server", [...options.map(String), "--appendfsync", "always"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error("redis-server ended")));
      child.stdout?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("Ready to accept connections")) resolve();
      });
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      child?.once("exit", () => resolve());
      child?.kill("SIGKILL");
    });
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop,
    async remove() {
      if (child?.exitCode === null && child.signalCode === null) await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
