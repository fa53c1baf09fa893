/**
 * Scripts whose compiled code is kept as it is when they have run.
 *
 * Node's compile cache (`module.enableCompileCache`) keeps what V8 has compiled when a module is loaded, which is all but the
 * functions: each is compiled when it is first called, in every process anew (https://v8.dev/blog/code-caching-for-devs). For
 * `routec check` these were 840 functions and a quarter of its time. So the compiler ships as a script, which
 * tools/merge-chunks.ts makes and `runScript` runs. Its code lies in the folder of Node's own cache, under the same conditions:
 * nowhere if there is none, found only by the same V8 with the same flags, and with a checksum, as V8 runs what it is given.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

/** Scripts whose code was not in the cache, by the file that it is to be kept in. */
const fresh = new Map<string, Script>();
let command: string | undefined;
let closed = false;

/**
 * Runs the script of that name beside the module that asks, whose `url` is given, and returns what it exports. `modules` has
 * what it requires, but for what is Node's own.
 */
export function runScript(
  name: string,
  url: string,
  modules: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filename = fileURLToPath(new URL(name, url));
  const place = placeOf(filename);
  const cachedData = place === undefined ? undefined : readCode(place);
  const script = new Script(readFileSync(filename, "utf8"), { filename, ...(cachedData && { cachedData }) });
  if (place !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) keepLater(place, script);
  const module = { exports: {} };
  const required = (id: string): unknown => modules[id] ?? process.getBuiltinModule(id);
  script.runInThisContext()(module.exports, required, module, url);
  return module.exports;
}

/**
 * To be called before anything is loaded for a command: its code is kept apart, since each runs other functions, and when
 * `keepCode` is called. Without this, as for a library, it is kept when the process ends.
 */
export function compiledFor(name: string): void {
  command = name;
}

/**
 * Writes the code of what was loaded and is not in the cache yet, and of nothing that is loaded after this. Functions that
 * have not run so far are compiled anew by later processes, too. Never throws.
 */
export function keepCode(): void {
  closed = true;
  for (const [file, script] of fresh) writeCode(file, script);
  fresh.clear();
}

function keepLater(place: string, script: Script): void {
  if (closed) return;
  if (fresh.size === 0 && command === undefined) process.once("exit", keepCode);
  fresh.set(place, script);
}

function placeOf(filename: string): string | undefined {
  const folder = getCompileCacheDir();
  return folder === undefined ? undefined : join(folder, `routec-${command ?? "library"}-${basename(filename)}.code`);
}

/** The bytes before the code: its checksum. */
const HEAD = 4;

function readCode(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(HEAD);
    return bytes.readUInt32LE() === checksum(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function writeCode(file: string, script: Script): void {
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    const code = script.createCachedData();
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(checksum(code));
    writeFileSync(draft, Buffer.concat([head, code]), { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  } catch {
    // A cache that cannot be written costs the next start some time, and nothing else.
    discard(draft);
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Whoever clears temporary files finds it.
  }
}

/** Not imported: it loads a dozen other modules, which a command that runs no script has no use for. */
function checksum(bytes: Buffer): number {
  return process.getBuiltinModule("node:zlib").crc32(bytes);
}
