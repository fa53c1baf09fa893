/** Writes over a policy, so that nobody sees half of it. */
import { randomUUID } from "node:crypto";
import { accessSync, chmodSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tryWriting } from "./files.ts";

/**
 * Puts a text in the place of a file's at once; the file keeps its mode, and a link stays one. Throws InputError where
 * that cannot be done, and leaves the file as it was.
 */
export function replaceFile(path: string, text: string): void {
  tryWriting(() => {
    const target = realpathSync(path);
    // A file can be renamed over even if it may not be written.
    accessSync(target, constants.W_OK);
    const draft = `${target}.${randomUUID()}`;
    try {
      writeFileSync(draft, text, { flag: "wx" });
      chmodSync(draft, statSync(target).mode & 0o7777);
      renameSync(draft, target);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  });
}
