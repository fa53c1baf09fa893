/** `// routec-ignore RT5001: reason` keeps a warning that somebody has looked at from being said again. */
import type { Comment, Span } from "../syntax/tree.ts";
import { CODES } from "./codes.ts";
import type { Diagnostic, Fix } from "./diagnostic.ts";
import { type LineIndex, lineIndex } from "./position.ts";
import { nearest } from "./suggest.ts";

export interface CommentedFile {
  readonly name: string;
  readonly text: string;
  readonly comments: readonly Comment[];
}

export interface IgnoreOptions {
  /**
   * Whether an ignore without a finding is one itself. Only where all findings of the file are there: not where errors
   * withhold some, and not where some come up in other programs that import the file.
   */
  readonly whole: boolean;
}

/** An ignore for one line; one comment may name several codes. */
interface Ignore {
  readonly comment: Comment;
  /** The line that it speaks of: its own, or the next one if it has one for itself, comments passed over. */
  readonly line: number;
  readonly codes: readonly { readonly code: string; readonly span: Span }[];
  readonly reason: string;
}

/** The findings of a program without those that a file's ignores silence, and with what is wrong with the ignores. */
export function applyIgnores(
  file: CommentedFile,
  diagnostics: readonly Diagnostic[],
  { whole }: IgnoreOptions,
): Diagnostic[] {
  if (!file.comments.some(({ text }) => IGNORE.test(text))) return [...diagnostics];
  const lines = lineIndex(file.text);
  const inFile = Map.groupBy(
    diagnostics.filter((finding) => finding.file === file.name),
    (finding) => lines.position(finding.span.start).line,
  );
  const silenced = new Set<Diagnostic>();
  const faults: Diagnostic[] = [];
  for (const ignore of ignoresOf(file, lines)) {
    const report = (span: Span, message: string, extra: Pick<Diagnostic, "help" | "fix"> = {}): void => {
      faults.push({ code: "RT5003", severity: "warning", file: file.name, span, message, ...extra });
    };
    const { comment, codes, reason } = ignore;
    if (codes.length === 0 || reason === "") {
      const missing = codes.length === 0 ? "an ignore names the codes that it silences" : "an ignore needs a reason";
      report(comment.span, missing, {
        help: `write \`// routec-ignore ${codes.map(({ code }) => code).join(", ") || "RT5001"}: reason\``,
      });
      continue;
    }
    for (const { code, span } of codes) {
      const found = (inFile.get(ignore.line) ?? []).filter((finding) => finding.code === code);
      const warnings = found.filter(({ severity }) => severity === "warning");
      for (const warning of warnings) silenced.add(warning);
      if (!Object.hasOwn(CODES, code)) {
        const near = nearest(code, Object.keys(CODES));
        report(span, `there is no code \`${code}\``, near === undefined ? {} : { help: `did you mean \`${near}\`?` });
      } else if (warnings.length < found.length) {
        report(span, `\`${code}\` is an error here, and errors cannot be ignored`);
      } else if (found.length === 0 && whole) {
        report(
          span,
          `there is no \`${code}\` to ignore here`,
          codes.length === 1 ? { fix: removal(file, comment) } : {},
        );
      }
    }
  }
  return [...diagnostics.filter((finding) => !silenced.has(finding)), ...faults];
}

/** Codes, divided by commas, then the reason. */
const IGNORE = /^\/\/[ \t]*routec-ignore\b([^:]*)(?::(.*))?$/d;

function* ignoresOf({ text, comments }: CommentedFile, lines: LineIndex): Generator<Ignore> {
  const ownLines = new Set<number>();
  for (const { span } of comments) {
    const line = lines.position(span.start).line;
    if (text.slice(lines.span(line).start, span.start).trim() === "") ownLines.add(line);
  }
  for (const comment of comments) {
    const match = IGNORE.exec(comment.text);
    if (match === null) continue;
    let line = lines.position(comment.span.start).line;
    while (ownLines.has(line)) line++;
    const listed = comment.span.start + (match.indices?.[1]?.[0] ?? 0);
    const codes = [...(match[1] ?? "").matchAll(/[^\s,](?:[^,]*[^\s,])?/g)].map(({ 0: code, index }) => ({
      code,
      span: { start: listed + index, end: listed + index + code.length },
    }));
    yield { comment, line, codes, reason: (match[2] ?? "").trim() };
  }
}

/** Takes the comment away, with the space before it. */
function removal({ name, text }: CommentedFile, { span }: Comment): Fix {
  const start = text.slice(0, span.start).trimEnd().length;
  const lineStart = Math.max(text.lastIndexOf("\n", span.start), text.lastIndexOf("\r", span.start)) + 1;
  const from = start <= lineStart ? span.start : start;
  return { title: "remove the ignore", edits: [{ file: name, span: { start: from, end: span.end }, text: "" }] };
}
