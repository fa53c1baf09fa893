/** The load side: what sends requests, what answers them in a provider's place, and how both are built. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { type Server, startServer } from "./server.ts";

const run = promisify(execFile);

/** Where a run leaves what it builds, writes and finds out. */
export const workFolder = new URL("../dist/bench/", import.meta.url).pathname;

/** The core for load and upstream; the proxy under test has core 0 to itself. */
const LOAD_CORE = "1";

/** One window of a closed loop: every connection sends its next request as soon as it has an answer. */
export interface LoadResult {
  readonly requests: number;
  readonly microseconds: number;
  readonly errors: number;
  /** Latency in microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** One window of streamed answers. */
export interface StreamResult {
  readonly events: number;
  /** Reads of the client that brought something: fewer than events where a proxy sent several at once. */
  readonly reads: number;
  /** Of each answer, microseconds to its first event. */
  readonly first: readonly number[];
}

/** Compiles the C programs of this folder. Throws when a tool is missing, saying how to install it. */
export async function buildLoad(): Promise<void> {
  await requireTool("gcc", "apt-get install gcc libc6-dev");
  await requireTool("wrk", "apt-get install wrk");
  mkdirSync(workFolder, { recursive: true });
  for (const program of ["upstream", "stream"]) {
    const source = new URL(`${program}.c`, import.meta.url).pathname;
    await run("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", workFolder + program, source]);
  }
}

/** Throws when a program is not installed, saying how to install it. */
export async function requireTool(name: string, install: string): Promise<void> {
  await run("sh", ["-c", `command -v ${name}`]).catch(() => {
    throw new Error(`the benchmark needs \`${name}\`, which is not installed: ${install}`);
  });
}

export function startUpstream(port: number): Promise<Server> {
  return startServer({ name: "upstream", port, core: LOAD_CORE, command: [`${workFolder}upstream`, String(port)] });
}

/** Sends the request in `file` over and over for some whole seconds. */
export async function load(port: number, connections: number, seconds: number, file: string): Promise<LoadResult> {
  const script = new URL("load.lua", import.meta.url).pathname;
  const url = `http://127.0.0.1:${port}/`;
  const wrk = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url, "--", file];
  const { stdout } = await run("taskset", ["-c", LOAD_CORE, "wrk", ...wrk]);
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{"))) as LoadResult;
}

/** Asks for streamed answers with the request in `file` for a time, then reads to the end those that are under way. */
export async function loadStreams(
  port: number,
  connections: number,
  seconds: number,
  file: string,
): Promise<StreamResult> {
  const client = [`${workFolder}stream`, String(port), String(connections), String(seconds * 1000), file];
  const { stdout } = await run("taskset", ["-c", LOAD_CORE, ...client], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as StreamResult;
}
