/** Words of a text, the same for all signals that go by words. */

/** UTF-16 code units of a folded text that are kept: a single character can become 18. */
const LONGEST = 1_000_000;

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const WORD_CHARACTER = /[\p{L}\p{M}\p{N}_]/u;
/** Scripts that put no space between words: there every place is one where a word may begin and end. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * `text` with differences of case and of compatibility forms taken out (Unicode Standard Annex 15, NFKC; upper and then
 * lower case stands for case folding, so that `STRASSE` and `Straße` are one).
 */
export function folded(text: string): string {
  return compatible(text).toUpperCase().toLowerCase();
}

/** The text in its compatibility form (NFKC): full-width digits are digits, a no-break space is a space. */
export function compatible(text: string): string {
  return text.normalize("NFKC").slice(0, LONGEST);
}

/** The runs of letters, marks, digits and underscores. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Whether a word may begin or end at this place of a text. */
export function isBoundary(text: string, at: number): boolean {
  const before = characterBefore(text, at);
  const after = characterAt(text, at);
  if (!WORD_CHARACTER.test(before) || !WORD_CHARACTER.test(after)) return true;
  return UNSPACED.test(before) || UNSPACED.test(after);
}

/** The character (code point) at a place of a text; empty at its end. */
export function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

/** The character that ends at a place of a text; empty at its beginning. */
export function characterBefore(text: string, at: number): string {
  if (at === 0) return "";
  const unit = text.charCodeAt(at - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff;
  return text.slice(Math.max(0, at - (isLow ? 2 : 1)), at);
}
