/** Offsets into a text as lines and characters. */
import type { Span } from "../syntax/tree.ts";

/** Both count from 0; `character` is in UTF-16 code units, as in the Language Server Protocol. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface LineIndex {
  /** How many lines there are; an empty text has one. */
  readonly count: number;
  /** The place of an offset; one outside the text is taken to its nearer end, one within a line end to its beginning. */
  position(offset: number): Position;
  /** The offset of a place; a character past the line's end is taken to that end, a line past the last to the text's end. */
  offset(position: Position): number;
  /** Where a line's text lies, its line end not included. */
  span(line: number): Span;
}

/** Indexes a text once, so that each question about it is a binary search. LF, CRLF and a lone CR end a line. */
export function lineIndex(text: string): LineIndex {
  const starts = lineStarts(text);
  const span = (line: number): Span => {
    const start = starts[line] ?? text.length;
    let end = starts[line + 1] ?? text.length;
    if (line + 1 < starts.length && text[end - 1] === "\n") end--;
    if (line + 1 < starts.length && end > start && text[end - 1] === "\r") end--;
    return { start, end };
  };
  return {
    count: starts.length,
    span,
    position(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      const { start, end } = span(low);
      return { line: low, character: Math.min(Math.max(offset, start), end) - start };
    },
    offset({ line, character }) {
      const { start, end } = span(line);
      return Math.min(start + character, end);
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  if (text.includes("\r")) for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length);
  // Several times as fast, which counts where every key is a new text.
  else for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}
