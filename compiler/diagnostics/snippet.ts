/** The lines of a file that a finding is about, with marks under them. */
import type { Span } from "../syntax/tree.ts";
import { layOut, printable } from "./cells.ts";
import type { LineIndex, Position } from "./position.ts";

/** What a piece of output is, for whoever colours it. */
export type Role = "severity" | "message" | "frame" | "primary" | "secondary" | "note";

/** Gives text the look of its role. */
export type Paint = (role: Role, text: string) => string;

/** A file's text with its lines. */
export interface Page {
  readonly text: string;
  readonly lines: LineIndex;
}

export interface Mark {
  readonly span: Span;
  /** The finding itself is underlined with `^`, what it refers to with `-`. */
  readonly primary: boolean;
  /** Stands after the underline; empty where there is nothing to say. */
  readonly label: string;
}

interface PlacedMark extends Mark {
  readonly from: Position;
  /** The last character that the mark covers, not the one after it. */
  readonly to: Position;
}

/** A mark over several lines: a bracket that runs in a lane left of the text. */
interface Bracket extends PlacedMark {
  readonly lane: number;
}

interface Cell {
  readonly text: string;
  readonly role: Role;
}

/** Of a bracket over more lines than this only the beginning and the end are shown. */
const SHOWN_WHOLE = 5;

/** How many digits the line numbers of the marks take. */
export function gutterOf(page: Page, marks: readonly Mark[]): number {
  return Math.max(...marks.map((mark) => String(place(page, mark).to.line + 1).length));
}

/** The rows of a snippet, first to last marked line. Lines longer than `width` characters are cut around their marks. */
export function snippet(page: Page, marks: readonly Mark[], gutter: number, width: number, paint: Paint): string[] {
  const placed = marks.map((mark) => place(page, mark));
  const underlines = placed.filter((mark) => mark.from.line === mark.to.line);
  const brackets = inLanes(placed.filter((mark) => mark.from.line !== mark.to.line));
  const lanes = brackets.reduce((most, bracket) => Math.max(most, bracket.lane + 1), 0);
  const textAt = lanes === 0 ? 0 : lanes + 1;
  const open = new Set<Bracket>();
  const rows: string[] = [];

  const emit = (number: string, cells: (Cell | undefined)[], text = ""): void => {
    const lead = paint("frame", `${number.padStart(gutter)} |`);
    const body = paintCells(cells, paint) + text;
    rows.push(body.trim() === "" ? lead : `${lead} ${body}`.trimEnd());
  };
  const running = (): (Cell | undefined)[] => {
    const cells = new Array<Cell | undefined>(textAt).fill(undefined);
    for (const bracket of open) cells[bracket.lane] = { text: "|", role: roleOf(bracket) };
    return cells;
  };
  const drawTo = (cells: (Cell | undefined)[], bracket: Bracket, cell: number): (Cell | undefined)[] => {
    const role = roleOf(bracket);
    for (let i = bracket.lane + 1; i < textAt + cell; i++) cells[i] = { text: "_", role };
    cells[textAt + cell] = { text: tip(bracket), role };
    return cells;
  };

  let previous = -1;
  for (const line of shownLines(placed)) {
    if (previous !== -1 && line > previous + 1) rows.push(paint("frame", "...") + gap(running(), gutter, paint));
    previous = line;
    const here = underlines.filter((mark) => mark.from.line === line);
    const opening = brackets.filter((bracket) => bracket.from.line === line);
    const closing = brackets.filter((bracket) => bracket.to.line === line);
    const shown = showLine(page, line, [...here, ...opening, ...closing], width);

    const cells = running();
    const indented = opening.filter((bracket) => bracket.from.character === shown.indent);
    for (const bracket of indented) {
      cells[bracket.lane] = { text: "/", role: roleOf(bracket) };
      open.add(bracket);
    }
    emit(String(line + 1), cells, shown.text);

    for (const mark of here) {
      const start = shown.cell(mark.from.character);
      const length = Math.max(1, shown.cell(mark.to.character + 1) - start);
      emit("", running(), " ".repeat(start) + paint(roleOf(mark), tip(mark).repeat(length) + labelOf(mark)));
    }
    for (const bracket of opening) {
      if (indented.includes(bracket)) continue;
      emit("", drawTo(running(), bracket, shown.cell(bracket.from.character)));
      open.add(bracket);
    }
    for (const bracket of closing) {
      const corner = drawTo(running(), bracket, shown.cell(bracket.to.character));
      emit("", corner, paint(roleOf(bracket), labelOf(bracket)));
      open.delete(bracket);
    }
  }
  return rows;
}

