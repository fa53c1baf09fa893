import type { Code, Diagnostic, Place, Severity } from "../diagnostics/index.ts";
import type { Span } from "../syntax/tree.ts";

/** What a finding may say beside its message. */
export type Extra = Pick<Diagnostic, "help" | "related" | "certainty" | "witness" | "fix"> & {
  /** What is probably meant by what stands at the finding's place: told as help, and as a fix for the editor. */
  readonly meant?: Meant;
};

interface Meant {
  readonly text: string;
  /** Where only a text in double quotes can stand. */
  readonly quoted: boolean;
}

/** Collects findings, of each place that could not be read only the one that says so. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];

  error(code: Code, file: string, span: Span, message: string, extra: Extra = {}): void {
    this.#add("error", code, file, span, message, extra);
  }

  warning(code: Code, file: string, span: Span, message: string, extra: Extra = {}): void {
    this.#add("warning", code, file, span, message, extra);
  }

  /** Whether something is wrong within a place: what seems to be missing there may be what could not be read. */
  hasErrorIn({ file, span }: Place): boolean {
    return this.diagnostics.some(
      (earlier) =>
        earlier.severity === "error" &&
        earlier.file === file &&
        earlier.span.start >= span.start &&
        earlier.span.end <= span.end,
    );
  }

  #add(severity: Severity, code: Code, file: string, { start, end }: Span, message: string, extra: Extra): void {
    if (this.#isUnread(file, start)) return;
    const { meant, help, fix, ...said } = extra;
    const place = { file, span: { start, end } };
    this.diagnostics.push({
      code,
      severity,
      message: onOneLine(message),
      ...place,
      ...(meant && suggested(meant, place)),
      ...(help !== undefined && { help: onOneLine(help) }),
      ...(fix && { fix: { ...fix, title: onOneLine(fix.title) } }),
      ...said,
    });
  }

  #isUnread(file: string, start: number): boolean {
    return this.diagnostics.some(
      (earlier) => earlier.span.start === start && earlier.file === file && UNREADABLE.has(earlier.code),
    );
  }
}

/** What the author wrote may have line ends in it; a message is one sentence. */
function onOneLine(message: string): string {
  return message.replaceAll(/\s+/g, " ");
}

/** What the lexer says of a token for which something else then stands in. */
const UNREADABLE: ReadonlySet<Code> = new Set(["RT1002", "RT1003", "RT1005"]);

/** Nobody but the author knows whether the nearest name is the one: the fix is for people to choose. */
function suggested({ text, quoted }: Meant, place: Place): Pick<Diagnostic, "help" | "fix"> {
  const written = quoted || !/^[A-Za-z_][\w.]*$/.test(text) ? JSON.stringify(text) : text;
  const fix = { title: `write \`${text}\``, edits: [{ ...place, text: written }], unsafe: true } as const;
  return { help: `did you mean \`${text}\`?`, fix };
}

/**
 * For a word that is none of the known ones, where the finding's place is that word: the help line and the fix. Empty
 * when nothing is near.
 */
export function didYouMean(suggestion: string | undefined, quoted = false): Extra {
  return suggestion === undefined ? {} : { meant: { text: suggestion, quoted } };
}

/** A message that a name is unknown, with all that are known where none is near. */
export function orExpected(message: string, known: readonly string[], meant: string | undefined): string {
  return meant === undefined ? `${message}: expected ${known.join(", ")}` : message;
}

export function helpWith(help: string | undefined): Extra {
  return help === undefined ? {} : { help };
}
