/** Findings for programs. */
import type { Diagnostic, Place, Sources } from "./diagnostic.ts";
import { type LineIndex, lineIndex, type Position } from "./position.ts";
import { requestJson } from "./request.ts";

interface JsonPlace {
  readonly file: string;
  /** Counts from 0, as in the Language Server Protocol. */
  readonly range: { readonly start: Position; readonly end: Position };
}

/** The document that `routec check --format json` prints; fields that do not apply are absent. */
export function renderJson(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const indexes = new Map<string, LineIndex>();
  for (const [file, text] of sources) indexes.set(file, lineIndex(text));
  const place = ({ file, span }: Place): JsonPlace => {
    // A file that could not be read has no text: what is said of it is said of its beginning.
    const lines = indexes.get(file) ?? lineIndex("");
    return { file, range: { start: lines.position(span.start), end: lines.position(span.end) } };
  };
  const count = (severity: string): number => diagnostics.filter((each) => each.severity === severity).length;
  const document = {
    format: 1,
    diagnostics: diagnostics.map((diagnostic) => jsonOf(diagnostic, place)),
    summary: { files: sources.size, errors: count("error"), warnings: count("warning") },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function jsonOf(diagnostic: Diagnostic, place: (place: Place) => JsonPlace): object {
  const { code, severity, message, help, certainty, related, witness, fix } = diagnostic;
  return {
    code,
    severity,
    message,
    ...place(diagnostic),
    help,
    certainty,
    related: related?.map((each) => ({ ...place(each), message: each.message })),
    witness: witness && requestJson(witness),
    fix: fix && { title: fix.title, edits: fix.edits.map((edit) => ({ ...place(edit), text: edit.text })) },
  };
}
