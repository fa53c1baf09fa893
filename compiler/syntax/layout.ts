/** Lines of a formatted file: where comments and blank lines go, and what is aligned. */
import { ownLine } from "./parse.ts";
import { before, type Pieces, textOf } from "./text.ts";
import type { Comment } from "./tree.ts";

/** Past this many columns an `else` chain is broken, and nothing is aligned. */
export const WIDEST = 100;

/** How the cells of a line line up with those of others. */
export interface Alignment {
  /** Lines with the same key line up: a text with lines directly above and below, an object with all of its lines. */
  readonly key: string | object;
  /** The least spaces after each cell; the last one's count holds for all further ones. */
  readonly gaps: readonly number[];
}

interface Line {
  readonly indent: number;
  cells: string[];
  readonly align?: Alignment | undefined;
  comment?: string;
  /** Whether a blank line stands before it. */
  blank: boolean;
}

/** Takes the parts of a file in their order, and puts the comments between and inside them where they belong. */
export class Layout {
  readonly lines: Line[] = [];
  readonly #text: string;
  readonly #comments: readonly Comment[];
  #next = 0;
  /** The source offset after what was written last. */
  #end = 0;
  /** Whether the last line opens a block, or the file begins: then no blank line follows. */
  #fresh = true;

  constructor(text: string, comments: readonly Comment[]) {
    this.#text = text;
    this.#comments = comments;
  }

