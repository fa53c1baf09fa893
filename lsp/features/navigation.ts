/** `textDocument/definition`, `references` and `documentHighlight`. */
import {
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
  type LocationLink,
} from "vscode-languageserver-protocol";
import { definitionsOf, type Located, occurrenceAt, occurrencesLike } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";

export function definition(document: Document, offset: number, workspace: Workspace): LocationLink[] {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) return [];
  return definitionsOf(occurrence, workspace).map(({ document: home, span, base, definer }) => ({
    originSelectionRange: document.positions.range(occurrence.span),
    targetUri: home.uri,
    targetRange: home.positions.range(moved(definer.span, base)),
    targetSelectionRange: home.positions.range(span),
  }));
}

/** For clients that know no links. */
export function asLocations(links: readonly LocationLink[]): Location[] {
  return links.map(({ targetUri, targetSelectionRange }) => ({ uri: targetUri, range: targetSelectionRange }));
}

export function references(
  document: Document,
  offset: number,
  workspace: Workspace,
  withDefinition: boolean,
): Location[] {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) return [];
  return occurrencesLike(occurrence, workspace)
    .filter(({ definer }) => withDefinition || definer === undefined)
    .map(locationOf);
}

export function locationOf({ document, span }: Located): Location {
  return { uri: document.uri, range: document.positions.range(span) };
}

export function highlights(document: Document, offset: number, workspace: Workspace): DocumentHighlight[] {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) return [];
  return occurrencesLike(occurrence, workspace)
    .filter((other) => other.document === document)
    .map(({ span, definer }) => ({
      range: document.positions.range(span),
      kind: definer === undefined ? DocumentHighlightKind.Read : DocumentHighlightKind.Write,
    }));
}
