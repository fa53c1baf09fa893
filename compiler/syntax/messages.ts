/** The words in which syntax errors are told. */
import { EOF, type IParserErrorMessageProvider, type IToken, type TokenType } from "chevrotain";
import { type Code, type Diagnostic, type Fix, nearest } from "../diagnostics/index.ts";
import * as t from "./tokens.ts";
import type { Span } from "./tree.ts";

/** A syntax error before it is known which file it is in. */
export interface Problem {
  readonly code: Code;
  readonly span: Span;
  readonly message: string;
  readonly help?: string;
  /** What to write in place of the span, and the imperative that says so. */
  readonly fix?: { readonly title: string; readonly text: string };
}

/** After this many the rest of a file is not read: it is not being edited but something else entirely. */
export const MOST_PROBLEMS = 100;

/** The problems of a file as diagnostics, in the order of the text. */
export function diagnose(file: string, problems: readonly Problem[]): Diagnostic[] {
  const ordered = problems.toSorted((a, b) => a.span.start - b.span.start);
  const shown = ordered.slice(0, MOST_PROBLEMS);
  const next = ordered[MOST_PROBLEMS];
  if (next)
    shown.push({ ...next, message: `there are more than ${MOST_PROBLEMS} syntax errors: the rest are not shown` });
  return shown.map(({ code, span, message, help, fix }) => ({
    code,
    severity: "error",
    file,
    span,
    message,
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined ? {} : { fix: fixOf(file, span, fix) }),
  }));
}

function fixOf(file: string, span: Span, { title, text }: { title: string; text: string }): Fix {
  return { title, edits: [{ file, span, text }] };
}

/** What stands at a span of the text is written otherwise in this language. */
export function slip(text: string, span: Span, right: string): Problem {
  const title = `write \`${right}\``;
  const message = `${code(text.slice(span.start, span.end))} is not used here: ${title}`;
  // A word must not grow together with its neighbours, where a sign could stand directly between them.
  const spaced = /^\w/.test(right) ? spaceBeside(text, span.start - 1) + right + spaceBeside(text, span.end) : right;
  return { code: "RT1001", span, message, fix: { title, text: spaced } };
}

/** What stands at a span of the text is not written in this language. */
export function needless(text: string, span: Span, why: string): Problem {
  const written = code(text.slice(span.start, span.end));
  const fix = {
    title: `remove the ${written}`,
    text: spaceBeside(text, span.start - 1) && spaceBeside(text, span.end),
  };
  return { code: "RT1001", span, message: `${written} is not used here: ${why}`, fix };
}

/** A space if there is something to be kept apart at an offset: a word, or a sign that may be mended to one. */
function spaceBeside(text: string, offset: number): string {
  return /[\w!&|]/.test(text[offset] ?? "") ? " " : "";
}

export function unsupported(span: Span, written: string): Problem {
  return { code: "RT1004", span, message: `${code(written)} is not supported by this version of routec` };
}

/** `written` in backticks, on one line and short enough to be read. */
export function code(written: string): string {
  const short = written.length > 40 ? `${written.slice(0, 37).toWellFormed()}…` : written;
  return `\`${short.replaceAll("`", "'").replace(/\s+/g, " ")}\``;
}

/**
 * Something else stands where `expected` should. What is missing at the end of a line is reported there, after the
 * token `before`, not at the next line's first.
 */
export function unexpected(text: string, expected: string, found: IToken, before: IToken | undefined): Problem {
  const previous = before !== undefined && !Number.isNaN(before.startOffset) ? before : undefined;
  const atEnd = t.is(found, EOF);
  if (previous && (atEnd || t.startsLine(text, found, previous))) {
    const end = t.endOf(previous);
    return { code: "RT1001", span: { start: end, end }, message: `expected ${expected} after ${code(previous.image)}` };
  }
  if (atEnd) return { code: "RT1001", span: { start: 0, end: 0 }, message: `expected ${expected}` };
  return { code: "RT1001", span: { start: found.startOffset, end: t.endOf(found) }, ...wordsFor(expected, found) };
}

export const DECLARATION = "a declaration such as `plan` or `route`";
const DECLARATION_WORDS = [...t.KEYWORDS].flatMap(([word, type]) =>
  type.CATEGORIES?.includes(t.Declares) ? [word] : [],
);

function wordsFor(expected: string, found: IToken): Pick<Problem, "message" | "help" | "fix"> {
  const written = code(found.image);
  const message = `expected ${expected}, found ${written}`;
  if (t.is(found, t.Reserved) && NAMED.test(expected)) {
    return { message: `${written} is a reserved word and cannot be a name` };
  }
  if (t.is(found, t.Any) && NAMED.test(expected)) return { message: "`_` alone is not a name" };
  if (t.is(found, t.CloseBrace) && expected === DECLARATION) return { message: "this `}` closes nothing" };
  if (expected.includes("->") && (t.is(found, t.Equality) || t.is(found, t.Order))) {
    return { message, help: "comparisons are not chained: join two with `and`" };
  }
  const words =
    expected === DECLARATION ? DECLARATION_WORDS : [...expected.matchAll(/`(\w+)`/g)].map(([, word]) => word ?? "");
  const meant = t.is(found, t.Name) ? nearest(found.image, words) : undefined;
  if (meant === undefined) return { message };
  return { message, help: `did you mean \`${meant}\`?`, fix: { title: `write \`${meant}\``, text: meant } };
}

/** What is expected where a name could stand. */
const NAMED = /name|an attribute|a field|an option/;

/** Chevrotain asks for whole messages; this says what was expected, and `unexpected` makes the sentence. */
export const EXPECTED: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => CALLED.get(expected) ?? `\`${expected.name.toLowerCase()}\``,
  buildNotAllInputParsedMessage: () => "a declaration",
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
};

const CALLED: ReadonlyMap<TokenType, string> = new Map([
  [t.Name, "a name"],
  [t.Text, "a text in double quotes"],
  [t.NumberToken, "a number"],
  [t.RegexToken, "a regular expression such as `/text/`"],
  [t.Source, "`header`, `claim`, `metadata` or `body`"],
  [t.Arrow, "`->`"],
  [t.Assign, "`=`"],
  [t.Dots, "`..`"],
  [t.Comma, "`,`"],
  [t.OpenBrace, "`{`"],
  [t.CloseBrace, "`}`"],
  [t.OpenBracket, "`[`"],
  [t.CloseBracket, "`]`"],
  [t.OpenParen, "`(`"],
  [t.CloseParen, "`)`"],
]);
