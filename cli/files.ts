/** Which files are meant, and what can be wrong with a file. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "./command.ts";

/**
 * The policy files that paths name: a file is itself, a folder all `*.route` files below it, in order of their names,
 * without `node_modules` and folders that begin with a dot. Without paths the current folder is meant.
 */
export function policyFiles(paths: readonly string[]): string[] {
  const files = paths.length === 0 ? below("") : paths.flatMap((path) => (isFolder(path) ? below(path) : [path]));
  if (files.length === 0) {
    const where = paths.length === 0 ? "the current folder" : paths.map((path) => `\`${path}\``).join(", ");
    throw new InputError(`no \`.route\` file in ${where}`);
  }
  return [...new Set(files)];
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function below(folder: string): string[] {
  const entries = readdirSync(folder === "" ? "." : folder, { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name.startsWith(".") || entry.name === "node_modules" ? [] : below(path);
      return entry.name.endsWith(".route") ? [path] : [];
    });
}

/** What `-` and a path stand for: standard input, or the file. */
export async function readInput(path: string): Promise<Buffer> {
  if (path !== "-") return tryReading(path, () => readFileSync(path));
  const { buffer } = await import("node:stream/consumers");
  return await buffer(process.stdin);
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "it is there already",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
};

/** Does something that reads the file of that name. Throws InputError where the system refuses it. */
export function tryReading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const problem = fileProblem(error, "read", path);
    throw problem === undefined ? error : new InputError(problem);
  }
}

/** Writes a file. Throws InputError where that cannot be done. */
export function writeOutput(path: string, text: string): void {
  tryWriting(() => writeFileSync(path, text));
}

/** Does something that writes. Throws InputError where the system refuses it. */
export function tryWriting(write: () => void): void {
  try {
    write();
  } catch (error) {
    const problem = fileProblem(error, "write");
    throw problem === undefined ? error : new InputError(problem);
  }
}

/** What the system said of a file, in a sentence; undefined for every other error. */
export function fileProblem(error: unknown, doing: "read" | "write", name?: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", path = "a file" } = error as NodeJS.ErrnoException;
  const problem = PROBLEMS[code];
  return problem === undefined ? undefined : `cannot ${doing} \`${name ?? path}\`: ${problem}`;
}
