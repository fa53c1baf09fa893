/** Lines of a formatted file: what is broken into several, and where comments and blank lines go. */
import { aligned, commentColumns, type Line, WIDEST } from "./columns.ts";
import { ownLine } from "./parse.ts";
import { after, type Block, type Item, lineOf, type Parts, textOf } from "./pieces.ts";
import type { Comment } from "./tree.ts";

/** The blocks that are broken into lines. */
type Opened = Set<Block>;

/** Takes the items of a file in their order, and puts the comments between and inside them where they belong. */
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
    if ((this.#comments[this.#next]?.span.start ?? offset) < offset) this.trailing();
    for (const comment of this.#until(offset)) {
      const blank = this.#gapBefore(comment.span.start);
      this.#push({ indent, cells: [this.#take(comment)], blank });
    }
  }

  /** Writes the comments before an item, and the item: on one line, or on several if it must be. */
  item(item: Item, indent: number): void {
    const start = item.cells[0]?.[0]?.at ?? item.end;
    this.leading(start, indent);
    const blank = this.#gapBefore(start);
    const cells = this.isOneLine(start, item.end) && !item.cells.some(hasLines) ? item.cells.map(textOf) : [];
    const width = cells.reduce((sum, { length }) => sum + length, indent + cells.length - 1);
    if (cells.length > 0 && width <= WIDEST) this.#push({ indent, cells, align: item.align, blank });
    else this.#broken(item, indent, blank);
    this.#end = item.end;
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
    const codes = aligned(this.lines);
    const columns = commentColumns(this.lines, codes);
    return this.lines
      .map(({ blank, comment }, i) => {
        const code = codes[i] ?? "";
        const text = comment === undefined ? code : `${code.padEnd(columns[i] ?? 0)} ${comment}`;
        return `${blank ? "\n" : ""}${text}\n`;
      })
      .join("");
  }

  /**
   * The blocks that cannot stand on one line: those that their author wrote over several, those with comments in them,
   * and, where a line is too long even when it begins at the last place where it could, its longest.
   */
  #opened(parts: Parts, indent: number): Opened {
    const blocks = parts.filter((part) => "open" in part);
    const opened: Opened = new Set(blocks.filter((block) => this.#mustOpen(block)));
    for (const [i, segment] of segments(parts, 1).entries()) {
      for (;;) {
        const long = runs(segment, opened, i === 0 ? indent : indent + 2).filter(({ width }) => width > WIDEST);
        const longest = long.flatMap(({ blocks }) => blocks).reduce(longer, undefined);
        if (longest === undefined) break;
        opened.add(longest);
      }
    }
    return opened;
  }

  #mustOpen({ at, end, items, shape }: Block): boolean {
    if (shape === "always") return true;
    return !this.isOneLine(at, end) && (items.length > 0 || this.hasComment(at, end));
  }

  /** Whether a comment that is not yet written begins between two offsets. */
  hasComment(start: number, end: number): boolean {
    let i = this.#next;
    while ((this.#comments[i]?.span.start ?? start) < start) i++;
    return (this.#comments[i]?.span.start ?? end) < end;
  }

  /** Whether a comment stands between parts, outside of their blocks. */
  #hasCommentBeside(parts: Parts): boolean {
    let i = this.#next;
    for (const part of parts) {
      if ((this.#comments[i]?.span.start ?? part.at) < part.at) return true;
      if ("open" in part) while ((this.#comments[i]?.span.start ?? part.end) < part.end) i++;
    }
    return false;
  }

  /** Breaks a line at its blocks, after its comments, and where it must be to fit. */
  #broken(item: Item, indent: number, blank: boolean): void {
    const { cells, align } = item;
    const parts = lineOf(item);
    const opened = this.#opened(parts, indent);
    const least = this.#hasCommentBeside(parts) ? 1 : 0;
    const level = LEVELS.find((level) => level >= least && fits(parts, opened, indent, level)) ?? 2;
    const cellStarts = new Set(cells.map((_, i) => cells.slice(0, i).flat().length));
    let line: { indent: number; cells: string[]; align?: Item["align"]; comment?: string; blank: boolean };
    line = { indent, cells: [], align, blank };
    const flush = () => {
      if (line.cells.length > 0) this.#push(line.align ? line : { ...line, cells: [line.cells.join(" ")] });
      line = { indent: indent + 2, cells: [], blank: false };
    };
    const write = (text: string, newCell: boolean) => {
      if (newCell || line.cells.length === 0) line.cells.push(text.trimStart());
      else line.cells.push(line.cells.pop() + text);
    };
    for (const [i, part] of parts.entries()) {
      for (const comment of this.#until(part.at)) {
        delete line.align;
        const own = line.cells.length === 0 || ownLine(this.#text, comment);
        if (own) {
          flush();
          line.cells.push(this.#take(comment));
        } else {
          line.comment = this.#take(comment);
        }
        flush();
      }
      if (!("open" in part)) {
        if (breaksAt(part, level)) flush();
        write(part.text, cellStarts.has(i));
      } else if (opened.has(part)) {
        // A bracket alone is no cell.
        if (part.shape === "apart" || cellStarts.has(i)) delete line.align;
        write(part.open, cellStarts.has(i));
        const { indent } = line;
        flush();
        this.#items(part, indent + 2);
        line = { indent, cells: [part.close], blank: false };
      } else {
        write(textOf([part]), cellStarts.has(i));
      }
    }
    flush();
  }

  /** Writes what stands in a block, a line each. */
  #items({ items, at, end }: Block, indent: number): void {
    this.#end = at;
    this.#fresh = true;
    for (const item of items) this.item(item.comma ? withComma(item) : item, indent);
    this.leading(end - 1, indent);
    this.#end = end;
    this.#fresh = false;
  }

  /** Whether the source has a blank line between what was written last and an offset. */
  #gapBefore(offset: number): boolean {
    return !this.#fresh && /\n[^\S\n]*\n/.test(this.#text.slice(this.#end, offset));
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

/** Where lines are broken: nowhere, at the first places, at all. */
const LEVELS = [0, 1, 2];

const hasLines = (cell: Parts): boolean => cell.some((part) => "open" in part && part.shape === "always");
const breaksAt = (part: Parts[number], level: number): boolean => "breaks" in part && (part.breaks ?? 3) <= level;

function withComma(item: Item): Item {
  return { ...item, cells: item.cells.map((cell, i) => (i < item.cells.length - 1 ? cell : after(cell, ","))) };
}

/** Parts from each place where they are broken at a level. */
function segments(parts: Parts, level: number): Parts[] {
  const starts = parts.flatMap((part, i) => (i > 0 && breaksAt(part, level) ? [i] : []));
  return [0, ...starts].map((start, i) => parts.slice(start, starts[i]));
}

function fits(parts: Parts, opened: Opened, indent: number, level: number): boolean {
  return segments(parts, level).every((segment, i) =>
    runs(segment, opened, i === 0 ? indent : indent + 2).every(({ width }) => width <= WIDEST),
  );
}

/** What will be one line: how wide it is, and the blocks in it that would make it shorter if they were opened. */
interface Run {
  width: number;
  readonly blocks: Block[];
}

/** The lines that parts take when some of their blocks are opened. */
function runs(parts: Parts, opened: Opened, indent: number): Run[] {
  const space = textOf(parts.slice(0, 1)).startsWith(" ") ? 1 : 0;
  let run: Run = { width: indent - space, blocks: [] };
  const all = [run];
  for (const part of parts) {
    if (!("open" in part)) run.width += part.text.length;
    else if (opened.has(part)) {
      run.width += part.open.length;
      run = { width: indent + part.close.length, blocks: [] };
      all.push(run);
    } else {
      if (part.items.length > 0 && run.width + part.open.length <= WIDEST) run.blocks.push(part);
      run.width += textOf([part]).length;
    }
  }
  return all;
}

function longer(most: Block | undefined, block: Block): Block {
  return most === undefined || textOf([block]).length > textOf([most]).length ? block : most;
}
