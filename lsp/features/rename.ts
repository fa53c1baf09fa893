/** `textDocument/rename`, `prepareRename`, and `workspace/willRenameFiles`. */
import { dirname, relative, resolve, sep } from "node:path";
import { type Range, ResponseError, type TextEdit, type WorkspaceEdit } from "vscode-languageserver-protocol";
import { BUILT_IN_NAMES } from "../../compiler/program/builtins.ts";
import { KEYWORDS, Reserved } from "../../compiler/syntax/tokens.ts";
import { definitionsOf, type Located, occurrenceAt, occurrencesLike, visibleFrom } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import { pathOf, type Workspace } from "../workspace.ts";

/** Of a request that cannot be met (LSP 3.17, `RequestFailed`). */
const REQUEST_FAILED = -32803;

function refuse(message: string): ResponseError<void> {
  return new ResponseError(REQUEST_FAILED, message);
}

/** The name at an offset, if it is one that can be another. */
export function prepareRename(
  document: Document,
  offset: number,
  workspace: Workspace,
): { range: Range; placeholder: string } | undefined {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined || definitionsOf(occurrence, workspace).length === 0) return undefined;
  return { range: document.positions.range(occurrence.span), placeholder: occurrence.text };
}

/** @throws {ResponseError} where the new name cannot be one, or is taken. */
export function rename(document: Document, offset: number, name: string, workspace: Workspace): WorkspaceEdit {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) throw refuse("there is no name here");
  if (definitionsOf(occurrence, workspace).length === 0) throw refuse(`\`${occurrence.text}\` is not declared`);
  const bare = isName(name);
  const mayQuote = occurrence.space === "member" || occurrence.space === "route" || occurrence.space === "test";
  if (!bare && !mayQuote) throw refuse(`\`${name}\` is no name: expected letters, digits and \`_\``);
  const others = occurrencesLike(occurrence, workspace);
  const taken = name === occurrence.text ? undefined : takenBy(name, occurrence, others, workspace);
  if (taken !== undefined) throw refuse(taken);
  const changes: Record<string, TextEdit[]> = {};
  for (const other of others) {
    const quotes = other.quoted || !bare;
    const edits = changes[other.document.uri] ?? [];
    edits.push({ range: other.document.positions.range(other.span), newText: quotes ? JSON.stringify(name) : name });
    changes[other.document.uri] = edits;
  }
  return { changes };
}

function isName(text: string): boolean {
  const keyword = KEYWORDS.get(text);
  const reserved = keyword?.CATEGORIES?.includes(Reserved) === true || text === "_";
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !reserved;
}

function takenBy(
  name: string,
  { space, document, name: from }: Located,
  others: readonly Located[],
  workspace: Workspace,
): string | undefined {
  if (space === "name" && BUILT_IN_NAMES.has(name)) return `\`${name}\` is built in: choose another name`;
  const wanted = space === "member" ? `${from.slice(0, from.lastIndexOf("."))}.${name}` : name;
  for (const home of new Set([document, ...others.map((other) => other.document)]))
    for (const other of visibleFrom(home, workspace))
      if (other.space === space && other.name === wanted) return `\`${name}\` is declared already`;
  return undefined;
}

/** What imports and prompts have to say once files have other names. */
export function renameFiles(files: readonly { oldUri: string; newUri: string }[], workspace: Workspace): WorkspaceEdit {
  const paths = files.flatMap(({ oldUri, newUri }) => {
    const [from, to] = [pathOf(oldUri), pathOf(newUri)];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  /** Where a file will be: folders are renamed too. */
  const after = (path: string): string => {
    const renamed = paths.find(({ from }) => path === from || path.startsWith(`${from}${sep}`));
    return renamed === undefined ? path : renamed.to + path.slice(renamed.from.length);
  };
  const changes: Record<string, TextEdit[]> = {};
  for (const document of workspace.documents) {
    const home = after(document.path);
    const edits = linksIn(document).flatMap(({ span, path, text }): TextEdit[] => {
      const link = relative(dirname(home), after(path)).split(sep).join("/");
      const newText = JSON.stringify(link.startsWith(".") ? link : `./${link}`);
      const moves = home !== document.path || after(path) !== path;
      return moves && newText !== JSON.stringify(text) ? [{ range: document.positions.range(span), newText }] : [];
    });
    if (edits.length > 0) changes[document.uri] = edits;
  }
  return { changes };
}

export interface Link {
  readonly span: { readonly start: number; readonly end: number };
  /** As it is written, and where that is. */
  readonly text: string;
  readonly path: string;
}

/** Texts that are the names of files: imports, prompts, weights and examples. */
export function linksIn(document: Document): readonly Link[] {
  return document.pieces.flatMap(({ start, piece }) =>
    piece.tokens.flatMap((token, i): Link[] => {
      const text = token.payload;
      if (typeof text !== "string" || !token.image.startsWith('"') || text === "") return [];
      const before = piece.tokens.slice(Math.max(0, i - 3), i).map(({ image }) => image);
      if (!namesFile(before, text)) return [];
      const span = moved({ start: token.startOffset, end: token.startOffset + token.image.length }, start);
      return [{ span, text, path: resolve(dirname(document.path), text) }];
    }),
  );
}

function namesFile(before: readonly string[], text: string): boolean {
  const last = before.at(-1) ?? "";
  if (/^(?:import|classifier|module|system)$/.test(last)) return true;
  if (last === "body") return !text.startsWith("/");
  if (before.at(-2) === "similar" && last === "to") return true;
  return before.at(-2) === "ask" || (before[0] === "(" && last === ",");
}
