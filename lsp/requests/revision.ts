/** Files as they were at a revision of the git repository around a folder. */
import { execFileSync } from "node:child_process";
import { relative, sep } from "node:path";
import type { FileSystem } from "../../compiler/index.ts";

/** Enough for any file that a policy can name. */
const MOST_BYTES = 256 * 1024 * 1024;

/** There is no git, no repository, or no such revision in it. */
export class RevisionError extends Error {
  override readonly name = "RevisionError";
}

/** Reads at the revision what paths of the current tree name. Throws RevisionError when there is no such revision. */
export function filesAt(revision: string, folder: string): FileSystem {
  const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`], folder);
  if (commit === undefined)
    throw new RevisionError(`\`${revision}\` is no revision of a git repository around the current folder`);
  const id = commit.toString().trim();
  return {
    real: (path) => path,
    read: (path) => {
      const here = relative(folder, path).split(sep).join("/");
      const content = git(["cat-file", "blob", `${id}:./${here}`], folder);
      if (content === undefined) throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT", path });
      return content;
    },
  };
}

/** What git prints; undefined when it exits with an error. */
function git(args: readonly string[], cwd: string): Buffer | undefined {
  try {
    return execFileSync("git", args, { cwd, maxBuffer: MOST_BYTES, stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new RevisionError("`git` is not installed, or not on the path");
    return undefined;
  }
}
