/** `textDocument/foldingRange` and `selectionRange`: what belongs together. */
import {
  type FoldingRange,
  FoldingRangeKind,
  type Position,
  type SelectionRange,
} from "vscode-languageserver-protocol";
import { endOf } from "../../compiler/syntax/tokens.ts";
import type { Document } from "../text/document.ts";
import { moved, nodesAt } from "../text/tree.ts";

/** Brackets over several lines, comments below each other, and imports. */
export function foldingRanges(document: Document): FoldingRange[] {
  const { lines } = document.positions;
  const found: FoldingRange[] = [];
  const add = (from: number, to: number, kind?: FoldingRangeKind): void => {
    if (to > from) found.push({ startLine: from, endLine: to, ...(kind !== undefined && { kind }) });
  };
  let imports: { from: number; to: number } | undefined;
  for (const { start, piece } of document.pieces) {
    const lineOf = (offset: number): number => lines.position(start + offset).line;
    const open: number[] = [];
    for (const token of piece.tokens) {
      if ("{[(".includes(token.image)) open.push(lineOf(token.startOffset));
      // The line of the closing bracket stays to be seen.
      else if ("}])".includes(token.image)) add(open.pop() ?? Number.MAX_SAFE_INTEGER, lineOf(token.startOffset) - 1);
    }
    let comment: { from: number; to: number } | undefined;
    for (const { span } of piece.comments) {
      const line = lineOf(span.start);
      if (comment !== undefined && line === comment.to + 1) comment.to = line;
      else {
        if (comment !== undefined) add(comment.from, comment.to, FoldingRangeKind.Comment);
        comment = { from: line, to: line };
      }
    }
    if (comment !== undefined) add(comment.from, comment.to, FoldingRangeKind.Comment);
    for (const { kind, keyword, span } of piece.declarations) {
      if (kind === "import") imports = { from: imports?.from ?? lineOf(keyword.start), to: lineOf(span.end) };
      else if (imports !== undefined) {
        add(imports.from, imports.to, FoldingRangeKind.Imports);
        imports = undefined;
      }
    }
  }
  if (imports !== undefined) add(imports.from, imports.to, FoldingRangeKind.Imports);
  return found;
}

/** From the word at each position out to the whole file. */
export function selectionRanges(document: Document, positions: readonly Position[]): SelectionRange[] {
  return positions.map((position) => {
    const offset = document.positions.offset(position);
    const { start, piece } = document.pieceAt(offset);
    const at = offset - start;
    const token = piece.tokens.find(
      ({ startOffset, ...rest }) => startOffset <= at && at <= startOffset + rest.image.length,
    );
    const spans = [
      { start: 0, end: document.text.length },
      ...nodesAt(piece.declarations, at).map(({ span }) => moved(span, start)),
      ...(token === undefined ? [] : [moved({ start: token.startOffset, end: endOf(token) }, start)]),
      { start: offset, end: offset },
    ];
    let selection: SelectionRange | undefined;
    let last: { start: number; end: number } | undefined;
    for (const span of spans) {
      const same = last !== undefined && span.start === last.start && span.end === last.end;
      const within = last === undefined || (span.start >= last.start && span.end <= last.end);
      if (same || !within) continue;
      selection = { range: document.positions.range(span), ...(selection !== undefined && { parent: selection }) };
      last = span;
    }
    return selection as SelectionRange;
  });
}
