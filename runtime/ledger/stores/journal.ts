/**
 * The ledger's file: one line for each sum that was written down, the last one of a cell counts. A line has its CRC-32
 * at its end and a line break before it, so that what was torn spoils nothing but itself.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { crc32 } from "node:zlib";
import type { Cell } from "./counter-table.ts";
import { StoreError } from "./store-error.ts";

export const FORMAT = "routec ledger 1";

/** What is left of a file. */
export interface Recovered {
  readonly cells: readonly Cell[];
  /** Lines that are not as they were written. */
  readonly damaged: number;
}

/** Reads a folder's file; none counts as an empty one. Throws where not a line of it is good. */
export function readJournal(folder: string): Recovered {
  const path = join(folder, "ledger");
  const text = readIfThere(path);
  const last = new Map<string, Cell>();
  let good = 0;
  let damaged = 0;
  for (const line of text.split("\n")) {
    const content = line === "" ? undefined : checked(line);
    if (line === "") continue;
    if (content === undefined) {
      damaged++;
      continue;
    }
    good++;
    if (content === FORMAT) continue;
    const [id, length, bucket, expires, sum] = content.split(" ") as [string, string, string, string, string];
    const words = Buffer.from(id, "hex");
    last.set(`${id} ${bucket}`, {
      id: Int32Array.from({ length: 4 }, (_, word) => words.readInt32LE(word * 4)),
      length: Number(length),
      bucket: Number(bucket),
      expires: Number(expires),
      sum: Number(sum),
    });
  }
  if (good === 0 && damaged > 0) throw new StoreError(`\`${path}\` is not a ledger, or nothing of it can be read`);
  return { cells: [...last.values()], damaged };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new StoreError(`\`${path}\` cannot be read: ${reason(error)}`);
  }
}

/** The line without its checksum, or undefined where that is not right. */
function checked(line: string): string | undefined {
  const end = line.lastIndexOf(" ");
  const content = line.slice(0, end);
  return line.slice(end + 1) === checksum(content) ? content : undefined;
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(8, "0");
}

function lineOf(content: string): string {
  return `\n${content} ${checksum(content)}`;
}

export function cellLine({ id, length, bucket, expires, sum }: Cell): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("hex");
  return lineOf(`${hex} ${length} ${bucket} ${expires} ${sum}`);
}

/** Opens the file to be added to. */
export function openJournal(folder: string): number {
  return openSync(join(folder, "ledger"), "a", 0o600);
}

/** Adds lines. Throws when not all of them could be written. */
export function append(file: number, lines: string, sync: boolean): void {
  const bytes = Buffer.from(lines, "latin1");
  const written = writeSync(file, bytes);
  if (written < bytes.length) throw new Error("no space left on device");
  if (sync) fdatasyncSync(file);
}

/** Replaces the file by one with these cells alone, at once; returns its size in bytes. Throws, and leaves it as it was. */
export function rewrite(folder: string, cells: Iterable<Cell>): number {
  const draft = join(folder, "ledger.new");
  try {
    const file = openSync(draft, "w", 0o600);
    let size = 0;
    try {
      let lines = lineOf(FORMAT);
      const flush = (): void => {
        append(file, lines, false);
        size += lines.length;
        lines = "";
      };
      for (const cell of cells) {
        lines += cellLine(cell);
        if (lines.length > 65_536) flush();
      }
      flush();
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, join(folder, "ledger"));
    return size;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** What the system says, without the call and path that Node adds. */
export function reason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
