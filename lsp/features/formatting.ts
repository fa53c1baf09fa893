/** `textDocument/formatting`, `rangeFormatting` and `onTypeFormatting`: the canonical form, of what could be read. */
import type { TextEdit } from "vscode-languageserver-protocol";
import { format, parse, type Span } from "../../compiler/syntax/index.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";

/** Declarations beside each other that could be read: they are formatted together, as they stand in columns. */
interface Stretch {
  readonly start: number;
  readonly text: string;
}

export function formatDocument(document: Document): TextEdit[] {
  return stretchesOf(document).flatMap((stretch) => editsOf(stretch, document));
}

/** Of what is changed, the lines that meet the range. */
export function formatRange(document: Document, { start, end }: Span): TextEdit[] {
  const { lines } = document.positions;
  const [first, last] = [lines.position(start).line, lines.position(end).line];
  return formatDocument(document).filter(({ range }) => range.start.line <= last && range.end.line >= first);
}

/** After a brace that ends a declaration, or a line end: the declaration before it, where it could be read. */
export function formatOnType(document: Document, offset: number, typed: string): TextEdit[] {
  const { start, piece } = document.pieceAt(Math.max(0, offset - 1));
  if (typed === "}") {
    const closes = piece.declarations.some(({ span }) => start + span.end === offset);
    return closes && piece.diagnostics.length === 0
      ? formatRange(document, moved({ start: 0, end: offset - start }, start))
      : [];
  }
  return indentLine(document, offset);
}

/** A new line is indented by the brackets that are open before it. */
function indentLine(document: Document, offset: number): TextEdit[] {
  const { start, piece } = document.pieceAt(offset);
  const { lines } = document.positions;
  const line = lines.span(lines.position(offset).line);
  const written = /^[ \t]*/.exec(document.text.slice(line.start, line.end))?.[0] ?? "";
  const depth = piece.tokens
    .filter(({ startOffset }) => start + startOffset < line.start)
    .reduce((open, { image }) => open + ("{[(".includes(image) ? 1 : "}])".includes(image) ? -1 : 0), 0);
  const closes = /^[ \t]*[}\])]/.test(document.text.slice(line.start, line.end));
  const wanted = "  ".repeat(Math.max(0, depth - (closes ? 1 : 0)));
  if (wanted === written) return [];
  const range = document.positions.range({ start: line.start, end: line.start + written.length });
  return [{ range, newText: wanted }];
}

function stretchesOf(document: Document): readonly Stretch[] {
  const { pieces, text } = document;
  if (pieces.every(({ piece }) => piece.diagnostics.length === 0)) return [{ start: 0, text }];
  const stretches: { start: number; text: string }[] = [];
  let open: { start: number; text: string } | undefined;
  for (const { start, piece } of pieces) {
    if (piece.diagnostics.length > 0) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = { start, text: "" };
      stretches.push(open);
    }
    open.text += piece.text;
  }
  return stretches;
}

function editsOf({ start, text }: Stretch, document: Document): TextEdit[] {
  const { tree, diagnostics } = parse("", text);
  if (diagnostics.length > 0) return [];
  const whole = start + text.length === document.text.length;
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  // What stands around a stretch has its own empty lines.
  const before = start === 0 ? "" : (/^\s*/.exec(text)?.[0] ?? "");
  const after = whole ? "" : (/\s*$/.exec(text)?.[0] ?? "");
  const formatted = format(text, tree);
  const body = start === 0 ? formatted : formatted.trimStart();
  const tidy = before + (whole ? body : body.trimEnd()) + after;
  return lineEdits(text, lineEnd === "\n" ? tidy : tidy.replaceAll(/\r?\n/g, lineEnd)).map(
    ({ span, text: newText }) => ({
      range: document.positions.range(moved(span, start)),
      newText,
    }),
  );
}

interface Change {
  readonly span: Span;
  readonly text: string;
}

/** What makes one text the other, by lines: first and last lines that are the same stay, and so do lines in place. */
function lineEdits(before: string, after: string): Change[] {
  if (before === after) return [];
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const offsets = [0];
  for (const line of old) offsets.push((offsets.at(-1) as number) + line.length);
  const at = (line: number): number => offsets[line] as number;
  // As many lines as before: each that differs by itself, so that the cursor and marks in the others stay.
  if (old.length === now.length)
    return old.flatMap((line, i) =>
      line === now[i] ? [] : [{ span: { start: at(i), end: at(i + 1) }, text: now[i] as string }],
    );
  return [{ span: { start: at(head), end: at(old.length - tail) }, text: now.slice(head, now.length - tail).join("") }];
}

/** With their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
