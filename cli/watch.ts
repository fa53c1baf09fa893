/** Tells when files have changed, once they have settled: an editor may write one in several steps, or several files. */
import { hash } from "node:crypto";
import { type FSWatcher, readFileSync, realpathSync, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";

/** Milliseconds for which the files have to stay as they are. */
const SETTLED = 60;
/** Milliseconds between two looks at what the system may have told nobody: links that were turned, folders made anew. */
const POLLED = 1_000;

export interface WatchOptions {
  /** Calls back after so many milliseconds; a timer of the event loop when not given. */
  readonly after?: (milliseconds: number, callback: () => void) => { cancel(): void };
  /** Told of what `changed` rejects with. */
  readonly report: (error: unknown) => void;
}

export interface Watching {
  /** Something may have changed; called by the system's own notices too. */
  look(): void;
  close(): void;
}

/**
 * Calls `changed` when the contents of `files` are other than before, present or not, and have stayed so for a moment.
 * What counts is their bytes: a file that was only touched has not changed. `changed` resolves to the files to watch
 * from then on; it is not called again before. Folders are watched, not files, because editors and orchestrators put a
 * new file in the place of an old one: those that the files' paths name, and those that they lie in, where links lead
 * there. Once a second the files are looked at besides, for what these do not tell.
 */
export function watchFiles(
  files: readonly string[],
  changed: () => Promise<readonly string[]>,
  { after = byTimeout, report }: WatchOptions,
): Watching {
  /** By what tells a folder from one that takes its place; undefined where the system refuses to watch it. */
  const folders = new Map<string, FSWatcher | undefined>();
  let watched = files;
  /** Of the contents that were last told, and of those last seen. */
  let told = digestOf(watched);
  let seen = told;
  let timer: { cancel(): void } | undefined;
  /** Of the files, when they were last polled. */
  let stamps = "";
  let busy = false;
  let closed = false;

  function look(): void {
    // A timer that is set is not set anew: a folder in which something else is always written would never settle.
    if (!closed && !busy) timer ??= after(SETTLED, settle);
  }

  function settle(): void {
    timer = undefined;
    const now = digestOf(watched);
    if (now !== seen) {
      seen = now;
      look();
    } else if (now !== told) void tell(now);
  }

  async function tell(contents: string): Promise<void> {
    busy = true;
    const before = watched;
    try {
      watched = await changed();
    } catch (error) {
      report(error);
    }
    busy = false;
    if (closed) return;
    // What changed while `changed` was at work it may not have seen.
    const meanwhile = digestOf(before) !== contents;
    told = meanwhile ? contents : digestOf(watched);
    seen = told;
    arm();
    if (meanwhile) look();
  }

  function arm(): void {
    const wanted = new Map(watched.flatMap(foldersOf).flatMap((folder) => identified(folder)));
    for (const [identity, watcher] of folders) {
      if (wanted.has(identity)) continue;
      watcher?.close();
      folders.delete(identity);
    }
    for (const [identity, folder] of wanted) if (!folders.has(identity)) armFolder(identity, folder);
  }

  function armFolder(identity: string, folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watcher.on("error", report);
      folders.set(identity, watcher);
    } catch (error) {
      folders.set(identity, undefined);
      report(error);
    }
  }

  function poll(): void {
    arm();
    const now = JSON.stringify(watched.map(stampOf));
    if (now === stamps) return;
    stamps = now;
    look();
  }

  arm();
  const polling = setInterval(poll, POLLED).unref();
  return {
    look,
    close() {
      closed = true;
      timer?.cancel();
      clearInterval(polling);
      for (const watcher of folders.values()) watcher?.close();
    },
  };
}

function byTimeout(milliseconds: number, callback: () => void): { cancel(): void } {
  const timer = setTimeout(callback, milliseconds);
  return { cancel: () => clearTimeout(timer) };
}

/** Of the names and contents of files; one that cannot be read counts as absent. */
function digestOf(files: readonly string[]): string {
  return hash("sha256", JSON.stringify(files.map((file) => [file, contentOf(file)])));
}

function contentOf(file: string): string | null {
  try {
    return hash("sha256", readFileSync(file));
  } catch {
    return null;
  }
}

/** Where a file stands by its path, and where it lies. */
function foldersOf(file: string): string[] {
  const named = dirname(resolve(file));
  try {
    return [named, dirname(realpathSync(file))];
  } catch {
    return [named];
  }
}

/** A folder under what is its own alone: another at the same path has another. None for one that is not there yet. */
function identified(folder: string): [identity: string, folder: string][] {
  try {
    const { dev, ino, birthtimeMs } = statSync(folder);
    // The number of one that was removed is given to the next.
    return [[`${dev}:${ino}:${birthtimeMs}`, folder]];
  } catch {
    return [];
  }
}

/** Changes with what a file is; undefined where there is none. */
function stampOf(file: string): readonly number[] | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file);
    return [dev, ino, size, mtimeMs];
  } catch {
    return undefined;
  }
}
