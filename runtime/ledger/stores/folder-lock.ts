/**
 * Keeps a folder to one process. The lock is the system's, on a file that SQLite opens for that: it is gone with the
 * process, however that ends, and holds between containers that share the folder, where the number of a process says
 * nothing.
 */
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { reason } from "./journal.ts";
import { StoreError } from "./store-error.ts";

/** Makes the folder where it is missing, and returns what gives it back. Throws where another process has it, or it cannot be had. */
export function lockFolder(folder: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // SQLite would open the lock of a folder that may only be read.
    accessSync(folder, constants.W_OK);
    database = new DatabaseSync(join(folder, "lock"));
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    throw new StoreError(whyNotLocked(folder, error as Error));
  }
  return () => database.close();
}

function whyNotLocked(folder: string, error: Error): string {
  if (/locked/.test(error.message))
    return `\`${folder}\` is in use by another routec: a ledger on disk belongs to one process`;
  if (/not a database/.test(error.message))
    return `\`${join(folder, "lock")}\` is damaged: while no routec uses it, it can be deleted, as it holds no counts`;
  if (Reflect.get(error, "code") === "EEXIST") return `\`${folder}\` is a file: expected a folder`;
  return `the ledger cannot be kept in \`${folder}\`: ${reason(error)}`;
}
