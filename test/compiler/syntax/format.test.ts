import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format, formatCondition, formatExpression, formatRule, parse } from "../../../compiler/syntax/index.ts";
import { condition, essence, expression, rule } from "./arbitrary.ts";
import { written } from "./arbitrary-files.ts";
import { declared } from "./support.ts";

const formatted = (text: string) => format(text, parse("p.route", text).tree);
const comments = (text: string) => parse("p.route", text).tree.comments.map((comment) => comment.text.trimEnd());

describe("whatever is formatted", () => {
  const always = (property: (text: string, out: string) => void) =>
    fc.assert(
      fc.property(written, ({ text }) => {
        property(text, formatted(text));
      }),
      { numRuns: 300 },
    );

  test("says the same as before", () =>
    always((text, out) => {
      expect(parse("p.route", out).diagnostics).toEqual([]);
      expect(essence(parse("p.route", out).tree)).toEqual(essence(parse("p.route", text).tree));
    }));

  test("stays as it is when it is formatted again", () => always((_, out) => expect(formatted(out)).toBe(out)));

  test("keeps its comments, in their order", () =>
    always((text, out) => expect(comments(out)).toEqual(comments(text))));

  test("has no trailing white space and no two blank lines", () =>
    always((_, out) => expect(out).not.toMatch(/[ \t]\n|\n\n\n|^\n/)));
});

describe("the text of a node, without its source, is one line that says the same", () => {
  const onOneLine = (text: string) => {
    expect(text).not.toContain("\n");
    return text;
  };

  test("of a condition", () =>
    fc.assert(
      fc.property(condition, (condition) => {
        const read = declared(`let x = ${onOneLine(formatCondition(condition))}`);
        expect(essence(read)).toMatchObject({ condition: essence(condition) as object });
      }),
    ));

  test("of a plan", () =>
    fc.assert(
      fc.property(expression, (run) => {
        const read = declared(`plan x = ${onOneLine(formatExpression(run))}`);
        expect(essence(read)).toMatchObject({ run: essence(run) as object });
      }),
    ));

  test("of a rule", () =>
    fc.assert(
      fc.property(rule, (rule) => {
        const read = declared(`route x { ${onOneLine(formatRule(rule))} }`);
        expect(essence(read)).toMatchObject({ rules: [essence(rule)] });
      }),
    ));
});
