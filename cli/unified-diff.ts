/** What a text would become, as a unified diff: the form that people read and `patch` applies. */
import { styleText } from "node:util";
import { printable } from "../compiler/diagnostics/cells.ts";

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** Past as many pairs of lines to compare, all lines from the first change to the last count as changed. */
const MOST_PAIRS = 4_000_000;

type Sign = " " | "-" | "+";
type Row = readonly [sign: Sign, line: string];

/** Empty where the texts are the same. In colour, control characters are made visible; otherwise they are as in the file. */
export function unifiedDiff(file: string, before: string, after: string, color: boolean): string {
  const rows = compare(linesOf(before), linesOf(after));
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(([sign]) => sign !== " "));
  const text: string[] = [];
  for (let start = near.indexOf(true); start !== -1; ) {
    const end = near.indexOf(false, start) === -1 ? rows.length : near.indexOf(false, start);
    const ranges = `${range("-", rows, start, end)} ${range("+", rows, start, end)}`;
    text.push(paint("@", `@@ ${ranges} @@`, color));
    for (const [sign, line] of rows.slice(start, end)) {
      const written = line.replace(/\n$/, "");
      text.push(paint(sign, sign + (color ? printable(written) : written), color));
      if (written === line) text.push("\\ No newline at end of file");
    }
    start = near.indexOf(true, end);
  }
  if (text.length === 0) return "";
  const name = file.replace(/^\/+/, "");
  return `${[paint("@", `--- a/${name}`, color), paint("@", `+++ b/${name}`, color), ...text].join("\n")}\n`;
}

/** `-12,7`: the first line of one side's part of a hunk, or the one before it where it has none, and how many there are. */
function range(side: "-" | "+", rows: readonly Row[], start: number, end: number): string {
  const count = (some: readonly Row[]): number => some.filter(([sign]) => sign === " " || sign === side).length;
  const length = count(rows.slice(start, end));
  return `${side}${count(rows.slice(0, start)) + (length === 0 ? 0 : 1)}${length === 1 ? "" : `,${length}`}`;
}

const STYLES = { "@": "cyan", "-": "red", "+": "green" } as const;

function paint(role: Sign | "@", text: string, color: boolean): string {
  return color && role !== " " ? styleText(STYLES[role], text, { validateStream: false }) : text;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines of both sides, by a longest common subsequence of what lies between their common beginning and end. */
function compare(before: readonly string[], after: readonly string[]): Row[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]): Row[] => lines.map((line) => [" ", line]);
  const middle = between(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...same(before.slice(0, head)), ...middle, ...same(before.slice(before.length - tail))];
}

function between(before: readonly string[], after: readonly string[]): Row[] {
  const width = after.length + 1;
  const known = before.length * after.length <= MOST_PAIRS;
  // At [i, j] the length of the longest common subsequence of the lines from i and from j on.
  const longest = new Uint32Array(known ? (before.length + 1) * width : 0);
  for (let i = before.length - 1; known && i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i * width + j] =
        before[i] === after[j]
          ? 1 + (longest[(i + 1) * width + j + 1] ?? 0)
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const rows: Row[] = [];
  let j = 0;
  for (const [i, line] of before.entries()) {
    const reach = longest[(i + 1) * width + j] ?? 0;
    // The line is kept if the longest subsequence from here needs it; what was put in before it comes first.
    if (known && (longest[i * width + j] ?? 0) > reach) {
      for (; after[j] !== line; j++) rows.push(["+", after[j] ?? ""]);
      rows.push([" ", line]);
      j++;
    } else rows.push(["-", line]);
  }
  return [...rows, ...after.slice(j).map((line): Row => ["+", line])];
}
