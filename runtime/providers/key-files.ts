/**
 * Keys that stand in files: where the variable `NAME` is not set, `NAME_FILE` may name one with a key on each line. It is
 * read again when it changes, so that keys are rotated without a restart.
 */
import { readFileSync } from "node:fs";
import { Key, KeyRing } from "./keys.ts";

/** Milliseconds between looks at a file: polled, as what mounts secrets replaces them in ways that no watcher reports. */
const LOOK = 2_000;

/** Where the keys of a provider stand. */
export interface KeySource {
  readonly files: readonly string[];
  /** All keys as they are now, in their order. Throws `EndpointError`. */
  read(): readonly string[];
}

/** The keys in a file, in their order. Throws what the file system does. */
export function readKeys(path: string): readonly string[] {
  return readFileSync(path, "utf8")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The ring of a provider's keys. */
export interface SourcedRing<Credential> {
  readonly ring: KeyRing<Credential>;
  /**
   * Lets the ring go on with what the files hold when that changes, looking every so many milliseconds; returns how to
   * stop that. Where they cannot be read the keys from before are kept, and a warning says so.
   */
  watch(look?: number): () => void;
}

/** `carry` makes of a key what carries it upstream, and of none where the provider takes none. Throws what `read` throws. */
export function ringOf<Credential>(
  source: KeySource,
  carry: (key: string | undefined) => Credential,
  Kind: typeof Key<Credential> = Key,
): SourcedRing<Credential> {
  const read = (): readonly Key<Credential>[] => {
    const keys = source.read();
    return (keys.length === 0 ? [undefined] : keys).map((key) => new Kind(carry(key), key));
  };
  const ring = new KeyRing(read());
  const reread = (): void => {
    try {
      ring.replace(read());
    } catch (error) {
      process.emitWarning(`${(error as Error).message}; the keys from before are kept`);
    }
  };
  return { ring, watch: (look) => onChange(source.files, reread, look) };
}

/** Calls `changed` when what one of `paths` holds has changed; returns how to stop that. */
function onChange(paths: readonly string[], changed: () => void, look = LOOK): () => void {
  if (paths.length === 0) return () => {};
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
