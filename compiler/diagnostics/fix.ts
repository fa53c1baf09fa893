/** Applies the fixes of findings to the texts that they are about. */
import type { Span } from "../syntax/tree.ts";
import type { Diagnostic, Edit, Sources } from "./diagnostic.ts";
import { type LineIndex, lineIndex } from "./position.ts";

export interface Fixed {
  /** The texts that changed. */
  readonly texts: ReadonlyMap<string, string>;
  /** The findings whose fix is in them. */
  readonly applied: readonly Diagnostic[];
  /** Those whose fix is safe but not in them: it meets that of an earlier finding, or does not fit the texts. */
  readonly left: readonly Diagnostic[];
}

/** An edit, and how much of the text goes with it. */
interface Cut {
  readonly edit: Edit;
  readonly span: Span;
}

/**
 * Applies every safe fix, as a whole or not at all. Of two that meet the first in order is applied; the other needs a new
 * check, as it may rest on what the first has changed. Where removing something would leave an empty line, the line goes
 * too; line ends within a fix become the file's.
 */
export function applyFixes(sources: Sources, diagnostics: readonly Diagnostic[]): Fixed {
  const indexes = new Map<string, LineIndex>();
  for (const [file, text] of sources) indexes.set(file, lineIndex(text));
  const taken = new Map<string, Cut[]>([...sources.keys()].map((file) => [file, []]));
  const applied: Diagnostic[] = [];
  const left: Diagnostic[] = [];
  for (const diagnostic of diagnostics) {
    const { fix } = diagnostic;
    if (fix === undefined || fix.unsafe === true) continue;
    const cuts = fix.edits.map((edit) => cutOf(edit, sources.get(edit.file) ?? "", indexes.get(edit.file)));
    if (
      cuts.every((cut, i) => fits(cut, sources) && !inTheWay(cut, cuts.slice(0, i), taken.get(cut.edit.file) ?? []))
    ) {
      applied.push(diagnostic);
      for (const cut of cuts) taken.get(cut.edit.file)?.push(cut);
    } else left.push(diagnostic);
  }
  const texts = new Map<string, string>();
  for (const [file, text] of sources) {
    const changed = withCuts(text, taken.get(file) ?? []);
    if (changed !== text) texts.set(file, changed);
  }
  return { texts, applied, left };
}

/** A text with edits that do not overlap, as they are; line ends within them become the text's. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return withCuts(
    text,
    edits.map((edit) => ({ edit, span: edit.span })),
  );
}

function cutOf(edit: Edit, text: string, lines = lineIndex(text)): Cut {
  const { start, end } = edit.span;
  if (edit.text !== "" || start === end) return { edit, span: edit.span };
  const from = Math.max(lines.span(lines.position(start).line).start, text.startsWith("\ufeff") ? 1 : 0);
  const last = lines.position(end).line;
  const emptied = (text.slice(from, start) + text.slice(end, lines.span(last).end)).trim() === "";
  return { edit, span: emptied ? { start: from, end: lines.span(last + 1).start } : edit.span };
}

function fits({ edit: { file, span } }: Cut, sources: Sources): boolean {
  const text = sources.get(file);
  return text !== undefined && 0 <= span.start && span.start <= span.end && span.end <= text.length;
}

/** Edits of one fix may stand side by side, those of two may not even touch. */
function inTheWay(cut: Cut, own: readonly Cut[], others: readonly Cut[]): boolean {
  const inOwnFile = own.filter(({ edit }) => edit.file === cut.edit.file);
  return (
    inOwnFile.some((other) => overlap(cut.span, other.span)) ||
    others.some((other) => overlap(cut.span, other.span) || touch(cut.edit.span, other.edit.span))
  );
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

function touch(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

function withCuts(text: string, cuts: readonly Cut[]): string {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  let changed = "";
  let at = 0;
  // Edits of one place stay in their order.
  for (const { edit, span } of cuts.toSorted((a, b) => a.span.start - b.span.start)) {
    changed += text.slice(at, span.start) + edit.text.replaceAll(/\r?\n/g, lineEnd);
    at = Math.max(at, span.end);
  }
  return changed + text.slice(at);
}
