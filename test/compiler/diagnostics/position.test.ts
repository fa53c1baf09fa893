import fc from "fast-check";
import { expect, test } from "vitest";
import { lineIndex } from "../../../compiler/diagnostics/position.ts";

const place = (text: string, offset: number) => {
  const { line, character } = lineIndex(text).position(offset);
  return `${line}:${character}`;
};

test("LF, CRLF and a lone CR end a line", () => {
  expect(place("a\nb", 2)).toBe("1:0");
  expect(place("a\r\nb", 3)).toBe("1:0");
  expect(place("a\rb", 2)).toBe("1:0");
  expect(place("a\n\r\nb", 4)).toBe("2:0");
});

test("characters are UTF-16 code units", () => {
  expect(place("😀x", 2)).toBe("0:2");
});

test("the end of the text is a place, and what lies outside is taken to the nearer end", () => {
  expect(place("", 0)).toBe("0:0");
  expect(place("ab\n", 3)).toBe("1:0");
  expect(place("ab", 99)).toBe("0:2");
  expect(place("ab", -1)).toBe("0:0");
});

test("within a line end is at its beginning", () => {
  expect(place("a\r\nb", 2)).toBe("0:1");
});

const text = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r", "\r\n", "\t") });

/** Walks the text from its beginning. */
function naivePosition(text: string, offset: number): { line: number; character: number } {
  let line = 0;
  let start = 0;
  for (let i = 0; i < offset; i++) {
    const ends = text[i] === "\n" || (text[i] === "\r" && text[i + 1] !== "\n");
    if (!ends) continue;
    line++;
    start = i + 1;
  }
  const inCrlf = text[offset - 1] === "\r" && text[offset] === "\n";
  return { line, character: offset - start - (inCrlf ? 1 : 0) };
}

test("a place is where walking the text leads", () => {
  fc.assert(
    fc.property(text, fc.nat(30), (text, n) => {
      const offset = Math.min(n, text.length);
      expect(lineIndex(text).position(offset)).toEqual(naivePosition(text, offset));
    }),
  );
});

test("an offset leads to a place and back", () => {
  fc.assert(
    fc.property(text, fc.nat(30), (text, n) => {
      const index = lineIndex(text);
      const offset = Math.min(n, text.length);
      const inCrlf = text[offset - 1] === "\r" && text[offset] === "\n";
      expect(index.offset(index.position(offset))).toBe(inCrlf ? offset - 1 : offset);
    }),
  );
});
