/** The command, as it ships, in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { build, isStale } from "../../tools/build.ts";

// Test files that run beside each other may both find it stale: then both write the same files.
if (isStale()) await build();

const bundle = fileURLToPath(new URL("../../dist/routec.js", import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  /** Standard input; empty if absent. */
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node's own. */
  readonly node?: readonly string[];
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `routec` to its end. */
export async function routec(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = start(args, options);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.end(options.input ?? "");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

/** Starts `routec`, which is killed when the test ends if it still runs then. */
export function start(
  args: readonly string[],
  { cwd, env = {}, node = [] }: RunOptions = {},
): ChildProcessWithoutNullStreams {
  const inherited = { ...process.env };
  // What colours the tests' own output must not colour this.
  for (const name of ["NO_COLOR", "FORCE_COLOR", "ROUTEC_DEBUG"]) delete inherited[name];
  const child = spawn(process.execPath, [...node, bundle, ...args], { cwd, env: { ...inherited, ...env } });
  child.stdin.on("error", () => {});
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** A temporary folder with these files in it, removed when the test ends. */
export function folder(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "routec-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), contents);
  }
  return path;
}
