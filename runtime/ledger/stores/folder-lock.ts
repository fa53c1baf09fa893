/**
 * Keeps a folder to one process. The lock is the system's, on a file that SQLite opens for that: it is gone with the
 * process, however that ends, and holds between containers that share the folder, where the number of a process says
 * nothing.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store-error.ts";

/** Makes the folder where it is missing, and returns what gives it back. Throws where another process has it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, "lock"));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!/locked/.test((error as Error).message)) throw error;
    throw new StoreError(`\`${folder}\` is in use by another routec: a ledger on disk belongs to one process`);
  }
  return () => database.close();
}
