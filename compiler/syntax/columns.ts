/** Columns of a formatted file: what lines up with what. */
import type { Alignment } from "./pieces.ts";

/** The most columns that a line has if it can be broken. */
export const WIDEST = 100;
/** The most columns that a line may have by white space alone: past it nothing is aligned. */
const WIDEST_ALIGNED = 120;
/** A line with a wider cell stands out: the others align without it. */
const WIDEST_CELL = WIDEST / 2;

export interface Line {
  readonly indent: number;
  /** Without white space around them; `aligned` puts it between them. */
  readonly cells: readonly string[];
  readonly align?: Alignment | undefined;
  comment?: string;
  /** Whether a blank line stands before it. */
  blank: boolean;
}

/** The code of each line, with its indentation and without its comment. */
export function aligned(lines: readonly Line[]): string[] {
  const codes = lines.map(({ indent, cells }) => " ".repeat(indent) + cells.join(" "));
  for (const group of groups(lines)) {
    const columns = padded(group.map((i) => lines[i] as Line));
    group.forEach((i, j) => {
      codes[i] = columns[j] ?? codes[i] ?? "";
    });
  }
  return codes;
}

/** The indices of the lines that line up with each other. */
function groups(lines: readonly Line[]): number[][] {
  const blocks = new Map<object, number[]>();
  const runs: number[][] = [];
  let last: Line | undefined;
  for (const [i, line] of lines.entries()) {
    const key = line.align?.key;
    if (typeof key === "object") {
      const block = blocks.get(key);
      if (block) block.push(i);
      else blocks.set(key, [i]);
    } else if (key !== undefined) {
      if (last && goesOn(last, line)) runs.at(-1)?.push(i);
      else runs.push([i]);
    }
    last = line;
  }
  return [...blocks.values(), ...runs];
}

function goesOn(before: Line, line: Line): boolean {
  return (
    !line.blank &&
    before.align?.key === line.align?.key &&
    before.indent === line.indent &&
    before.cells.length === line.cells.length
  );
}

/** Lines with their cells padded to columns; none where a line stands out or alone, or one would be too long. */
function padded(lines: readonly Line[]): (string | undefined)[] {
  const widths: number[] = [];
  const level = lines.map(({ cells }) => cells.slice(0, -1).every(({ length }) => length <= WIDEST_CELL));
  const measured = lines.filter((_, i) => level[i]);
  if (measured.length < 2 && typeof lines[0]?.align?.key === "string") return [];
  for (const { cells } of measured)
    for (const [i, cell] of cells.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const texts = lines.map(({ indent, cells, align }, i) => {
    if (!level[i]) return undefined;
    const gap = (column: number) => align?.gaps[column] ?? align?.gaps.at(-1) ?? 1;
    const columns = cells.map((cell, j) => (j < cells.length - 1 ? cell.padEnd((widths[j] ?? 0) + gap(j)) : cell));
    return " ".repeat(indent) + columns.join("");
  });
  return texts.every((text) => (text?.length ?? 0) <= WIDEST_ALIGNED) ? texts : [];
}

/** The column of each comment at the end of a line: those of adjacent lines stand under each other. */
export function commentColumns(lines: readonly Line[], codes: readonly string[]): number[] {
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
