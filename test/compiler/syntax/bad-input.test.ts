import { describe, expect, test } from "vitest";
import { parse } from "../../../compiler/syntax/index.ts";
import { expectError } from "./support.ts";

const MILLION = 1_000_000;

describe("what is no policy is said so, once", () => {
  test.each([
    ["a zero byte", "plan a\0 = b", "RT1007", "it has a zero byte in it"],
    ["bytes that are no UTF-8", "\ufffdPNG\ufffd\ufffd", "RT1007", "much of it is not UTF-8"],
    ["half a surrogate pair", 'import "\ud800"', "RT1007", "half of a surrogate pair"],
    ["ten million characters", "a".repeat(10 * MILLION), "RT1008", "a file of 10000000 characters is too large"],
    [
      "one long name",
      "a".repeat(3 * MILLION),
      "RT1001",
      "expected a declaration such as `plan` or `route`, found `aaa",
    ],
    [
      "one long number",
      `let a = b == ${"1".repeat(3 * MILLION)}`,
      "RT1002",
      "a number of 3000000 characters is too long",
    ],
    ["one long open text", `import "${"a".repeat(3 * MILLION)}`, "RT1003", "the text has no closing"],
    ["one long block comment", `/*${"*\n".repeat(MILLION)}`, "RT1001", "comments begin with `//`"],
    ["one long name of look-alikes", `plan ${"\u0430".repeat(MILLION)} = b`, "RT1005", "is not a name"],
    ["one long run of nothing", "@".repeat(3 * MILLION), "RT1005", "`@@@"],
    [
      "parentheses in parentheses",
      `let a = ${"(".repeat(10_000)}b${")".repeat(10_000)}`,
      "RT1006",
      "brackets are nested more than 100 deep",
    ],
    [
      "braces in braces",
      "route a { ".concat("when b { ".repeat(10_000)),
      "RT1006",
      "brackets are nested more than 100 deep",
    ],
  ])("%s", (_, text, code, message) => {
    const [only, ...others] = parse("p", text).diagnostics;
    expect(others).toEqual([]);
    expect(only).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe("what is unusual is read", () => {
  test.each([
    ["an empty file", "", 0],
    ["a byte order mark alone", "\ufeff", 0],
    ["comments alone", "// a\n/// b", 0],
    ["CRLF", "plan a =\r\n  b\r\n// c\r\nplan c = d\r\n", 2],
    ["a file in one line", "plan a = b ".repeat(1000), 1000],
    ["a long text", `import "${"\\n".repeat(MILLION)}"`, 1],
    ["a long chain", `plan a = b${" else c".repeat(100_000)}`, 1],
    ["100 parentheses in a condition", `let a = ${"(".repeat(100)}b${")".repeat(100)}`, 1],
    ["100 parentheses in a plan", `plan a = ${"(".repeat(100)}b${")".repeat(100)}`, 1],
    ["100 groups", `route a { ${"when b { ".repeat(99)}${"}".repeat(100)}`, 1],
  ])("%s", (_, text, declarations) => {
    const parsed = parse("p", text);
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.tree.declarations).toHaveLength(declarations);
  });
});

describe("what looks like ASCII is read as it looks, and said to be none", () => {
  test.each([
    ["pl\u0430n a = b", "RT1005", "U+0430 CYRILLIC SMALL LETTER A looks like `a`", "plan a = b"],
    ["plan a = \u03bf\u1d0f else b", "RT1005", "where any text may stand, put it in double quotes", undefined],
    ["plan t\u0456\u0435r = b", "RT1005", "U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I", "plan tier = b"],
    ["plan \uff41\uff11 = b", "RT1005", "U+FF41 FULLWIDTH LATIN SMALL LETTER A looks like `a`", "plan a1 = b"],
    ["plan a \uff1d b", "RT1005", "U+FF1D FULLWIDTH EQUALS SIGN looks like `=`", "plan a = b"],
    ["plan\u00a0a = b", "RT1005", "U+00A0 NO-BREAK SPACE looks like a space", "plan a = b"],
    ["plan a\u200b = b", "RT1005", "U+200B ZERO WIDTH SPACE is not seen", "plan a = b"],
    ["plan a\u200bb\u00adc = d", "RT1005", "U+200B ZERO WIDTH SPACE is not seen", "plan abc = d"],
    ["route a \u2013> b", "RT1005", "U+2013 EN DASH looks like `-`", "route a -> b"],
    ["route a \u2192 b", "RT1001", undefined, "route a -> b"],
    ["let a = b > \u22121", "RT1005", "U+2212 MINUS SIGN looks like `-`", "let a = b > -1"],
    ["let a = b > 2\u041c", "RT1002", "U+041C CYRILLIC CAPITAL LETTER EM looks like `M`", "let a = b > 2M"],
    [
      "import \u201c./a b.route\u201d",
      "RT1005",
      "U+201C LEFT DOUBLE QUOTATION MARK looks like",
      'import "./a b.route"',
    ],
    ["import \u2018https://a\u2019", "RT1005", "U+2018 LEFT SINGLE QUOTATION MARK looks like", 'import "https://a"'],
    ["import \u201edon\u2019t\u201c", "RT1005", "U+201E DOUBLE LOW-9 QUOTATION MARK", 'import "don\u2019t"'],
  ])("%s", (text, code, help, mended) => {
    const { tree, diagnostics } = parse("p", text);
    expect(diagnostics).toMatchObject([help === undefined ? { code } : { code, help: expect.stringContaining(help) }]);
    expect(tree.declarations).toHaveLength(1);
    expect(withFixes(text)).toBe(mended ?? text);
  });

  test("in texts, comments and regular expressions it is left as it is", () => {
    const text = 'let a = b == "\u0430\u00a0" and b matches /\u0430\u201c/ // \u0430\u2013';
    expect(parse("p", text).diagnostics).toEqual([]);
  });
});

describe("a block comment becomes one of lines", () => {
  test.each([
    ["/* one */\nplan a = b", "// one\nplan a = b"],
    ["/**\n * one\n * two\n */\nplan a = b", "// one\n// two\nplan a = b"],
    ["plan a /* one */ = b", "plan a // one\n = b"],
    ["/**/ plan a = b", "//\n plan a = b"],
    ["plan a = b /*/", "plan a = b //"],
    ['let a = b matches /[/*]*/ or c == "/*" // /*', 'let a = b matches /[/*]*/ or c == "/*" // /*'],
  ])("%j", (text, mended) => {
    expect(withFixes(text)).toBe(mended);
    expect(parse("p", withFixes(text)).diagnostics).toEqual([]);
  });
});

/** The text with the fixes of all that is wrong with it. */
function withFixes(text: string): string {
  const edits = parse("p", text).diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
  return edits.reduceRight(
    (mended, edit) => mended.slice(0, edit.span.start) + edit.text + mended.slice(edit.span.end),
    text,
  );
}

test.each([
  ["provider a { price { outpu0.40 } }", "RT1005 `outpu0.40` is not a name"],
  ["provider a { context$.40 }", "RT1002 `$.40` is not a number"],
])("what is attached to a word has no form of its own: %s", (text, message) => {
  expectError(text, message.slice(0, 6), message.slice(7));
  expect(withFixes(text)).toBe(text);
});

test.each([
  ["plan a = = b\n", 10_000],
  ["plan a = b ? c : d\n", 10_000],
  ["a ? b : c, ", 100_000],
  ["? ", 200_000],
  ["pl\u0430n ", 10_000],
  ["/**/ ", 200_000],
])("of very many errors the first hundred are shown: %j", (mistake, times) => {
  const { diagnostics } = parse("p", mistake.repeat(times));
  expect(diagnostics).toHaveLength(101);
  expect(diagnostics.at(-1)?.message).toBe("there are more than 100 syntax errors: the rest are not shown");
});

test("an unclosed brace costs no more than its own declaration", () => {
  expectError("route a {\n  when b -> c\n\nplan d = e\nroute f -> d\n", "RT1001", "expected `}` after `c`");
});
