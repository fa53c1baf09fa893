/** `textDocument/prepareCallHierarchy` and its two directions: which plans and routes run a plan or a model. */
import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  SymbolKind,
} from "vscode-languageserver-protocol";
import type { Declaration, Span } from "../../compiler/syntax/index.ts";
import { occurrencesIn } from "../names/occurrences.ts";
import { definitionsOf, lookUp, occurrenceAt, occurrencesLike } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";
import { nameOf } from "./symbols.ts";

type Caller = Extract<Declaration, { kind: "plan" | "route" | "model" }>;

const KINDS: Readonly<Record<Caller["kind"], SymbolKind>> = {
  plan: SymbolKind.Function,
  route: SymbolKind.Interface,
  model: SymbolKind.Class,
};

function isCaller(definer: object): definer is Caller {
  return "kind" in definer && (definer.kind as string) in KINDS;
}

function itemOf(declaration: Caller, document: Document, base: number): CallHierarchyItem {
  const [name, span] = nameOf(declaration);
  const at = (where: Span) => document.positions.range(moved(where, base));
  return {
    name,
    kind: KINDS[declaration.kind],
    uri: document.uri,
    range: at(declaration.span),
    selectionRange: at(span),
    detail: declaration.kind,
  };
}

export function prepareCalls(document: Document, offset: number, workspace: Workspace): CallHierarchyItem[] {
  const occurrence = occurrenceAt(document, offset);
  if (occurrence === undefined) return [];
  return definitionsOf(occurrence, workspace).flatMap(({ definer, document: home, base }) =>
    isCaller(definer) ? [itemOf(definer, home, base)] : [],
  );
}

/** Who runs it. */
export function callersOf(item: CallHierarchyItem, workspace: Workspace): CallHierarchyIncomingCall[] {
  const document = workspace.find(item.uri);
  const occurrence = document && occurrenceAt(document, document.positions.offset(item.selectionRange.start));
  if (occurrence === undefined) return [];
  const found = new Map<Declaration, CallHierarchyIncomingCall>();
  for (const { document: home, span, definer } of occurrencesLike(occurrence, workspace)) {
    if (definer !== undefined) continue;
    const { start, piece } = home.pieceAt(span.start);
    const caller = piece.declarations.find(
      (each) => start + each.span.start <= span.start && span.end <= start + each.span.end,
    );
    if (caller === undefined || !isCaller(caller)) continue;
    const call = found.get(caller) ?? { from: itemOf(caller, home, start), fromRanges: [] };
    call.fromRanges.push(home.positions.range(span));
    found.set(caller, call);
  }
  return [...found.values()];
}

/** What it runs. */
export function calleesOf(item: CallHierarchyItem, workspace: Workspace): CallHierarchyOutgoingCall[] {
  const document = workspace.find(item.uri);
  if (document === undefined) return [];
  const offset = document.positions.offset(item.selectionRange.start);
  const { start, piece } = document.pieceAt(offset);
  const caller = piece.declarations.find(({ span }) => start + span.start <= offset && offset <= start + span.end);
  if (caller === undefined) return [];
  const found = new Map<string, CallHierarchyOutgoingCall>();
  for (const { space, name, span, definer } of occurrencesIn(piece)) {
    if (space !== "name" || definer !== undefined || span.start < caller.span.start || span.end > caller.span.end)
      continue;
    const callee = lookUp(name, document, workspace);
    if (callee === undefined || !isCaller(callee.definer)) continue;
    const call = found.get(name) ?? { to: itemOf(callee.definer, callee.document, callee.base), fromRanges: [] };
    call.fromRanges.push(document.positions.range(moved(span, start)));
    found.set(name, call);
  }
  return [...found.values()];
}
