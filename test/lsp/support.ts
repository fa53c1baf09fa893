/** Policies in an editor that is no process: what features say of them, in one line a case. */
import type { Position, TextEdit, WorkspaceEdit } from "vscode-languageserver-protocol";
import { createCheck } from "../../lsp/checking/check.ts";
import type { Understanding } from "../../lsp/checking/understanding.ts";
import type { Document } from "../../lsp/text/document.ts";
import type { Encoding } from "../../lsp/text/positions.ts";
import { uriOf, Workspace } from "../../lsp/workspace.ts";

const FOLDER = "/policies/";

/** Open documents, of which the first is the main one. `¦` in it is the cursor; two are the ends of a selection. */
export interface Opened {
  readonly workspace: Workspace;
  readonly document: Document;
  /** Of the first mark. */
  readonly offset: number;
  readonly end: number;
  readonly named: (file: string) => Document;
}

export function opened(
  main: string,
  others: Readonly<Record<string, string>> = {},
  encoding: Encoding = "utf-16",
): Opened {
  const workspace = new Workspace([], encoding);
  const [start, end] = marksIn(main);
  const document = workspace.open(uriOf(`${FOLDER}main.route`), main.replaceAll("¦", ""), 1);
  for (const [name, text] of Object.entries(others)) workspace.open(uriOf(FOLDER + name), text, 1);
  const named = (file: string): Document => workspace.at(FOLDER + file) as Document;
  return { workspace, document, offset: start ?? 0, end: end ?? start ?? 0, named };
}

function marksIn(text: string): number[] {
  return [...text.matchAll(/¦/g)].map(({ index }, i) => index - i);
}

/** The same after a check. */
export function checked(main: string, others?: Readonly<Record<string, string>>, encoding?: Encoding): Opened {
  const all = opened(main, others, encoding);
  check(all);
  return all;
}

export function check({ workspace, document }: Pick<Opened, "workspace" | "document">): Understanding {
  const understanding = toEnd(createCheck(document.path, workspace.fileSystem)());
  const revisions = new Map(workspace.openDocuments.map(({ path, revision }) => [path, revision]));
  if (understanding === undefined) throw new Error("nothing was understood");
  workspace.understood(document.path, understanding, revisions);
  return understanding;
}

/** What comes of all steps. */
export function toEnd<T>(steps: Generator<unknown, T>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** The text of a document after edits, which may come in any order. */
export function edited(document: Document, edits: readonly TextEdit[]): string {
  return edits
    .map(({ range, newText }) => ({ ...document.positions.span(range), newText }))
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, newText }) => text.slice(0, start) + newText + text.slice(end), document.text);
}

/** The texts of all documents that a workspace edit changes, by name. */
export function editedAll(
  { workspace }: Pick<Opened, "workspace">,
  { changes = {} }: WorkspaceEdit,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(changes).map(([uri, edits]) => {
      const document = workspace.find(uri) as Document;
      return [document.path.slice(FOLDER.length), edited(document, edits)];
    }),
  );
}

/** What stands in ranges of a document. */
export function textsAt(document: Document, ranges: readonly { start: Position; end: Position }[]): string[] {
  return ranges.map((range) => {
    const { start, end } = document.positions.span(range);
    return document.text.slice(start, end);
  });
}

/** Facts that need no catalog. */
export const MODELS = `provider lab { protocol simulated  residency eu }
provider shop { protocol simulated  residency us }
model small = lab "small" { context 8k  output 1k  price { input $0.10, output $0.30 }  can [tools] }
/// The one that knows most.
model big = shop "big" { context 100k  output 8k  price { input $1, output $3 }  can [tools, vision]  tags [best] }
`;

export const REQUEST = `request {
  tenant string from claim "org"
  tier free | pro | enterprise from claim "tier" default free
  urgent bool from header "x-urgent" default false
}
`;
