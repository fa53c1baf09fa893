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
    ["one long run of nothing", "@".repeat(3 * MILLION), "RT1005", "`@@@"],
    [
      "parentheses in parentheses",
      `let a = ${"(".repeat(10_000)}b${")".repeat(10_000)}`,
      "RT1006",
      "brackets are nested more than 256 deep",
    ],
    [
      "braces in braces",
      "route a { ".concat("when b { ".repeat(10_000)),
      "RT1006",
      "brackets are nested more than 256 deep",
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
    ["256 parentheses in a condition", `let a = ${"(".repeat(256)}b${")".repeat(256)}`, 1],
    ["256 parentheses in a plan", `plan a = ${"(".repeat(256)}b${")".repeat(256)}`, 1],
    ["256 groups", `route a { ${"when b { ".repeat(255)}${"}".repeat(256)}`, 1],
  ])("%s", (_, text, declarations) => {
    const parsed = parse("p", text);
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.tree.declarations).toHaveLength(declarations);
  });
});

test("of very many errors the first hundred are shown", () => {
  const { diagnostics } = parse("p", "plan a = = b\n".repeat(10_000));
  expect(diagnostics).toHaveLength(101);
  expect(diagnostics.at(-1)?.message).toBe("there are more than 100 syntax errors: the rest are not shown");
});

test("an unclosed brace costs no more than its own declaration", () => {
  expectError("route a {\n  when b -> c\n\nplan d = e\nroute f -> d\n", "RT1001", "expected `}` after `c`");
});
