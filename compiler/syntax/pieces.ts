/** What a formatted text is made of, before it is known which of it stands on one line. */
import type { Name, Span } from "./tree.ts";

/** A piece of a line, with the white space before it; `at` is the offset of what it writes. */
export interface Piece {
  readonly text: string;
  readonly at: number;
  /** Where a line that is too long may be broken: 1, before each `else`; 2, where that is not enough, in its condition. */
  readonly breaks?: 1 | 2;
}

/** Brackets and what stands in them: on one line, or an item a line. */
export interface Block {
  /** With the white space before it. */
  readonly open: string;
  readonly close: string;
  /** The offset from which on a comment stands within the block. */
  readonly at: number;
  /** The offset after the closing bracket. */
  readonly end: number;
  readonly items: readonly Item[];
  /** What stands between the items on one line. */
  readonly separator: Separator;
  /** `always`: it never stands on one line. `apart`: nor are lines above aligned with its first, when it does not. */
  readonly shape?: "always" | "apart";
}
export type Separator = ", " | "  " | " ";

export type Parts = readonly (Piece | Block)[];

/** What stands on a line of its own, or together with the others of its block on one. */
export interface Item {
  /** What lines up with the cells of other lines, without white space before it. */
  readonly cells: readonly Parts[];
  /** The offset after it. */
  readonly end: number;
  readonly align?: Alignment | undefined;
  /**
   * True where there must be a comma after it even at the end of a line, for what follows would be read as part of it;
   * false where there must be none even on one line, for it would be read as part of a list that has no brackets.
   */
  readonly comma?: boolean | undefined;
}

/** How the cells of a line line up with those of others. */
export interface Alignment {
  /** Lines with the same key line up: a text with lines directly above and below, an object with all of its lines. */
  readonly key: string | object;
  /** The least spaces after each cell; the last one's count holds for all further ones. */
  readonly gaps: readonly number[];
}

/** Columns that a line shares with the lines directly above and below it that are of its kind. */
export const columns = (key: string, ...gaps: number[]): Alignment => ({ key, gaps });
/** Columns that all lines of a block share. */
export const columnsOfBlock = (...gaps: number[]): Alignment => ({ key: {}, gaps });

export const piece = (text: string, { start }: Pick<Span, "start">): Parts => [{ text, at: start }];
export const name = ({ text, span }: Name): Parts => piece(text, span);

/** A closing bracket, which stands at the end of what it closes. */
export const closing = (text: string, { end }: Span): Piece => ({ text, at: end - 1 });

/** Text directly before, or after, other parts: it goes wherever they go. */
export function before(text: string, [first, ...rest]: Parts): Parts {
  if (first === undefined) return [];
  return ["open" in first ? { ...first, open: text + first.open } : { ...first, text: text + first.text }, ...rest];
}

export function after(parts: Parts, text: string): Parts {
  const last = parts.at(-1);
  if (last === undefined) return [];
  const longer = "open" in last ? { ...last, close: last.close + text } : { ...last, text: last.text + text };
  return [...parts.slice(0, -1), longer];
}

/** Parts before which a line that is too long may be broken. */
export function breakable(parts: Parts, breaks: 1 | 2 = 1): Parts {
  const [first, ...rest] = parts;
  return first === undefined || "open" in first ? parts : [{ ...first, breaks }, ...rest];
}

/** Parts with one space between them. */
export const spaced = (first: Parts, ...rest: readonly Parts[]): Parts =>
  rest.reduce((line, parts) => line.concat(before(" ", parts)), first);

/** The text directly before all but the first. */
export function joined(parts: readonly Parts[], separator: string): Parts {
  return parts.flatMap((part, i) => (i === 0 ? part : before(separator, part)));
}

/** Members with commas after all but the last: a list without brackets. */
export function listed(members: readonly Parts[]): Parts {
  return members.flatMap((parts, i) => {
    const member = i === 0 ? parts : before(" ", parts);
    return i === members.length - 1 ? member : after(member, ",");
  });
}

/** `{ item, item }` */
export function braced(
  items: readonly Item[],
  place: Pick<Block, "at" | "end">,
  separator: Separator = ", ",
  shape?: Block["shape"],
): Block {
  return { open: "{", close: "}", at: place.at, end: place.end, items, separator, ...(shape ? { shape } : {}) };
}

/** Where a span's brackets are all of it. */
export const within = ({ start, end }: Span): Pick<Block, "at" | "end"> => ({ at: start, end });

/** On one line. */
export function textOf(parts: Parts): string {
  return parts.map((part) => ("open" in part ? blockText(part) : part.text)).join("");
}

/** An item's cells as one. */
export const lineOf = ({ cells: [first = [], ...rest] }: Item): Parts => spaced(first, ...rest);

function blockText({ open, close, items, separator }: Block): string {
  if (items.length === 0) return open + close;
  const pad = open.endsWith("{") ? " " : "";
  const texts = items.map((item, i) => {
    const text = textOf(lineOf(item));
    if (i === items.length - 1) return text;
    return text + (item.comma === undefined ? separator : item.comma ? ", " : "  ");
  });
  return open + pad + texts.join("") + pad + close;
}
