import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keywords } from "../../../runtime/signals/keywords.ts";

const has = (words: readonly string[], text: string): boolean => keywords(words)(text);

describe("keywords", () => {
  it.each([
    [["invoice"], "Where is my INVOICE?"],
    [["credit note"], "a Credit\n  Note, please"],
    [["c++"], "I write C++, not C"],
    [[".net"], "in .NET"],
    [["sev-1"], "this is SEV-1!"],
    [["straße"], "die STRASSE"],
    [["ΟΔΟΣ"], "η οδος εδώ"],
    [["café"], "Cafe\u0301 au lait"],
    [["退款"], "我要退款。"],
    [["now"], "now"],
    [["in", "inside"], "inside"],
  ])("%j are in `%s`", (words, text) => expect(has(words, text)).toBe(true));

  it.each([
    [["cat"], "category"],
    [["cat"], "bobcat"],
    [["refund"], "refunds"],
    [["credit note"], "credit a note"],
    [["c++"], "c plus plus"],
    [["a_b"], "xa_b"],
    [["now"], ""],
    [["e"], "e\u0301"],
  ])("%j are not in `%s`", (words, text) => expect(has(words, text)).toBe(false));

  it("agrees with a search at every place, word for word", () => {
    const letter = fc.constantFrom("a", "b", "-", " ", "退");
    const word = fc.string({ unit: letter, minLength: 1, maxLength: 3 }).filter((each) => each.trim() === each);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: letter, maxLength: 12 }),
        (words, text) => {
          const plain = text.replaceAll(/ +/g, " ");
          const isIn = words.some((each) => {
            const wanted = each.replaceAll(/ +/g, " ");
            return [...plain].some((_, at) => plain.startsWith(wanted, at) && isWhole(plain, at, at + wanted.length));
          });
          expect(has(words, text)).toBe(isIn);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** No letter of a kind that makes words stands on both sides of an end. */
function isWhole(text: string, from: number, to: number): boolean {
  const isOpen = (at: number): boolean => !(/[ab]/.test(text[at - 1] ?? "") && /[ab]/.test(text[at] ?? ""));
  return isOpen(from) && isOpen(to);
}
