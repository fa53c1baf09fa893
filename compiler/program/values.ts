/** Literals where a type is expected. */
import { nearest } from "../diagnostics/index.ts";
import { LARGEST, spell } from "../syntax/literals.ts";
import type { NumberKind, Value, Word } from "../syntax/tree.ts";
import { convertedTo } from "./converted.ts";
import { didYouMean, type Report } from "./report.ts";
import { describeType, describeValue, type Type } from "./types.ts";

/** The value in the units of the table, or undefined after reporting (or the lexer has) why it is not of the type. */
export function checkValue(
  value: Value,
  type: Type,
  range: readonly [min: number, max: number],
  file: string,
  report: Report,
): boolean | number | string | undefined {
  if (type.kind === "enum") {
    const text = value.kind === "word" ? value.text : value.kind === "bool" ? String(value.value) : undefined;
    if (text !== undefined && type.members.includes(text)) return text;
    if (text === undefined) return mismatch(value, type, file, report);
    report.error("RT2005", file, value.span, `\`${text}\` is not a member: expected ${describeType(type)}`, {
      ...didYouMean(nearest(text, type.members)),
    });
    return undefined;
  }
  if (value.kind === "word") {
    if (type.kind === "string" && value.quoted) return value.text;
    if (type.kind !== "string") return mismatch(value, type, file, report);
    report.error("RT2003", file, value.span, `\`${value.text}\` is a word: expected ${describeType(type)}`, {
      help: "put a text in double quotes",
      // It may be meant for the attribute of that name.
      fix: {
        title: "quote it",
        edits: [{ file, span: value.span, text: JSON.stringify(value.text) }],
        unsafe: true,
      },
    });
    return undefined;
  }
  if (value.kind === "bool") return type.kind === "bool" ? value.value : mismatch(value, type, file, report);
  if (value.malformed) return undefined;
  const fits =
    value.kind === type.kind || (type.kind === "score" && (value.kind === "int" || value.kind === "decimal"));
  if (!fits) return mismatch(value, type, file, report);
  const [min, max] = range;
  if (value.value >= min && value.value <= max) return value.value;
  const message = `\`${spell(value)}\` is out of range: expected ${describeRange(value.kind, range)}`;
  report.error("RT2004", file, value.span, message);
  return undefined;
}

/** As a policy would write it; an end that is only as far as numbers go is left out. */
function describeRange(kind: NumberKind, [min, max]: readonly [min: number, max: number]): string {
  const [from, to] = [min, max].map(
    (value) => `\`${Number.isInteger(value) && kind === "decimal" ? value : spell({ kind, value })}\``,
  );
  if (max === LARGEST) return `at least ${from}`;
  return min === -LARGEST ? `at most ${to}` : `${from} to ${to}`;
}

/** Whether a text was written with nothing in it; one that could not be read has no quotes, or is shorter than they are. */
export function isEmpty({ text, quoted, span }: Word): boolean {
  return quoted && text === "" && span.end - span.start >= 2;
}

function mismatch(value: Value, type: Type, file: string, report: Report): undefined {
  const written =
    value.kind === "word" && !value.quoted ? `\`${value.text}\` is a word` : `this is ${describeValue(value)}`;
  report.error(
    "RT2003",
    file,
    value.span,
    `${written}: expected ${describeType(type)}`,
    convertedTo(type, value, file),
  );
  return undefined;
}
