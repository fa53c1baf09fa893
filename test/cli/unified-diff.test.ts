import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../cli/unified-diff.ts";

const diff = (before: string, after: string) => unifiedDiff("main.route", before, after, false);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join("");

test("the same text has no difference", () => {
  expect(diff("a\nb\n", "a\nb\n")).toBe("");
  expect(diff("", "")).toBe("");
});

test("changes near each other share a hunk, others have their own", () => {
  const before = numbered(1, 30);
  const after = before.replace("\n10\n", "\nten\n").replace("\n15\n", "\n").replace("\n25\n", "\n25\nmore\n");
  expect(diff(before, after)).toBe(
    `--- a/main.route\n+++ b/main.route\n@@ -7,12 +7,11 @@
${[7, 8, 9].map((n) => ` ${n}\n`).join("")}-10\n+ten\n${[11, 12, 13, 14].map((n) => ` ${n}\n`).join("")}-15
${[16, 17, 18].map((n) => ` ${n}\n`).join("")}@@ -23,6 +22,7 @@
 23\n 24\n 25\n+more\n 26\n 27\n 28\n`,
  );
});

test("a missing line end at the end of the file is said", () => {
  expect(diff("a", "a\n")).toBe(
    "--- a/main.route\n+++ b/main.route\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
  );
});

test("a side without lines counts from the line before", () => {
  expect(diff("", "a\n")).toContain("@@ -0,0 +1 @@\n+a\n");
  expect(diff("a\nb\n", "")).toContain("@@ -1,2 +0,0 @@\n-a\n-b\n");
});

test("a path from the root has one slash after a and b", () => {
  expect(unifiedDiff("/etc/main.route", "a", "b", false)).toMatch(
    /^--- a\/etc\/main\.route\n\+\+\+ b\/etc\/main\.route\n/,
  );
});

test("in colour, what would move the cursor is made visible", () => {
  expect(unifiedDiff("main.route", "a\u001b[2J\r\n", "a\n", true)).toContain("\u001b[31m-a␛[2J␍\u001b[39m\n");
});

test("very much that changed is shown as replaced, without a search for what stayed", () => {
  const [before, after] = [numbered(1, 2100), numbered(2, 2102)];
  expect(diff(before, `${after}`).split("\n")).toHaveLength(2 + 1 + 2100 + 2101 + 1);
});

/** Applies a unified diff, as its definition says: an oracle that knows nothing of how it was made. */
function patched(before: string, patch: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let text = "";
  let next = 0;
  for (const hunk of patch.split(/^(?=@@ )/m).slice(1)) {
    const [head = "", ...rows] = hunk.split("\n").slice(0, -1);
    const [, start = "", length = "1"] = /^@@ -(\d+)(?:,(\d+))? /.exec(head) ?? [];
    const first = Number(start) - (length === "0" ? 0 : 1);
    text += old.slice(next, first).join("");
    next = first + Number(length);
    for (const [i, row] of rows.entries()) {
      const end = rows[i + 1]?.startsWith("\\") ? "" : "\n";
      if (row.startsWith(" ") || row.startsWith("+")) text += row.slice(1) + end;
    }
  }
  return text + old.slice(next).join("");
}

const aText = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "", "c")), fc.boolean())
  .map(([lines, ended]) => lines.join("\n") + (ended ? "\n" : ""));

test("a difference leads from the one text to the other", () => {
  fc.assert(
    fc.property(aText, aText, (before, after) => {
      expect(patched(before, diff(before, after))).toBe(after);
    }),
  );
});

test("no line is both taken away and put in needlessly: a text with lines added shows only those", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a\n", "b\n", "c\n"), fc.boolean())), (lines) => {
      const before = lines.filter(([, old]) => old).map(([line]) => line);
      const patch = diff(before.join(""), lines.map(([line]) => line).join(""));
      expect(patch.match(/^-(?!--)/gm)).toBe(null);
      expect(patch.match(/^\+(?!\+\+)/gm)?.length ?? 0).toBe(lines.length - before.length);
    }),
  );
});
