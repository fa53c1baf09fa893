/** The edit that writes numbers into a policy, each line with a comment above it that says where they are from. */
import type { Edit } from "../diagnostics/diagnostic.ts";
import { applyEdits } from "../diagnostics/fix.ts";
import { lineIndex } from "../diagnostics/position.ts";
import type { ProgramFile } from "../program/program.ts";
import type { Calibrated, Calibration } from "./calibrate.ts";
import { counted, dollars, literal, percent, share } from "./wording.ts";

export interface Provenance {
  /** Of the file of outcomes, in hexadecimal. */
  readonly sha256: string;
  /** `2026-01-31`. */
  readonly date: string;
}

/** Begins each comment, and tells those of an earlier calibration, which are replaced. */
const MARK = "// calibrated ";
const HASH_DIGITS = 12;

/**
 * The texts of the files that change. Numbers that stay keep their spelling, and have a comment of their own all the same,
 * but for those on which no outcome hangs.
 */
export function calibratedTexts(
  { thresholds, fitted, heldOut, wanted }: Pick<Calibration, "thresholds" | "fitted" | "heldOut" | "wanted">,
  { sha256, date }: Provenance,
): ReadonlyMap<ProgramFile, string> {
  const goal =
    wanted.kind === "cost"
      ? `the best quality for ${dollars(wanted.most)} a request`
      : `quality ${wanted.isShare ? `${percent(wanted.least)} of the strong model's` : share(wanted.least)} at the least cost`;
  const source = `${counted(fitted + heldOut, "outcome")} (sha256:${sha256.slice(0, HASH_DIGITS)})`;
  const comment = `${MARK}${date} from ${source}: ${goal}`;
  const supported = thresholds.filter(({ meaning }) => meaning !== undefined);
  const byFile = Map.groupBy(supported, ({ threshold }) => threshold.file);
  return new Map(
    [...byFile].map(([file, own]) => [
      file,
      applyEdits(file.text, [...own.flatMap(numberEdit), ...commentEdits(file, own, comment)]),
    ]),
  );
}

function numberEdit({ threshold, number }: Calibrated): Edit[] {
  const { file, literal: span, value } = threshold;
  return number === value ? [] : [{ file: file.name, span, text: literal(threshold, number) }];
}

function commentEdits({ name, text }: ProgramFile, own: readonly Calibrated[], comment: string): Edit[] {
  const lines = lineIndex(text);
  const textOf = (line: number): string => text.slice(lines.span(line).start, lines.span(line).end).trim();
  const numbered = new Set(own.map(({ threshold }) => lines.position(threshold.literal.start).line));
  return [...numbered].map((line) => {
    // Above whatever comments the line has: one of them may silence a finding in the line below it.
    let first = line;
    while (first > 0 && textOf(first - 1).startsWith("//")) first--;
    for (let above = first; above < line; above++)
      if (textOf(above).startsWith(MARK)) {
        const { start, end } = lines.span(above);
        const indent = text.slice(start, end).search(/\S/);
        return { file: name, span: { start: start + indent, end }, text: comment };
      }
    const { start } = lines.span(first);
    const indent = /^[ \t]*/.exec(text.slice(lines.span(line).start))?.[0] ?? "";
    return { file: name, span: { start, end: start }, text: `${indent}${comment}\n` };
  });
}
