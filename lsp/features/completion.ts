/** `textDocument/completion` and `completionItem/resolve`. */
import {
  type CompletionItem,
  CompletionItemTag,
  type CompletionList,
  InsertTextFormat,
  MarkupKind,
} from "vscode-languageserver-protocol";
import { candidatesAt } from "../completion/candidates.ts";
import { placeAt } from "../completion/place.ts";
import { lookUp } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import type { Workspace } from "../workspace.ts";
import { describe } from "./hover.ts";

/** What `resolve` needs to find again what an item is about. */
interface Data {
  readonly uri: string;
  readonly name: string;
}

/** @param snippets whether the client can fill in forms. */
export function complete(document: Document, offset: number, workspace: Workspace, snippets: boolean): CompletionList {
  const place = placeAt(document, offset, workspace);
  if (place === undefined) return { isIncomplete: false, items: [] };
  const range = document.positions.range(place.written);
  const items = candidatesAt(place).map((candidate, i): CompletionItem => {
    const { label, kind, detail, documentation, deprecated, of } = candidate;
    const form = snippets ? candidate.snippet : undefined;
    return {
      label,
      kind,
      // In the order of how well they fit.
      sortText: String(i).padStart(5, "0"),
      textEdit: { range, newText: form ?? label },
      ...(form !== undefined && { insertTextFormat: InsertTextFormat.Snippet }),
      ...(detail !== undefined && { detail }),
      ...(documentation !== undefined && { documentation: { kind: MarkupKind.Markdown, value: documentation } }),
      ...(deprecated && { tags: [CompletionItemTag.Deprecated] }),
      ...(of !== undefined && { data: { uri: document.uri, name: of } satisfies Data }),
    };
  });
  return { isIncomplete: false, items };
}

/** Adds what hovering over the name would show. */
export function resolveCompletion(item: CompletionItem, workspace: Workspace): CompletionItem {
  const { uri, name } = (item.data ?? {}) as Partial<Data>;
  const document = uri === undefined ? undefined : workspace.find(uri);
  const definition = document && name !== undefined ? lookUp(name, document, workspace) : undefined;
  if (definition === undefined) return item;
  return { ...item, documentation: { kind: MarkupKind.Markdown, value: describe(definition, workspace) } };
}
