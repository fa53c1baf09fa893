/** What is not checked each time the parser is made is checked here: Chevrotain's own proofs about lexer and grammar. */
import { Lexer } from "chevrotain";
import { describe, expect, it } from "vitest";
import { DeclarationGrammar } from "../../../compiler/syntax/parser.ts";
import { LEXED } from "../../../compiler/syntax/tokens.ts";

describe("the grammar", () => {
  it("is LL(2): no two alternatives begin with the same two tokens, no rule is left-recursive", () => {
    expect(() => new DeclarationGrammar("proved")).not.toThrow();
  });

  it("has tokens of which none hides another, each found by its first character", () => {
    const lexer = new Lexer(LEXED, { positionTracking: "onlyOffset", ensureOptimizations: true });
    expect(lexer.lexerDefinitionErrors).toEqual([]);
  });
});
