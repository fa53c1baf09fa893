/** Findings as sentences, one line each: for screen readers, and for programs that match lines. */
import { printable } from "./cells.ts";
import type { Diagnostic, Place, Sources } from "./diagnostic.ts";
import { type LineIndex, lineIndex } from "./position.ts";
import { requestText } from "./request.ts";

/** One line for each finding: `main.route:42:3: error RT3002: this rule can never match; help: remove it`. */
export function renderPlain(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const indexes = new Map<string, LineIndex>();
  for (const [file, text] of sources) indexes.set(file, lineIndex(text));
  const at = ({ file, span }: Place): string => {
    const position = indexes.get(file)?.position(span.start);
    return position === undefined ? file : `${file}:${position.line + 1}:${position.character + 1}`;
  };
  return diagnostics.map((diagnostic) => `${printable(sentence(diagnostic, at))}\n`).join("");
}

function sentence(diagnostic: Diagnostic, at: (place: Place) => string): string {
  const { severity, code, message, related = [], witness, certainty, help = diagnostic.fix?.title } = diagnostic;
  const parts = [`${at(diagnostic)}: ${severity} ${code}: ${message}`];
  for (const each of related) parts.push(`see ${at(each)}: ${each.message}`);
  if (witness !== undefined) parts.push(`for example: ${requestText(witness)}`);
  if (certainty !== undefined && certainty !== "proved") parts.push(`certainty: ${certainty}`);
  if (help !== undefined) parts.push(`help: ${help}`);
  return parts.join("; ");
}
