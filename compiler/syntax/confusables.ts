/**
 * Characters that are taken for others: ASCII look-alikes, odd spaces, and what is not seen at all. The look-alikes are a
 * choice from the confusables of Unicode's security mechanisms (UTS 39, section 4, `confusables.txt`), checked by hand: the letters
 * of other scripts that look like one of ASCII in most fonts, and what word processors write for ASCII signs. The names
 * are those of the Unicode Character Database.
 */

/** Letters of ASCII, those that look like them in the same order, and what these are called, after their script. */
const LETTERS: readonly (readonly [ascii: string, alike: string, script: string, names: string])[] = [
  [
    "aeopcyxisjhdqwv",
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u04bb\u0501\u051b\u051d\u0475",
    "CYRILLIC SMALL LETTER",
    "A,IE,O,ER,ES,U,HA,BYELORUSSIAN-UKRAINIAN I,DZE,JE,SHHA,KOMI DE,QA,WE,IZHITSA",
  ],
  [
    "ABEKMHOPCTYXISJ",
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0405\u0408",
    "CYRILLIC CAPITAL LETTER",
    "A,VE,IE,KA,EM,EN,O,ER,ES,TE,U,HA,BYELORUSSIAN-UKRAINIAN I,DZE,JE",
  ],
  [
    "oavipuy",
    "\u03bf\u03b1\u03bd\u03b9\u03c1\u03c5\u03b3",
    "GREEK SMALL LETTER",
    "OMICRON,ALPHA,NU,IOTA,RHO,UPSILON,GAMMA",
  ],
  [
    "ABEZHIKMNOPTYX",
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "GREEK CAPITAL LETTER",
    "ALPHA,BETA,EPSILON,ZETA,ETA,IOTA,KAPPA,MU,NU,OMICRON,RHO,TAU,UPSILON,CHI",
  ],
  ["ouh", "\u0585\u057d\u0570", "ARMENIAN SMALL LETTER", "OH,SEH,HO"],
  ["iag", "\u0131\u0251\u0261", "LATIN SMALL LETTER", "DOTLESS I,ALPHA,SCRIPT G"],
];

/** What is meant (nothing, by what is not seen), the character, and its name. */
const SIGNS: readonly (readonly [ascii: string, alike: string, name: string])[] = [
  ['"', "\u2018", "LEFT SINGLE QUOTATION MARK"],
  ['"', "\u2019", "RIGHT SINGLE QUOTATION MARK"],
  ['"', "\u201a", "SINGLE LOW-9 QUOTATION MARK"],
  ['"', "\u201c", "LEFT DOUBLE QUOTATION MARK"],
  ['"', "\u201d", "RIGHT DOUBLE QUOTATION MARK"],
  ['"', "\u201e", "DOUBLE LOW-9 QUOTATION MARK"],
  ['"', "\u00ab", "LEFT-POINTING DOUBLE ANGLE QUOTATION MARK"],
  ['"', "\u00bb", "RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK"],
  ["-", "\u2010", "HYPHEN"],
  ["-", "\u2011", "NON-BREAKING HYPHEN"],
  ["-", "\u2012", "FIGURE DASH"],
  ["-", "\u2013", "EN DASH"],
  ["-", "\u2014", "EM DASH"],
  ["-", "\u2015", "HORIZONTAL BAR"],
  ["-", "\u2212", "MINUS SIGN"],
  [" ", "\u00a0", "NO-BREAK SPACE"],
  [" ", "\u1680", "OGHAM SPACE MARK"],
  [" ", "\u2000", "EN QUAD"],
  [" ", "\u2001", "EM QUAD"],
  [" ", "\u2002", "EN SPACE"],
  [" ", "\u2003", "EM SPACE"],
  [" ", "\u2004", "THREE-PER-EM SPACE"],
  [" ", "\u2005", "FOUR-PER-EM SPACE"],
  [" ", "\u2006", "SIX-PER-EM SPACE"],
  [" ", "\u2007", "FIGURE SPACE"],
  [" ", "\u2008", "PUNCTUATION SPACE"],
  [" ", "\u2009", "THIN SPACE"],
  [" ", "\u200a", "HAIR SPACE"],
  [" ", "\u2028", "LINE SEPARATOR"],
  [" ", "\u2029", "PARAGRAPH SEPARATOR"],
  [" ", "\u202f", "NARROW NO-BREAK SPACE"],
  [" ", "\u205f", "MEDIUM MATHEMATICAL SPACE"],
  [" ", "\u3000", "IDEOGRAPHIC SPACE"],
  ["", "\u00ad", "SOFT HYPHEN"],
  ["", "\u200b", "ZERO WIDTH SPACE"],
  ["", "\u200c", "ZERO WIDTH NON-JOINER"],
  ["", "\u200d", "ZERO WIDTH JOINER"],
  ["", "\u2060", "WORD JOINER"],
  ["", "\u061c", "ARABIC LETTER MARK"],
  ["", "\u200e", "LEFT-TO-RIGHT MARK"],
  ["", "\u200f", "RIGHT-TO-LEFT MARK"],
  ["", "\u202a", "LEFT-TO-RIGHT EMBEDDING"],
  ["", "\u202b", "RIGHT-TO-LEFT EMBEDDING"],
  ["", "\u202c", "POP DIRECTIONAL FORMATTING"],
  ["", "\u202d", "LEFT-TO-RIGHT OVERRIDE"],
  ["", "\u202e", "RIGHT-TO-LEFT OVERRIDE"],
  ["", "\u2066", "LEFT-TO-RIGHT ISOLATE"],
  ["", "\u2067", "RIGHT-TO-LEFT ISOLATE"],
  ["", "\u2068", "FIRST STRONG ISOLATE"],
  ["", "\u2069", "POP DIRECTIONAL ISOLATE"],
  ["", "\ufeff", "ZERO WIDTH NO-BREAK SPACE"],
];

