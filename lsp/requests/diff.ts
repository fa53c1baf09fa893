/** `routec/diff`: what a policy as it stands in the editor decides differently than at a revision. */
import { dirname } from "node:path";
import { lineIndex } from "../../compiler/diagnostics/position.ts";
import { renderMarkdown } from "../../compiler/diff/markdown.ts";
import type { Version } from "../../compiler/diff/wording.ts";
import { type CheckResult, diff } from "../../compiler/index.ts";
import type { Document } from "../text/document.ts";
import type { Workspace } from "../workspace.ts";
import type { Diffed, Problem } from "./protocol.ts";
import { filesAt, RevisionError } from "./revision.ts";

export function diffWith(revision: string, document: Document, workspace: Workspace): Diffed | Problem {
  const main = workspace.mainsOf(document)[0] ?? document;
  try {
    const before = filesAt(revision, dirname(main.path));
    if (!isThere(main.path, before)) return { problem: `the policy is not in ${revision}: all of it is new` };
    const { fileSystem } = workspace;
    const compared = diff(main.path, main.path, { before: { fileSystem: before }, after: { fileSystem } });
    if (compared.difference === undefined)
      return {
        problem: `${hasErrors(compared.before) ? `the policy at ${revision}` : "the policy"} has errors, or no route`,
      };
    const versions = {
      before: versionOf(revision, compared.before),
      after: versionOf("as edited", compared.after),
    };
    const markdown = renderMarkdown(compared.difference, versions);
    return { verdict: compared.difference.verdict, markdown };
  } catch (error) {
    if (error instanceof RevisionError) return { problem: error.message };
    throw error;
  }
}

function isThere(path: string, { read }: { read(path: string): unknown }): boolean {
  try {
    read(path);
    return true;
  } catch {
    return false;
  }
}

function hasErrors({ diagnostics }: CheckResult): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

function versionOf(name: string, { sources }: CheckResult): Version {
  const lines = new Map([...sources].map(([file, text]) => [file, lineIndex(text)]));
  return {
    name,
    line: ({ file, span }) => ({ file, line: (lines.get(file)?.position(span.start).line ?? 0) + 1 }),
  };
}
