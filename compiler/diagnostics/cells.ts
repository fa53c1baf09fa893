/** Text as a terminal shows it: in cells, which are not characters. */

/** Spaces to the next tab stop, counted from the beginning of the line. */
const TAB = 4;

const HALF_WIDTH = /^[\uff61-\uffdc]/;
const PLAIN_ASCII = /^[ -~]*$/;

// V8 looks up all characters of a `\p{…}` where it first meets it: at each start, were they not within functions.

/** Text of the user's that is safe to print: each control character becomes a visible one of the same length. */
export function printable(text: string): string {
  // What would move the cursor, change its colour or reorder the text around it.
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** One line, ready to print, with the cell at which each of its characters begins. */
export interface CellLine {
  readonly text: string;
  /** The cell of the UTF-16 offset; of one past the end, the first cell after the line. */
  cell(offset: number): number;
}

/** Lays a line out in cells: tabs to the next stop, wide characters in two, combining ones in none. */
export function layOut(line: string): CellLine {
  if (PLAIN_ASCII.test(line)) return { text: line, cell: (offset) => Math.min(offset, line.length) };
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  const cells: number[] = [];
  let text = "";
  let width = 0;
  for (const { segment } of graphemes.segment(line)) {
    for (let i = 0; i < segment.length; i++) cells.push(width);
    const shown = segment === "\t" ? " ".repeat(TAB - (width % TAB)) : printable(segment);
    text += shown;
    width += segment === "\t" ? shown.length : cellsOf(shown);
  }
  return { text, cell: (offset) => cells[offset] ?? width };
}

function cellsOf(grapheme: string): number {
  if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(grapheme)) return 0;
  return isWide(grapheme) && !HALF_WIDTH.test(grapheme) ? 2 : 1;
}

/** East Asian wide characters (the wide and full-width classes of Unicode's UAX 11, as far as scripts tell) and emoji. */
function isWide(grapheme: string): boolean {
  return /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\p{Emoji}\ufe0f)/u.test(
    grapheme,
  );
}
