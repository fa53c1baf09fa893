/** `textDocument/documentSymbol` and `workspace/symbol`. */
import { type DocumentSymbol, SymbolKind, type WorkspaceSymbol } from "vscode-languageserver-protocol";
import {
  asWritten,
  type Declaration,
  formatCondition,
  formatExpression,
  type Rule,
  type Span,
} from "../../compiler/syntax/index.ts";
import { definitionsIn } from "../names/symbols.ts";
import { typeText, writtenType } from "../names/types.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";

const KINDS: Readonly<Record<Declaration["kind"], SymbolKind>> = {
  import: SymbolKind.File,
  zone: SymbolKind.Constant,
  request: SymbolKind.Struct,
  provider: SymbolKind.Module,
  model: SymbolKind.Class,
  signal: SymbolKind.Event,
  let: SymbolKind.Variable,
  meter: SymbolKind.Number,
  plan: SymbolKind.Function,
  route: SymbolKind.Interface,
  prove: SymbolKind.Boolean,
  test: SymbolKind.Method,
};

/** Longer ones are cut. */
const LONGEST = 80;

export function documentSymbols(document: Document): DocumentSymbol[] {
  return document.pieces.flatMap(({ start, piece }) => {
    const at = (span: Span) => document.positions.range(moved(span, start));
    const symbol = (
      name: string,
      kind: SymbolKind,
      span: Span,
      own: Span,
      children: DocumentSymbol[] = [],
    ): DocumentSymbol => ({
      // A name of no characters is an error of the protocol.
      name: name === "" ? "…" : name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name,
      kind,
      range: at(span),
      // What could not be read has the place of something else.
      selectionRange: at(own.start >= span.start && own.end <= span.end ? own : span),
      ...(children.length > 0 && { children }),
    });
    const ofRule = (rule: Rule): DocumentSymbol[] => {
      const spelling = asWritten(piece.text);
      switch (rule.kind) {
        case "when":
          return [
            symbol(
              `when ${formatCondition(rule.condition, spelling)} -> ${formatExpression(rule.run, spelling)}`,
              SymbolKind.Key,
              rule.span,
              rule.span,
            ),
          ];
        case "group":
          return [
            symbol(
              `when ${formatCondition(rule.condition, spelling)}`,
              SymbolKind.Namespace,
              rule.span,
              rule.span,
              rule.rules.flatMap(ofRule),
            ),
          ];
        case "match":
          return [symbol("match", SymbolKind.Namespace, rule.span, rule.span)];
        case "otherwise":
          return [symbol(`otherwise -> ${formatExpression(rule.run, spelling)}`, SymbolKind.Key, rule.span, rule.span)];
      }
    };
    return piece.declarations.map((declaration) => {
      const [name, own] = nameOf(declaration);
      const children =
        declaration.kind === "request"
          ? declaration.attributes.map((each) => {
              const type = writtenType(each.type);
              return {
                ...symbol(each.name.text, SymbolKind.Field, each.span, each.name.span),
                ...(type && { detail: typeText(type) }),
              };
            })
          : declaration.kind === "route"
            ? declaration.rules.flatMap(ofRule)
            : [];
      return { ...symbol(name, KINDS[declaration.kind], declaration.span, own, children), detail: declaration.kind };
    });
  });
}

/** The name of a declaration, or what stands for one. */
export function nameOf(declaration: Declaration): readonly [name: string, span: Span] {
  switch (declaration.kind) {
    case "import":
      return [declaration.path.text, declaration.path.span];
    case "zone":
      return [declaration.zone.text, declaration.zone.span];
    case "request":
      return ["request", declaration.keyword];
    case "route": {
      const [first] = declaration.names;
      return [declaration.names.map(({ text }) => text).join(", "), first?.span ?? declaration.keyword];
    }
    case "test":
      return [declaration.title.text, declaration.title.span];
    default:
      return [declaration.name.text, declaration.name.span];
  }
}

/** Those whose names have the letters of the query, in their order. */
export function workspaceSymbols(query: string, workspace: Workspace): WorkspaceSymbol[] {
  const MOST = 500;
  const wanted = query.toLowerCase();
  const found: WorkspaceSymbol[] = [];
  for (const document of workspace.documents)
    for (const { name, space, definer, span } of definitionsIn(document)) {
      if (space === "member" || !hasLetters(name.toLowerCase(), wanted)) continue;
      const kind = "kind" in definer ? KINDS[definer.kind as Declaration["kind"]] : SymbolKind.Field;
      found.push({ name, kind, location: { uri: document.uri, range: document.positions.range(span) } });
      if (found.length === MOST) return found;
    }
  return found;
}

function hasLetters(name: string, query: string): boolean {
  let at = 0;
  for (const letter of name) if (letter === query[at]) at++;
  return at === query.length;
}
