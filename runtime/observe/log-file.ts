/** Files that a log is appended to. */
import { closeSync, constants, fstatSync, openSync, readSync, write, writeSync } from "node:fs";

/** Takes a log's bytes. One write is under way at a time. */
export interface LogSink {
  /** Tells how many of the bytes, from their beginning, were written; or why none was. */
  write(bytes: Buffer, done: (error: Error | null, written: number) => void): void;
  /** Goes on in a new file of the same name, where the old one was moved away. Throws when it cannot be had. */
  reopen(): void;
  close(): void;
}

/** Only the operator may read it. */
const MODE = 0o600;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
const STANDARD_OUTPUT = 1;
const LF = 0x0a;

/**
 * The file at `path`, which is made where there is none; what stands in it stays. Threads and processes may append to
 * one file: each write is of whole lines and goes behind all others. Throws the system's error.
 */
export function fileSink(path: string): LogSink {
  let file = openLog(path);
  return {
    write: (bytes, done) => write(file, bytes, 0, bytes.length, null, done),
    reopen() {
      const next = openLog(path);
      closeSync(file);
      file = next;
    },
    close: () => closeSync(file),
  };
}

/** Standard output, which is never opened anew. */
export function outputSink(): LogSink {
  return {
    write: (bytes, done) => write(STANDARD_OUTPUT, bytes, 0, bytes.length, null, done),
    reopen: () => {},
    close: () => {},
  };
}

/** A process that died in a write left half a line behind: what comes next begins on a line of its own. */
function openLog(path: string): number {
  const file = openSync(path, FLAGS, MODE);
  const stat = fstatSync(file);
  if (stat.isFile() && stat.size > 0) {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, stat.size - 1);
    if (last[0] !== LF) writeSync(file, "\n");
  }
  return file;
}
