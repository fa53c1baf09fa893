/** Texts that change: positions in both encodings, pieces that are read again, places that move along. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../compiler/syntax/index.ts";
import { Document } from "../../lsp/text/document.ts";
import { createIncrementalParser } from "../../lsp/text/parse.ts";
import { createCutter } from "../../lsp/text/pieces.ts";
import { type Encoding, positionsOf } from "../../lsp/text/positions.ts";
import { policy } from "../compiler/policies.ts";

const text = fc.string({
  unit: fc.constantFrom("a", "é", "漢", "😀", "\n", "\r\n", " ", "{", '"', "plan p = q", "\n//x\nroute r -> p"),
});
const encoding = fc.constantFrom<Encoding>("utf-8", "utf-16");

describe("positions", () => {
  it("of characters lead back to them, in both encodings", () => {
    fc.assert(
      fc.property(text, encoding, (of, units) => {
        const positions = positionsOf(of, units);
        let offset = 0;
        for (const character of of) {
          // Within CRLF there is no place.
          if (!(character === "\n" && of[offset - 1] === "\r"))
            expect(positions.offset(positions.position(offset))).toBe(offset);
          offset += character.length;
        }
      }),
    );
  });

  it("count bytes where that was agreed on", () => {
    expect(positionsOf("a\né漢😀x", "utf-8").position(6)).toEqual({ line: 1, character: 9 });
    expect(positionsOf("a\né漢😀x", "utf-16").position(6)).toEqual({ line: 1, character: 4 });
  });
});

const open = (of: string): Document => new Document("file:///p.route", "/p.route", of, 1, "utf-16");

describe("a document", () => {
  it("has after changes of parts the text that the client has", () => {
    const change = fc.record({ start: fc.nat(), length: fc.nat({ max: 20 }), by: text });
    fc.assert(
      fc.property(text, fc.array(change), (of, changes) => {
        const document = open(of);
        let expected = of;
        for (const { start, length, by } of changes) {
          const positions = positionsOf(expected, "utf-16");
          const range = {
            start: positions.position(start % (expected.length + 1)),
            end: positions.position((start % (expected.length + 1)) + length),
          };
          const span = positions.span(range);
          expected = expected.slice(0, span.start) + by + expected.slice(span.end);
          document.apply([{ range, text: by }], 2);
        }
        expect(document.text).toBe(expected);
        expect(document.pieces.map(({ piece }) => piece.text).join("")).toBe(expected);
      }),
    );
  });

  it("knows where something stands now that stood elsewhere before", () => {
    const document = open("plan a = x\nplan b = y\n");
    const span = { start: 16, end: 17 };
    const at = (line: number, character: number) => ({ line, character });
    document.apply([{ range: { start: at(0, 9), end: at(0, 10) }, text: "longer" }], 2);
    expect(document.spanSince(span, 0)).toEqual({ start: 21, end: 22 });
    document.apply([{ range: { start: at(1, 5), end: at(1, 6) }, text: "c" }], 3);
    expect(document.spanSince(span, 0)).toBeUndefined();
  });
});

describe("cutting again", () => {
  it("gives the pieces that cutting anew gives, whatever was changed", () => {
    const part = fc.constantFrom(
      "plan a = b",
      "plan",
      "// c",
      "///",
      "route r {",
      "}",
      "  when x -> y",
      " ",
      "\n",
      "\r\n",
      "\n",
    );
    const texts = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(""));
    const change = fc.tuple(fc.nat(), fc.nat({ max: 12 }), texts);
    const shown = (of: string, cut = createCutter()) => cut(of).map(({ start, piece }) => [start, piece.text]);
    fc.assert(
      fc.property(texts, fc.array(change, { maxLength: 6 }), (of, changes) => {
        const cut = createCutter();
        let now = of;
        cut(now);
        for (const [at, length, by] of changes) {
          const start = at % (now.length + 1);
          now = now.slice(0, start) + by.slice(0, 30) + now.slice(start + length);
          expect(shown(now, cut)).toEqual(shown(now));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("reading again", () => {
  it("gives what reading gives", () => {
    fc.assert(
      fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), fc.nat(), (policies, at) => {
        const parser = createIncrementalParser();
        for (const of of policies) {
          expect(parser.parse("main.route", of)).toEqual(parse("main.route", of));
          parser.forget();
          // As somebody goes on typing.
          const longer = `${of.slice(0, at % of.length)}\n// more\n${of.slice(at % of.length)}`;
          const whole = parse("main.route", longer);
          const again = parser.parse("main.route", longer);
          if (whole.diagnostics.length === 0) expect(again).toEqual(whole);
          parser.forget();
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [
      "a name in the first column of a block",
      'request {\nmodel_name string from header "x"\nlimit int from header "y"\n}\n',
    ],
    ["comments between declarations", "// a\n\n/// b\nplan p = q\n\n// c\nplan r = s // d\n// e\n"],
    ["no declaration", "\n\n// nothing\n"],
    ["a byte order mark", "\ufeffplan p = q\nplan r = s\n"],
    ["a declaration after white space", "  plan p = q\n  plan r = s\nplan t = u\n"],
  ])("gives it for %s", (_, of) => {
    expect(createIncrementalParser().parse("main.route", of)).toEqual(parse("main.route", of));
  });
});
