/**
 * Keys that stand in files: where the variable `NAME` is not set, `NAME_FILE` may name one with a key on each line. It is
 * read again when it changes, so that keys are rotated without a restart.
 */
import { readFileSync } from "node:fs";

/** Milliseconds between looks at a file: polled, as what mounts secrets replaces them in ways that no watcher reports. */
const LOOK = 2_000;

/** The keys in a file, in their order. Throws what the file system does. */
export function readKeys(path: string): readonly string[] {
  return readFileSync(path, "utf8")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Calls `changed` when what one of `paths` holds has changed; returns how to stop that. */
export function watchKeys(paths: readonly string[], changed: () => void, look = LOOK): () => void {
  const held = paths.map(contents);
  const timer = setInterval(() => {
    const now = paths.map(contents);
    if (now.every((text, index) => text === held[index])) return;
    held.splice(0, held.length, ...now);
    changed();
  }, look);
  timer.unref();
  return () => clearInterval(timer);
}

/** Undefined where there is none to be read. */
function contents(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
