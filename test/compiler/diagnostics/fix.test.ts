import fc from "fast-check";
import { expect, test } from "vitest";
import type { Diagnostic, Edit } from "../../../compiler/diagnostics/diagnostic.ts";
import { applyFixes } from "../../../compiler/diagnostics/fix.ts";

type ShortEdit = readonly [start: number, end: number, text: string, file?: string];

/** A finding whose fix has these edits. */
const fixing = (...edits: ShortEdit[]): Diagnostic => ({
  code: "RT1001",
  severity: "error",
  message: "wrong",
  file: "a",
  span: { start: 0, end: 0 },
  fix: {
    title: "mend it",
    edits: edits.map(([start, end, text, file = "a"]) => ({ file, span: { start, end }, text })),
  },
});

/** The text `a` after the fixes. */
const applied = (text: string, ...findings: Diagnostic[]) =>
  applyFixes(new Map([["a", text]]), findings).texts.get("a") ?? "as it was";

test("edits are made at the places that they had in the text", () => {
  expect(applied("one two three", fixing([8, 13, "3"]), fixing([0, 3, "first"]))).toBe("first two 3");
});

test("of two fixes that meet, the first is applied and the other waits", () => {
  const [first, second, third] = [fixing([2, 5, "x"]), fixing([5, 6, "y"]), fixing([8, 8, "z"])];
  const { texts, ...rest } = applyFixes(new Map([["a", "0123456789"]]), [first, second, third]);
  expect(texts.get("a")).toBe("01x567z89");
  expect(rest).toEqual({ applied: [first, third], left: [second] });
});

test("a fix is applied as a whole or not at all, over files too", () => {
  const sources = new Map([
    ["a", "aaaa"],
    ["b", "bbbb"],
  ]);
  const both = fixing([0, 1, "A"], [0, 1, "B", "b"]);
  expect(applyFixes(sources, [both]).texts).toEqual(
    new Map([
      ["a", "Aaaa"],
      ["b", "Bbbb"],
    ]),
  );
  expect(applyFixes(sources, [fixing([1, 2, "x", "b"]), both]).texts).toEqual(new Map([["b", "bxbb"]]));
  expect(applyFixes(sources, [fixing([0, 1, "A"], [0, 1, "C", "c"])]).texts).toEqual(new Map());
});

test("what does not fit the text is left", () => {
  expect(applied("abc", fixing([2, 4, "x"]))).toBe("as it was");
  expect(applied("abc", fixing([-1, 1, "x"]))).toBe("as it was");
  expect(applied("abc", fixing([2, 1, "x"]))).toBe("as it was");
  expect(applied("abc", fixing([0, 2, "x"], [1, 3, "y"]))).toBe("as it was");
});

test("a fix that is not safe is neither applied nor left to apply", () => {
  const guess = fixing([0, 1, "x"]);
  const unsafe: Diagnostic = { ...guess, fix: { title: "guess", edits: [], ...guess.fix, unsafe: true } };
  expect(applyFixes(new Map([["a", "abc"]]), [unsafe])).toEqual({ texts: new Map(), applied: [], left: [] });
});

test("a line that would be left empty goes too, and lines one after another may go at once", () => {
  expect(applied("a\n  b\nc\n", fixing([4, 5, ""]))).toBe("a\nc\n");
  expect(applied("a\r\nb \r\nc\r\nd", fixing([3, 4, ""]), fixing([7, 8, ""]))).toBe("a\r\nd");
  expect(applied("a\n{\n}\nc", fixing([2, 5, ""]))).toBe("a\nc");
  expect(applied("a\nb", fixing([2, 3, ""]))).toBe("a\n");
  expect(applied("a\n b // why\n", fixing([3, 4, ""]))).toBe("a\n  // why\n");
});

test("a byte order mark and the kind of line ends stay", () => {
  expect(applied("\ufeffa\r\nb\r\n", fixing([1, 2, ""]))).toBe("\ufeffb\r\n");
  expect(applied("a\r\nb\r\n", fixing([3, 3, "x\ny\r\n"]))).toBe("a\r\nx\r\ny\r\nb\r\n");
  expect(applied("a\nb\n", fixing([2, 2, "x\n"]))).toBe("a\nx\nb\n");
});

/** Edits made letter by letter: an oracle that knows nothing of order. It takes no line along. */
function naive(text: string, edits: readonly Edit[]): string {
  const before = Array.from({ length: text.length + 1 }, () => "");
  const kept = [...Array(text.length).keys()].map(() => true);
  for (const { span, text: inserted } of edits) {
    before[span.start] += inserted;
    kept.fill(false, span.start, span.end);
  }
  return before.map((inserted, i) => inserted + (kept[i] ? text[i] : "")).join("");
}

const TEXT = "0123456789";
const anEdit = fc
  .tuple(fc.nat(TEXT.length), fc.nat(TEXT.length), fc.constantFrom("x", "yz", ""))
  .map(([a, b, text]): ShortEdit => [Math.min(a, b), Math.max(a, b), text]);
const findings = fc.array(
  fc.array(anEdit, { minLength: 1, maxLength: 2 }).map((edits) => fixing(...edits)),
  {
    maxLength: 5,
  },
);

test("what is applied is what one edit after the other gives, and each fix is applied or left", () => {
  fc.assert(
    fc.property(findings, (all) => {
      const { texts, applied: done, left } = applyFixes(new Map([["a", TEXT]]), all);
      const edits = done.flatMap(({ fix }) => fix?.edits ?? []);
      expect(texts.get("a") ?? TEXT).toBe(naive(TEXT, edits));
      expect(all.filter((each) => done.includes(each) || left.includes(each))).toEqual(all);
      expect(done.length + left.length).toBe(all.length);
      const first = all[0]?.fix?.edits ?? [];
      if (first.length === 1) expect(done[0]).toBe(all[0]);
    }),
  );
});