function place(page: Page, mark: Mark): PlacedMark {
  const from = page.lines.position(mark.span.start);
  const last = page.lines.position(Math.max(mark.span.start, mark.span.end - 1));
  return { ...mark, from, to: last };
}

/** Brackets that overlap run in different lanes, the one that opens first outermost. */
function inLanes(marks: readonly PlacedMark[]): Bracket[] {
  const lastLineOf: number[] = [];
  return marks
    .toSorted((a, b) => a.from.line - b.from.line || b.to.line - a.to.line)
    .map((mark) => {
      const free = lastLineOf.findIndex((last) => last < mark.from.line);
      const lane = free === -1 ? lastLineOf.length : free;
      lastLineOf[lane] = mark.to.line;
      return { ...mark, lane };
    });
}

/** A single line between two that are shown is shown too: the dots would take as much room. */
function shownLines(marks: readonly PlacedMark[]): number[] {
  const lines = new Set<number>();
  for (const { from, to } of marks) {
    const whole = to.line - from.line < SHOWN_WHOLE;
    for (let line = from.line; whole && line <= to.line; line++) lines.add(line);
    if (!whole) for (const line of [from.line, from.line + 1, to.line - 1, to.line]) lines.add(line);
  }
  for (const line of [...lines]) if (lines.has(line + 2)) lines.add(line + 1);
  return [...lines].sort((a, b) => a - b);
}

interface ShownLine {
  readonly text: string;
  /** The character with which the line's text begins after white space. */
  readonly indent: number;
  /** The cell of a character of the line. */
  cell(character: number): number;
}

function showLine(page: Page, line: number, marks: readonly PlacedMark[], width: number): ShownLine {
  const span = page.lines.span(line);
  const whole = page.text.slice(span.start, span.end);
  const indent = whole.search(/[^ \t\ufeff]/);
  if (whole.length <= width) {
    const laid = layOut(whole);
    return { text: laid.text, indent, cell: laid.cell };
  }
  // The mark of the finding itself decides which part of the line is seen, and its beginning more than its end.
  const mark = marks.find((each) => each.primary) ?? marks[0];
  const start = mark === undefined || mark.from.line !== line ? (mark?.to.character ?? 0) : mark.from.character;
  const from = Math.max(0, Math.min(start - Math.floor(width / 3), whole.length - width));
  const to = from + width;
  const before = from === 0 ? "" : "…";
  const after = to >= whole.length ? "" : "…";
  const laid = layOut(before + whole.slice(from, to).toWellFormed() + after);
  const shift = before.length - from;
  const last = before.length + width;
  return {
    text: laid.text,
    indent,
    cell: (character) => laid.cell(Math.min(Math.max(character + shift, 0), last)),
  };
}

function gap(lanes: (Cell | undefined)[], gutter: number, paint: Paint): string {
  return `${" ".repeat(gutter)}${paintCells(lanes, paint)}`.trimEnd();
}

function paintCells(cells: readonly (Cell | undefined)[], paint: Paint): string {
  let painted = "";
  for (let i = 0; i < cells.length; ) {
    const role = cells[i]?.role;
    let run = "";
    for (; i < cells.length && cells[i]?.role === role; i++) run += cells[i]?.text ?? " ";
    painted += role === undefined ? run : paint(role, run);
  }
  return painted;
}

function roleOf(mark: Mark): Role {
  return mark.primary ? "primary" : "secondary";
}

function tip(mark: Mark): string {
  return mark.primary ? "^" : "-";
}

function labelOf(mark: Mark): string {
  return mark.label === "" ? "" : ` ${printable(mark.label)}`;
}
