/** The grammar that completion is made from is that of the parser. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lex } from "../../compiler/syntax/lexer.ts";
import { expectedAfter } from "../../lsp/completion/follow.ts";
import { GRAMMAR } from "../../lsp/completion/grammar.ts";
import { policy } from "../compiler/policies.ts";

const page = readFileSync(new URL("../../docs/grammar.md", import.meta.url), "utf8");

/** Rules without their roles, and without where lines are broken. */
const plain = (grammar: string): string =>
  grammar
    .replaceAll(/(?<=[\w-]):[a-z_]+/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();

describe("the grammar of completion", () => {
  it("is the page's, but for what names are in their places", () => {
    const ebnf = /```ebnf\n(.*?)```/s.exec(page)?.[1] ?? "";
    expect(plain(GRAMMAR)).toBe(plain(ebnf));
  });

  it("expects each word of a policy after those before it", () => {
    fc.assert(
      fc.property(policy, fc.nat(), (text, at) => {
        const { tokens } = lex(text);
        const index = at % tokens.length;
        const token = tokens[index]?.image as string;
        const start = tokens
          .slice(0, index)
          .findLastIndex(({ image }) => /^(?:request|route|model|provider)$/.test(image));
        const expected = expectedAfter(tokens.slice(Math.max(0, start), index));
        const fits = expected.some(({ literal, terminal }) =>
          literal === undefined
            ? { NAME: /^[A-Za-z_]/, STRING: /^"/, NUMBER: /^[-$\d]/, REGEX: /^\// }[terminal as "NAME"]?.test(token)
            : literal === token,
        );
        expect(
          fits || token === ",",
          `${token} after ${tokens
            .slice(0, index)
            .map(({ image }) => image)
            .join(" ")}`,
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
