/** Offsets into a text as the positions of the protocol, which count in the encoding that was agreed on with the client. */
import type { Position, Range } from "vscode-languageserver-protocol";
import { type LineIndex, lineIndex } from "../../compiler/diagnostics/position.ts";
import type { Span } from "../../compiler/syntax/index.ts";

/** In which units `character` of a position counts. */
export type Encoding = "utf-8" | "utf-16";

export interface Positions {
  readonly lines: LineIndex;
  position(offset: number): Position;
  /** The offset of a position; one outside of the text, or within a character, is taken to the nearest before it. */
  offset(position: Position): number;
  range(span: Span): Range;
  span(range: Range): Span;
}

export function positionsOf(text: string, encoding: Encoding): Positions {
  const lines = lineIndex(text);
  const position = (offset: number): Position => {
    const { line, character } = lines.position(offset);
    if (encoding === "utf-16") return { line, character };
    const { start } = lines.span(line);
    return { line, character: Buffer.byteLength(text.slice(start, start + character)) };
  };
  const offset = ({ line, character }: Position): number => {
    if (encoding === "utf-16") return lines.offset({ line, character });
    const { start, end } = lines.span(line);
    return start + unitsIn(text.slice(start, end), character);
  };
  return {
    lines,
    position,
    offset,
    range: ({ start, end }) => ({ start: position(start), end: position(end) }),
    span: ({ start, end }) => ({ start: offset(start), end: offset(end) }),
  };
}

/** How many UTF-16 code units of a line the first so many bytes of it are. */
function unitsIn(line: string, bytes: number): number {
  let units = 0;
  let left = bytes;
  for (const character of line) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    units += character.length;
  }
  return units;
}
