/**
 * A file in pieces, a declaration each: what is typed changes one of them, and the others need not be read again. A
 * piece begins at a declaration's word in the first column, or at the comments above it, as where the parser goes on
 * after a mistake.
 */
import type { IToken } from "chevrotain";
import type { Diagnostic } from "../../compiler/diagnostics/index.ts";
import type { Comment, Declaration, Span } from "../../compiler/syntax/index.ts";
import { parse } from "../../compiler/syntax/index.ts";
import { lex } from "../../compiler/syntax/lexer.ts";

/** Part of a file. All places in it are relative to its beginning. */
export interface Piece {
  readonly text: string;
  readonly declarations: readonly Declaration[];
  readonly comments: readonly Comment[];
  /** Syntax errors. */
  readonly diagnostics: readonly Diagnostic[];
  readonly tokens: readonly IToken[];
}

export interface PlacedPiece {
  readonly start: number;
  readonly piece: Piece;
}

/** Where a declaration begins. */
const BEGINNING =
  /^(?:import|time|request|provider|model|signal|let|budget|limit|commit|plan|route|prove|test)(?![A-Za-z0-9_])/gm;
/** Cuts a text into pieces; those that it had when it was last cut are not read again. */
export function createCutter(): (text: string) => readonly PlacedPiece[] {
  let known = new Map<string, Piece>();
  return (text) => {
    const used = new Map<string, Piece>();
    const pieceOf = ({ start, end }: Span): Piece => {
      const own = text.slice(start, end);
      const piece = used.get(own) ?? known.get(own) ?? read(own);
      used.set(own, piece);
      return piece;
    };
    const spans = spansOf(text);
    const placed: PlacedPiece[] = [];
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i] as Span;
      const piece = pieceOf(span);
      const last = piece.diagnostics.length === 0 ? undefined : lastOfOpen(i, spans, pieceOf);
      const joined = last === undefined ? undefined : pieceOf({ start: span.start, end: (spans[last] as Span).end });
      // A word in the first column need not begin a declaration: within braces it is a name.
      const whole = joined?.diagnostics.length === 0;
      placed.push({ start: span.start, piece: whole ? joined : piece });
      if (whole) i = last as number;
    }
    known = used;
    return placed;
  };
}

function read(text: string): Piece {
  const { tree, diagnostics } = parse("", text);
  let tokens: readonly IToken[] | undefined;
  return {
    text,
    ...tree,
    diagnostics,
    get tokens() {
      tokens ??= lex(text).tokens;
      return tokens;
    },
  };
}

function spansOf(text: string): Span[] {
  const starts = [0];
  for (const { index } of text.matchAll(BEGINNING)) {
    const start = withLeading(text, index, starts.at(-1) ?? 0);
    if (start > (starts.at(-1) ?? 0)) starts.push(start);
  }
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? text.length }));
}

/** The beginning of the comments and empty lines before a line, which go with it. */
function withLeading(text: string, line: number, least: number): number {
  let start = line;
  while (start > least) {
    const before = start < 2 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
    const above = text.slice(before, start).trim();
    if (above !== "" && !above.startsWith("//")) break;
    start = Math.max(before, least);
  }
  return start;
}

/** How many pieces what one leaves open may go on over. */
const MOST_JOINED = 40;

/** The piece that closes what one leaves open; the next where nothing is. */
function lastOfOpen(first: number, spans: readonly Span[], pieceOf: (span: Span) => Piece): number | undefined {
  let depth = 0;
  for (let i = first; i < Math.min(spans.length, first + MOST_JOINED); i++) {
    for (const { image } of pieceOf(spans[i] as Span).tokens)
      depth += "{[(".includes(image) ? 1 : "}])".includes(image) ? -1 : 0;
    if (depth <= 0) return i === first ? undefined : i;
  }
  return undefined;
}

/** The piece in which an offset lies, or at whose end it does where no other begins there. */
export function pieceAt(pieces: readonly PlacedPiece[], offset: number): PlacedPiece {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return pieces[low] as PlacedPiece;
}
