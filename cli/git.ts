/** Files as they were at a revision of the git repository around the current folder. */
import type { FileSystem } from "../compiler/index.ts";
import * as revision from "../lsp/requests/revision.ts";
import { InputError } from "./command.ts";

/** Reads at the revision what paths of the current tree name. Throws InputError when there is no such revision. */
export function filesAt(name: string): FileSystem {
  try {
    return revision.filesAt(name, process.cwd());
  } catch (error) {
    throw error instanceof revision.RevisionError ? new InputError(error.message) : error;
  }
}