/** Of U+FF01 to U+FF5E, each a character of ASCII as wide as a Chinese one, the names of the signs. */
const FULL_WIDTH_SIGNS = [
  "EXCLAMATION MARK,QUOTATION MARK,NUMBER SIGN,DOLLAR SIGN,PERCENT SIGN,AMPERSAND,APOSTROPHE,LEFT PARENTHESIS",
  "RIGHT PARENTHESIS,ASTERISK,PLUS SIGN,COMMA,HYPHEN-MINUS,FULL STOP,SOLIDUS,COLON,SEMICOLON,LESS-THAN SIGN,EQUALS SIGN",
  "GREATER-THAN SIGN,QUESTION MARK,COMMERCIAL AT,LEFT SQUARE BRACKET,REVERSE SOLIDUS,RIGHT SQUARE BRACKET",
  "CIRCUMFLEX ACCENT,LOW LINE,GRAVE ACCENT,LEFT CURLY BRACKET,VERTICAL LINE,RIGHT CURLY BRACKET,TILDE",
].flatMap((names) => names.split(","));
const DIGITS = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"];

interface Alike {
  /** What it is taken for; empty where it is not seen. */
  readonly ascii: string;
  readonly name: string;
}

function fullWidth(): [string, Alike][] {
  const signs = FULL_WIDTH_SIGNS.values();
  return Array.from({ length: 0x7e - 0x20 }, (_, i) => {
    const ascii = String.fromCharCode(0x21 + i);
    const letter = ascii.toUpperCase();
    const name = /[A-Z]/.test(letter)
      ? `LATIN ${ascii === letter ? "CAPITAL" : "SMALL"} LETTER ${letter}`
      : /\d/.test(ascii)
        ? `DIGIT ${DIGITS[Number(ascii)]}`
        : signs.next().value;
    return [String.fromCharCode(0xff01 + i), { ascii, name: `FULLWIDTH ${name}` }];
  });
}

const ALIKE: ReadonlyMap<string, Alike> = new Map([
  ...LETTERS.flatMap(([ascii, alike, script, names]) =>
    names
      .split(",")
      .map((name, i): [string, Alike] => [alike.charAt(i), { ascii: ascii.charAt(i), name: `${script} ${name}` }]),
  ),
  ...SIGNS.map(([ascii, alike, name]): [string, Alike] => [alike, { ascii, name }]),
  ...fullWidth(),
]);

const PAST_ASCII = /[^\0-\x7f]/g;

/**
 * What a text that is not ASCII is taken for, and why; undefined where it is ASCII, or has characters in it that look like
 * nothing else.
 */
export function takenFor(text: string): { readonly ascii: string; readonly why: string } | undefined {
  const why = describeAlike(text);
  if (why === undefined || !text.match(PAST_ASCII)?.every((character) => ALIKE.has(character))) return undefined;
  return { ascii: text.replace(PAST_ASCII, (character) => ALIKE.get(character)?.ascii ?? character), why };
}

/** ``U+0430 CYRILLIC SMALL LETTER A looks like `a` ``, of the first look-alike in a text; undefined if there is none. */
export function describeAlike(text: string): string | undefined {
  const character = text.match(PAST_ASCII)?.find((each) => ALIKE.has(each));
  if (character === undefined) return undefined;
  const ascii = ALIKE.get(character)?.ascii;
  const looks = ascii === "" ? "is not seen" : ascii === " " ? "looks like a space" : `looks like \`${ascii}\``;
  return `${named(character)} ${looks}`;
}

/** `U+0430 CYRILLIC SMALL LETTER A`. */
function named(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} ${ALIKE.get(character)?.name}`;
}

/**
 * Of each line the first character that controls in which direction text is shown (Unicode's UAX 9, table 4): what is
 * read may then be something else than what is compiled (CVE-2021-42574).
 */
export function directionControls(text: string): { readonly offset: number; readonly name: string }[] {
  const lines = text.matchAll(/([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])[^\r\n]*/g);
  return Array.from(lines, ({ index, 1: control = "" }) => ({ offset: index, name: named(control) }));
}
