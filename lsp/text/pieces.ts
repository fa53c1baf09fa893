/**
 * A file in pieces, a declaration each: what is typed changes one of them, and the others need not be read again. A
 * piece begins at a declaration's word in the first column, or at the comments above it, as where the parser goes on
 * after a mistake.
 */
import type { IToken } from "chevrotain";
import type { Diagnostic } from "../../compiler/diagnostics/index.ts";
import type { Comment, Declaration } from "../../compiler/syntax/index.ts";
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
  let last: Cut = { text: "", pieces: [] };
  /** What goes on over several pieces, by its text. */
  let joined = new Map<string, Piece>();
  return (text) => {
    last = cutAgain(last, text);
    const used = new Map<string, Piece>();
    const join = (start: number, end: number): Piece => {
      const own = text.slice(start, end);
      const piece = joined.get(own) ?? read(own);
      used.set(own, piece);
      return piece;
    };
    const pieces = withJoined(last, join);
    joined = used;
    return pieces;
  };
}

/** A text, and its pieces before what one leaves open is looked for in the next. */
interface Cut {
  readonly text: string;
  readonly pieces: readonly PlacedPiece[];
}

/** Cuts and reads only from the piece before the first change to the one after the last, to which beginnings may move. */
function cutAgain({ text: before, pieces }: Cut, text: string): Cut {
  const same = commonStart(before, text);
  const sameEnd = commonEnd(before, text, Math.min(before.length, text.length) - same);
  const first = Math.max(0, indexAt(pieces, same) - 1);
  const next = indexAt(pieces, before.length - sameEnd) + 2;
  const by = text.length - before.length;
  const from = pieces[first]?.start ?? 0;
  const tail = pieces.slice(next);
  const to = tail[0] === undefined ? text.length : tail[0].start + by;
  const known = new Map(pieces.slice(first, next).map(({ piece }) => [piece.text, piece]));
  const middle = startsIn(text.slice(from, to)).map((start, i, starts): PlacedPiece => {
    const own = text.slice(from + start, from + (starts[i + 1] ?? to - from));
    return { start: from + start, piece: known.get(own) ?? read(own) };
  });
  const moved = by === 0 ? tail : tail.map(({ start, piece }) => ({ start: start + by, piece }));
  return { text, pieces: [...pieces.slice(0, first), ...middle, ...moved] };
}

/** How many characters two texts begin with alike. */
function commonStart(a: string, b: string): number {
  return most(Math.min(a.length, b.length), (known, length) => a.slice(known, length) === b.slice(known, length));
}

/** How many they end with alike, at most so many. */
function commonEnd(a: string, b: string, limit: number): number {
  const part = (of: string, known: number, length: number): string => of.slice(of.length - length, of.length - known);
  return most(limit, (known, length) => part(a, known, length) === part(b, known, length));
}

/** The greatest number up to a limit that is well; each question is about what lies past the greatest known to be. */
function most(limit: number, isWell: (known: number, asked: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isWell(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
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

function startsIn(text: string): readonly number[] {
  const starts = [0];
  for (const { index } of text.matchAll(BEGINNING)) {
    const start = withLeading(text, index, starts.at(-1) ?? 0);
    if (start > (starts.at(-1) ?? 0)) starts.push(start);
  }
  return starts;
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

/** A word in the first column need not begin a declaration: within braces it is a name. */
function withJoined({ text, pieces }: Cut, join: (start: number, end: number) => Piece): readonly PlacedPiece[] {
  const placed: PlacedPiece[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const own = pieces[i] as PlacedPiece;
    const last = own.piece.diagnostics.length === 0 ? undefined : lastOfOpen(i, pieces);
    const whole = last === undefined ? undefined : join(own.start, pieces[last + 1]?.start ?? text.length);
    const isOne = whole?.diagnostics.length === 0;
    placed.push(isOne ? { start: own.start, piece: whole } : own);
    if (isOne) i = last as number;
  }
  return placed;
}

/** How many pieces what one leaves open may go on over. */
const MOST_JOINED = 40;

/** The piece that closes what one leaves open. */
function lastOfOpen(first: number, pieces: readonly PlacedPiece[]): number | undefined {
  let depth = 0;
  for (let i = first; i < Math.min(pieces.length, first + MOST_JOINED); i++) {
    for (const { image } of (pieces[i] as PlacedPiece).piece.tokens)
      depth += "{[(".includes(image) ? 1 : "}])".includes(image) ? -1 : 0;
    if (depth <= 0) return i === first ? undefined : i;
  }
  return undefined;
}

/** The piece in which an offset lies, or at whose end it does where no other begins there. */
export function pieceAt(pieces: readonly PlacedPiece[], offset: number): PlacedPiece {
  return pieces[indexAt(pieces, offset)] as PlacedPiece;
}

function indexAt(pieces: readonly PlacedPiece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
