/** What changes a policy on somebody's word. */
import type { CodeActionKind } from "vscode-languageserver-protocol";
import type { Declaration, Span } from "../../compiler/syntax/index.ts";
import type { Document } from "../text/document.ts";
import type { Node } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";

/** What stands at a span of the document becomes the text. */
export interface Change {
  readonly span: Span;
  readonly text: string;
}

export interface Refactoring {
  readonly title: string;
  readonly kind: CodeActionKind;
  readonly changes: readonly Change[];
}

/** What a cursor or selection is about. All places of nodes are relative to `base`. */
export interface Selected {
  readonly document: Document;
  readonly workspace: Workspace;
  readonly base: number;
  readonly text: string;
  readonly declaration: Declaration;
  /** From the declaration to the innermost node that has the selection within it. */
  readonly nodes: readonly Node[];
}

/** What was written for a node, as it stands there. */
export function sourceOf({ span }: Node, { text }: Pick<Selected, "text">): string {
  return text.slice(span.start, span.end);
}

/** Where a declaration begins, its comments included. */
export function beginningOf({ declaration, text, base }: Selected): number {
  let start = declaration.span.start;
  for (;;) {
    const before = /(?:^|\n)([ \t]*\/\/[^\n]*\n)$/.exec(text.slice(0, start))?.[1];
    if (before === undefined) return base + start;
    start -= before.length;
  }
}

/** The white space before a node on its line; empty where something else stands there. */
export function indentOf({ span }: Node, { text }: Pick<Selected, "text">): string {
  return /(?:^|\n)([ \t]*)$/.exec(text.slice(0, span.start))?.[1] ?? "";
}
