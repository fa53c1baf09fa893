import type { Code, Diagnostic, Severity } from "../diagnostics/index.ts";
import type { Span } from "../syntax/tree.ts";

/** What a finding may say beside its message. */
export type Extra = Pick<Diagnostic, "help" | "related" | "certainty" | "witness" | "fix">;

/** Collects findings. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];

  error(code: Code, file: string, span: Span, message: string, extra: Extra = {}): void {
    this.#add("error", code, file, span, message, extra);
  }

  warning(code: Code, file: string, span: Span, message: string, extra: Extra = {}): void {
    this.#add("warning", code, file, span, message, extra);
  }

  #add(severity: Severity, code: Code, file: string, { start, end }: Span, message: string, extra: Extra): void {
    this.diagnostics.push({ code, severity, message, file, span: { start, end }, ...extra });
  }
}

/** The help line for a word that is none of the known ones; empty when nothing is near. */
export function didYouMean(suggestion: string | undefined): Extra {
  return suggestion === undefined ? {} : { help: `did you mean \`${suggestion}\`?` };
}
