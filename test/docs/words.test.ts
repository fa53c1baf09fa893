/** The reference and the cheat sheet leave out no word of the language. */
import { describe, expect, it } from "vitest";
import { BUILT_INS } from "../../compiler/program/builtins.ts";
import { CAPABILITIES } from "../../compiler/program/models.ts";
import { PROTOCOLS } from "../../compiler/program/protocols.ts";
import { SCALAR_TYPES } from "../../compiler/program/types.ts";
import { If, KEYWORDS } from "../../compiler/syntax/tokens.ts";
import { FAILURES } from "../../runtime/table/index.ts";
import { page } from "./pages.ts";

const WORDS = [
  ...[...KEYWORDS].flatMap(([word, type]) => (type.CATEGORIES?.includes(If) || type === If ? [] : [word])),
  ...[...BUILT_INS.keys()].flatMap((name) => name.split(".")),
  ...[...SCALAR_TYPES, ...FAILURES, ...CAPABILITIES, ...Object.keys(PROTOCOLS)],
];

/** The words of code, inline and in blocks. */
function wordsOf(text: string): Set<string> {
  const code = text.match(/```route\n.*?```|`[^`\n]+`/gs) ?? [];
  return new Set(code.flatMap((each) => each.match(/\w+/g) ?? []));
}

describe("words of the language", () => {
  it.each(["docs/language.md", "docs/cheat-sheet.md"])("are all in %s", (path) => {
    const there = wordsOf(page(path));
    expect([...new Set(WORDS)].filter((word) => !there.has(word))).toEqual([]);
  });
});
