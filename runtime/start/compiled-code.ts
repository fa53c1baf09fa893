/**
 * Scripts whose compiled code is kept as it is when they have run.
 *
 * Node's compile cache (`module.enableCompileCache`) keeps what V8 has compiled when a module is loaded, which is all but the
 * functions: each is compiled when it is first called, in every process anew (https://v8.dev/blog/code-caching-for-devs). For
 * `routec check` these were 840 functions and a quarter of its time. So the largest parts of what ships are scripts, which
 * tools/merge-chunks.ts makes and `runScript` runs. Their code lies in the folder of Node's own cache, under the same conditions:
 * nowhere if there is none, and found only by the same V8 with the same flags.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

/** Scripts whose code was not in the cache, by the file that it is to be kept in. */
const fresh = new Map<string, Script>();
let command: string | undefined;
let closed = false;

/** What a script has from the module that runs it. */
interface Given {
  readonly url: string;
  /** What it requires, but for what is Node's own. */
  readonly modules: Readonly<Record<string, unknown>>;
  importModule(id: string): Promise<unknown>;
}

/** Runs the script of that name beside the module that asks, and returns what it exports. */
export function runScript(name: string, { url, modules, importModule }: Given): Record<string, unknown> {
  const filename = fileURLToPath(new URL(name, url));
  const place = placeOf(filename);
  const cachedData = place === undefined ? undefined : readIfThere(place);
  const script = new Script(readFileSync(filename, "utf8"), { filename, ...(cachedData && { cachedData }) });
  if (place !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) keepLater(place, script);
  const module = { exports: {} };
  const required = (id: string): unknown => modules[id] ?? process.getBuiltinModule(id);
  script.runInThisContext()(module.exports, required, module, url, importModule);
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
  for (const [file, script] of fresh) writeCode(file, script.createCachedData());
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

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole, or not at all: V8 runs what it is given, whatever its bytes have become. */
function writeCode(file: string, code: Buffer): void {
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    writeFileSync(draft, code, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, file);
  } catch {
    // A cache that cannot be written costs the next start some time, and nothing else.
  }
}
