import { createToken, Lexer, type TokenType } from "chevrotain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LEXED } from "../../../compiler/syntax/tokens.ts";

const OPTIONS = { positionTracking: "onlyOffset", ensureOptimizations: true } as const;

/** A token of that pattern, of which Chevrotain itself finds out what it begins with. */
function withoutHints(type: TokenType): TokenType {
  const { name, PATTERN, GROUP: group } = type;
  return PATTERN instanceof RegExp
    ? createToken({ name, pattern: PATTERN, ...(group !== undefined && { group }) })
    : type;
}

const tokensOf = (lexer: Lexer, text: string): readonly string[] =>
  lexer.tokenize(text).tokens.map(({ tokenType, image }) => `${tokenType.name} ${image}`);

test("what tokens are said to begin with is what their patterns allow", () => {
  const stated = new Lexer(LEXED, OPTIONS);
  const found = new Lexer(LEXED.map(withoutHints), OPTIONS);
  const character = fc.oneof(
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    fc.nat(0x7f).map((code) => String.fromCharCode(code)),
    fc.constantFrom("->", "..", "//", '"', "$1", "-1", "==", "&&", "/a/", "\u00b5", "\u2028"),
  );
  fc.assert(
    fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
      const text = characters.join("");
      expect(tokensOf(stated, text)).toEqual(tokensOf(found, text));
    }),
    { numRuns: 5000 },
  );
  for (let code = 0; code <= 0xffff; code++) {
    const text = String.fromCharCode(code);
    if (tokensOf(stated, text).join() !== tokensOf(found, text).join()) expect.fail(`U+${code.toString(16)}`);
  }
});