  /** Whether the source has a blank line between what was written last and an offset. */
  #gapBefore(offset: number): boolean {
    return !this.#fresh && /\n[^\S\n]*\n/.test(this.#text.slice(this.#end, offset));
  }

  /** Writes the comment that stands on the line of what was written last. */
  trailing(): void {
    const comment = this.#comments[this.#next];
    const line = this.lines.at(-1);
    if (comment === undefined || line === undefined || line.comment !== undefined) return;
    if (/[\r\n]/.test(this.#text.slice(this.#end, comment.span.start))) return;
    line.comment = this.#take(comment);
  }

  /** Writes the comments before an offset; what `trailing` leaves has lines of its own. */
  leading(offset: number, indent: number): void {
    this.trailing();
    for (const comment of this.#until(offset)) {
      const blank = this.#gapBefore(comment.span.start);
      this.#push({ indent, cells: [this.#take(comment)], blank });
    }
  }

  /** Writes the comments before something, and what stands on one line, unless it is too long or has comments inside. */
  line(cells: readonly Pieces[], end: number, indent: number, align?: Alignment): void {
    const pieces = cells.flatMap((cell, i) => (i === 0 ? cell : before(" ", cell)));
    const start = pieces[0]?.at ?? end;
    this.leading(start, indent);
    const blank = this.#gapBefore(start);
    const fits = indent + textOf(pieces).length <= WIDEST || !pieces.some((piece) => piece.breaks);
    const commented = (this.#comments[this.#next]?.span.start ?? end) < (pieces.at(-1)?.at ?? end);
    if (fits && !commented) this.#push({ indent, cells: cells.map(textOf), align, blank });
    else this.#broken(pieces, indent, blank);
    this.#end = end;
  }

  /** Writes the line that opens a block. */
  open(head: Pieces, end: number, indent: number): void {
    this.line(
      [head.map((piece, i) => (i === head.length - 1 ? { ...piece, text: `${piece.text} {` } : piece))],
      end,
      indent,
    );
    this.#fresh = true;
  }

  /** Writes the comments at the end of a block, and its brace. */
  close(end: number, indent: number): void {
    this.leading(end - 1, indent + 2);
    this.#push({ indent, cells: ["}"], blank: false });
    this.#end = end;
  }

  /** Whether a comment that is not yet written begins between two offsets. */
  hasComment(start: number, end: number): boolean {
    let i = this.#next;
    while ((this.#comments[i]?.span.start ?? start) < start) i++;
    return (this.#comments[i]?.span.start ?? end) < end;
  }

  /** Whether the source has no line end between two offsets. */
  isOneLine(start: number, end: number): boolean {
    return !/[\r\n]/.test(this.#text.slice(start, end));
  }

  /** Puts a blank line before a line. */
  separate(index: number): void {
    const line = this.lines[index];
    if (line) line.blank = true;
  }

  /** Takes away the blank line between a line and a doc comment above it. */
  attachDoc(index: number): void {
    const line = this.lines[index];
    if (line && /^\/\/\/(?!\/)/.test(this.lines[index - 1]?.cells[0] ?? "")) line.blank = false;
  }

  toString(): string {
    align(this.lines);
    const codes = this.lines.map((line) => " ".repeat(line.indent) + line.cells.join(""));
    const columns = commentColumns(this.lines, codes);
    return this.lines
      .map(({ blank, comment }, i) => {
        const code = codes[i] ?? "";
        const text = comment === undefined ? code : `${code.padEnd(columns[i] ?? 0)} ${comment}`;
        return `${blank ? "\n" : ""}${text}\n`;
      })
      .join("");
  }

  /** One line for each `else`, and a new one after each comment. */
  #broken(pieces: Pieces, indent: number, blank: boolean): void {
    let line: Line = { indent, cells: [], blank };
    const flush = () => {
      if (line.cells.length > 0) this.#push(line);
      line = { indent: indent + 2, cells: [], blank: false };
    };
    for (const piece of pieces) {
      for (const comment of this.#until(piece.at)) {
        const own = line.cells.length === 0 || ownLine(this.#text, comment);
        if (own) {
          flush();
          line.cells.push(this.#take(comment));
        } else {
          line.comment = this.#take(comment);
        }
        flush();
      }
      if (piece.breaks) flush();
      line.cells.push(line.cells.length === 0 ? piece.text.trimStart() : piece.text);
    }
    flush();
  }

  *#until(offset: number): Generator<Comment> {
    for (;;) {
      const comment = this.#comments[this.#next];
      if (comment === undefined || comment.span.start >= offset) return;
      yield comment;
    }
  }

  #take(comment: Comment): string {
    this.#next++;
    this.#end = comment.span.end;
    return comment.text.trimEnd();
  }

  #push(line: Line): void {
    this.lines.push(line);
    this.#fresh = false;
  }
}

function align(lines: readonly Line[]): void {
  const groups = new Map<object, Line[]>();
  let run: Line[] = [];
  for (const line of lines) {
    const key = line.align?.key;
    if (typeof key === "object") {
      const group = groups.get(key);
      if (group) group.push(line);
      else groups.set(key, [line]);
    } else if (key !== undefined) {
      if (!goesOn(run.at(-1), line)) run = [];
      if (run.length === 0) groups.set(run, run);
      run.push(line);
      continue;
    }
    run = [];
  }
  for (const group of groups.values()) alignCells(group);
}

function goesOn(before: Line | undefined, line: Line): boolean {
  return (
    before !== undefined &&
    !line.blank &&
    before.align?.key === line.align?.key &&
    before.indent === line.indent &&
    before.cells.length === line.cells.length
  );
}

/** Pads the cells to columns; with single spaces instead where that would make a line too long. */
function alignCells(lines: readonly Line[]): void {
  const widths: number[] = [];
  for (const { cells } of lines) {
    for (const [i, cell] of cells.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const padded = lines.map(({ cells, align }) =>
    cells.map((cell, i) => {
      if (i === cells.length - 1) return cell;
      return cell.padEnd((widths[i] ?? 0) + (align?.gaps[i] ?? align?.gaps.at(-1) ?? 1));
    }),
  );
  const fits = lines.every(({ indent }, i) => indent + (padded[i] ?? []).join("").length <= WIDEST);
  lines.forEach((line, i) => {
    const spaced = line.cells.map((cell, j) => (j === line.cells.length - 1 ? cell : `${cell} `));
    line.cells = fits ? (padded[i] ?? []) : spaced;
  });
}

/** The column of each trailing comment: those of adjacent lines stand under each other. */
function commentColumns(lines: readonly Line[], codes: readonly string[]): number[] {
  const columns: number[] = [];
  for (let start = 0; start < lines.length; ) {
    let end = start + 1;
    while (lines[start]?.comment !== undefined && continuesComments(lines[start], lines[end])) end++;
    const column = codes.slice(start, end).reduce((most, { length }) => Math.max(most, length), 0);
    for (; start < end; start++) columns.push(column);
  }
  return columns;
}

function continuesComments(first: Line | undefined, line: Line | undefined): boolean {
  return line?.comment !== undefined && !line.blank && line.indent === first?.indent;
}
