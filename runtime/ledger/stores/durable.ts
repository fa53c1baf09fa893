/**
 * Counters in this process with a disk under them.
 *
 * What stands on disk for a sum, its mark, is never below the sum: before a sum passes its mark a higher one is written,
 * by up to a 1024th of the limit ahead, so that most reservations write nothing. A process that is killed finds, when it
 * is started again, its marks as sums: at least what was spent, and never more than the limit. What it counts too much
 * of a counter is that 1024th, and what was held when the mark was written and came to less. A clean stop writes the sums as
 * they are.
 *
 * `node bench/ledger.ts` has what it costs: as much as in memory, and some microseconds where a mark is written.
 *
 * One file, added to by whichever thread has the lock. It is written anew when it has grown, with what still counts.
 */
import { closeSync } from "node:fs";
import { CAPACITY, type CounterTable, createCounterTable, sizeFor } from "./counter-table.ts";
import { lockFolder } from "./folder-lock.ts";
import { append, cellLine, openJournal, readJournal, reason, rewrite } from "./journal.ts";
import { releaseLock, tryLock, unlock, whenLocked } from "./lock.ts";
import type { MemoryOptions, SharedStore } from "./memory.ts";
import { type Backing, createSharedStore, type Entry } from "./shared-store.ts";
import { StoreError } from "./store-error.ts";

export interface DurableOptions extends MemoryOptions {
  /** Where the files are; made where it is missing. Of one process at a time. */
  readonly folder: string;
  /** Whether each mark is forced to the disk before it counts: for the loss of power, not only of the process. */
  readonly sync?: boolean;
  /** As of the store in memory; also of damaged lines, a disk that is full, and that it is not any more. */
  readonly report?: (message: string) => void;
}

/** Parts of its limit by which a mark is ahead of its sum. */
const AHEAD = 1024;
/** The file is written anew when it is longer than this and than four times what it was when it was new, in bytes. */
const COMPACT_FROM = 1_048_576;
/** In the table's header (`FULL_AT` too), of all threads: which file it is, its length, its length when new, whether it is closed. */
const FILE = 1;
const LENGTH = 2;
const NEW = 3;
const CLOSED = 4;

/**
 * Throws where the folder cannot be written, is another process's, or holds a file of which nothing can be read. The
 * thread that makes it without `shared` owns it, and closes it last.
 */
export function createDurableStore(options: DurableOptions): SharedStore {
  const { folder, shared, capacity = CAPACITY, report = () => {} } = options;
  const table = createCounterTable(shared ?? new SharedArrayBuffer(sizeFor(capacity)));
  const unlockFolder = shared === undefined ? lockFolder(folder) : undefined;
  const journal = createBacking(table, options);
  if (unlockFolder !== undefined) {
    try {
      recover(table, folder, report);
      journal.compact("marks", Date.now());
    } catch (error) {
      unlockFolder();
      throw error;
    }
  }

  function closeNow(): void {
    if (unlockFolder !== undefined && table.header[CLOSED] === 0) {
      table.header[CLOSED] = 1;
      journal.compact("sums", Date.now());
      unlockFolder();
    }
    journal.close();
  }

  return {
    ...createSharedStore(table, { backing: journal, report }),
    shared: table.shared,
    release: (threadId) => releaseLock(table.words, threadId, table.repair),
    async close() {
      if (!tryLock(table.words)) return whenLocked(table.words, closeNow);
      try {
        closeNow();
      } finally {
        unlock(table.words);
      }
    },
  };
}

function recover(table: CounterTable, folder: string, report: (message: string) => void): void {
  const now = Date.now();
  const { cells, damaged } = readJournal(folder);
  if (damaged > 0)
    report(`${damaged} lines of the ledger in \`${folder}\` are damaged: their counters are as the last good ones say`);
  for (const cell of cells) {
    if (cell.expires > now && !table.restore(cell, now)) {
      throw new StoreError(`the ledger in \`${folder}\` has more counters than there is room for: ${table.capacity}`);
    }
  }
}

function createBacking(table: CounterTable, { folder, sync = false, report = () => {} }: DurableOptions) {
  const { header, sums, marks } = table;
  let file: number | undefined;
  /** Of which file `file` is. */
  let opened = -1;
  let failed = false;

  function whyClosed(): string | undefined {
    return header[CLOSED] === 0 ? undefined : "the ledger is closed";
  }

  function current(): number {
    if (file !== undefined && opened === header[FILE]) return file;
    close();
    file = openJournal(folder);
    opened = header[FILE] as number;
    return file;
  }

  function close(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  /** Writes the file anew. Where that cannot be, the old one is still good. */
  function compact(of: "marks" | "sums", now: number): void {
    // First, so that nobody adds to the old file should this thread end between the two.
    header[FILE] = (header[FILE] as number) + 1;
    try {
      header[NEW] = rewrite(folder, table.cells(of, now));
      header[LENGTH] = header[NEW];
    } catch (error) {
      tell(error);
      // Not with every line again.
      header[NEW] = header[LENGTH] as number;
    }
  }

  function tell(error: unknown): string {
    const detail = `the ledger cannot write to \`${folder}\`: ${reason(error)}`;
    if (!failed) report(detail);
    failed = true;
    return detail;
  }

  function cover(entries: readonly Entry[], now: number): string | undefined {
    const closed = whyClosed();
    if (closed !== undefined) return closed;
    const raised = marksFor(entries);
    let lines = "";
    for (const [cell, { slot, mark }] of raised) lines += cellLine(table.describe(slot, cell, mark));
    try {
      append(current(), lines, sync);
    } catch (error) {
      return tell(error);
    }
    if (failed) report(`the ledger can write to \`${folder}\` again`);
    failed = false;
    for (const [cell, { mark }] of raised) marks[cell] = mark;
    header[LENGTH] = (header[LENGTH] as number) + lines.length;
    if ((header[LENGTH] as number) > Math.max(COMPACT_FROM, 4 * (header[NEW] as number))) compact("marks", now);
    return undefined;
  }

  function marksFor(entries: readonly Entry[]): Map<number, { slot: number; mark: number }> {
    const changed = new Map<number, { slot: number; mark: number }>();
    for (const { slot, generation, bucket, limit } of entries) {
      const cell = table.generationOf(slot) === generation ? table.cellOf(slot, bucket) : -1;
      if (cell < 0) continue;
      const sum = sums[cell] as number;
      if (sum <= (marks[cell] as number)) continue;
      const total = table.sum(slot);
      const ahead = Math.floor((limit < Number.MAX_SAFE_INTEGER ? limit : total) / AHEAD);
      // What other buckets are ahead by is taken back first: together the marks must not pass the limit.
      if (table.isSliding(slot)) {
        for (const other of table.ringCells(slot)) {
          const own = sums[other] as number;
          if (other !== cell && (marks[other] as number) !== own) changed.set(other, { slot, mark: own });
        }
      }
      changed.set(cell, { slot, mark: sum + Math.max(0, Math.min(ahead, limit - total)) });
    }
    return changed;
  }

  return {
    covers: (cell) => (sums[cell] as number) <= (marks[cell] as number),
    cover,
    closed: whyClosed,
    compact,
    close,
  } satisfies Backing & Record<string, unknown>;
}
