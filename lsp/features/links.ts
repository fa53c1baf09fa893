/** `textDocument/documentLink`: the files that a policy names. */
import type { DocumentLink } from "vscode-languageserver-protocol";
import type { Document } from "../text/document.ts";
import { uriOf } from "../workspace.ts";
import { linksIn } from "./rename.ts";

export function documentLinks(document: Document): DocumentLink[] {
  return linksIn(document).map(({ span, path }) => ({ range: document.positions.range(span), target: uriOf(path) }));
}
