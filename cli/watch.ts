/** Tells when files have changed, once they have settled: an editor may write one in several steps, or several files. */
import { hash } from "node:crypto";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";

/** Milliseconds for which the files have to stay as they are. */
const SETTLED = 60;

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
 * new file in the place of an old one.
 */
export function watchFiles(
  files: readonly string[],
  changed: () => Promise<readonly string[]>,
  { after = byTimeout, report }: WatchOptions,
): Watching {
  const folders = new Map<string, FSWatcher>();
  let watched = files;
  /** Of the contents that were last told, and of those last seen. */
  let told = digestOf(watched);
  let seen = told;
  let timer: { cancel(): void } | undefined;
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
    const wanted = new Set(watched.map((file) => dirname(resolve(file))));
    for (const [folder, watcher] of folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      folders.delete(folder);
    }
    for (const folder of wanted) if (!folders.has(folder)) armFolder(folder);
  }

  function armFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watcher.on("error", report);
      folders.set(folder, watcher);
    } catch (error) {
      // An import that names a folder that is not there yet: the file that names it will change when it is.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") report(error);
    }
  }

  arm();
  return {
    look,
    close() {
      closed = true;
      timer?.cancel();
      for (const watcher of folders.values()) watcher.close();
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
