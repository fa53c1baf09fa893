/** Files as they were at a revision of the git repository around the current folder. */
import { execFileSync } from "node:child_process";
import { relative, sep } from "node:path";
import type { FileSystem } from "../compiler/index.ts";
import { InputError } from "./command.ts";

/** Enough for any file that a policy can name. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads at the revision what paths of the current tree name. Throws InputError when there is no such revision. */
export function filesAt(revision: string): FileSystem {
  const commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  if (commit === undefined)
    throw new InputError(`\`${revision}\` is no revision of a git repository around the current folder`);
  const id = commit.toString().trim();
  return {
    real: (path) => path,
    read: (path) => {
      const here = relative(process.cwd(), path).split(sep).join("/");
      const content = git(["cat-file", "blob", `${id}:./${here}`]);
      if (content === undefined) throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT", path });
      return content;
    },
  };
}

/** What git prints; undefined when it exits with an error. */
function git(args: readonly string[]): Buffer | undefined {
  try {
    return execFileSync("git", args, { maxBuffer: MOST_BYTES, stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new InputError("`git` is not installed, or not on the path");
    return undefined;
  }
}
