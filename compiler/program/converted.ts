/** Literals of one type that were written as another. */
import { readNumber, spell } from "../syntax/literals.ts";
import type { Value } from "../syntax/tree.ts";
import type { Extra } from "./report.ts";
import type { Type } from "./types.ts";

/** For a finding of a wrong type at a literal: what it is as one of the type, if that can be told; else empty. */
export function convertedTo(type: Type, value: Value, file: string): Extra {
  const quoted = value.kind === "word" && value.quoted;
  const text = quoted ? value.text : amount(type, value);
  if (text === undefined || !isOf(type, text)) return {};
  const edits = [{ file, span: value.span, text }];
  // That a number was in quotes leaves no doubt about which one it is; that it had no unit does.
  return {
    help: `did you mean \`${text}\`?`,
    fix: { title: `write \`${text}\``, edits, ...(!quoted && { unsafe: true }) },
  };
}

function amount(type: Type, value: Value): string | undefined {
  if (type.kind === "score" && value.kind === "percent") return spell({ kind: "decimal", value: value.value / 100 });
  if (value.kind !== "int" && value.kind !== "decimal") return undefined;
  if (type.kind === "money") return `$${spell(value)}`;
  if (type.kind !== "percent") return undefined;
  // As many digits as a share is written with, so that 0.07 is 7%.
  return `${value.kind === "int" ? value.value : Number((value.value * 100).toPrecision(12))}%`;
}

function isOf(type: Type, text: string): boolean {
  if (type.kind === "bool") return text === "true" || text === "false";
  const read = readNumber(text);
  if (!("kind" in read)) return false;
  return read.kind === type.kind || (type.kind === "score" && (read.kind === "int" || read.kind === "decimal"));
}
