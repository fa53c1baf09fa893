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
  readonly fix?: { readonly title: string; readonly text: string; readonly unsafe?: true };
  /** What else the fix writes: in place of the bracket that closes what the span opens. */
  readonly also?: { readonly span: Span; readonly text: string };
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
  return shown.map(({ code, span, message, help, fix, also }) => ({
    code,
    severity: "error",
    file,
    span,
    message,
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined ? {} : { fix: fixOf(file, span, fix, also) }),
  }));
}

function fixOf(file: string, span: Span, fix: NonNullable<Problem["fix"]>, also: Problem["also"]): Fix {
  const { title, text, unsafe } = fix;
  const edits = [{ file, span, text }, ...(also ? [{ file, ...also }] : [])];
  return { title, edits, ...(unsafe && { unsafe }) };
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
  const known = grouped(text, found) ?? (expected === "a condition" ? constantFirst(text, found) : undefined);
  if (known) return known;
  const previous = before !== undefined && !Number.isNaN(before.startOffset) ? before : undefined;
  const atEnd = t.is(found, EOF);
  const begins = previous !== undefined && t.startsLine(text, found, previous);
  const meant = t.is(found, t.Name) ? meantBy(found.image, expected) : undefined;
  if (previous && (atEnd || (begins && meant === undefined))) {
    const end = t.endOf(previous);
    return { code: "RT1001", span: { start: end, end }, message: `expected ${expected} after ${code(previous.image)}` };
  }
  if (atEnd) return { code: "RT1001", span: { start: 0, end: 0 }, message: `expected ${expected}` };
  return {
    code: "RT1001",
    span: { start: found.startOffset, end: t.endOf(found) },
    ...wordsFor(expected, found, meant),
  };
}

/** A number with commas between its digits, and how many characters around a token are searched for one. */
const GROUPED = /(?<![\w.,])-?\$?\d{1,3}(?:,\d{3})+(?:\.\d+)?[A-Za-z%]*(?!\w|[.,]\d)/g;
const AROUND = 40;

/** `20,000`, of which a comma or a part of the number stands where something else should. */
function grouped(text: string, found: IToken): Problem | undefined {
  if (!t.is(found, t.Comma) && !t.is(found, t.NumberToken)) return undefined;
  const at = Math.max(0, found.startOffset - AROUND);
  for (const { 0: written, index } of text.slice(at, found.startOffset + AROUND).matchAll(GROUPED)) {
    const span = { start: at + index, end: at + index + written.length };
    if (found.startOffset <= span.start || found.startOffset >= span.end) continue;
    const right = written.replaceAll(",", "_");
    const fix = { title: `write \`${right}\``, text: right };
    return { code: "RT1002", span, message: `a number has no commas: ${fix.title}`, fix };
  }
  return undefined;
}

/** What a comparison is the other way round. */
const TURNED: Readonly<Record<string, string>> = {
  ...{ "<": ">", "<=": ">=", ">": "<", ">=": "<=" },
  ...{ "==": "==", "!=": "!=", "=": "==", "===": "==", "!==": "!=" },
};
const CHAINED = /[ \t]*([<>]=?)[ \t]*([$\w.%]+)/y;
const OPERAND = /[ \t]*([<>]=?|[=!]?={1,2})[ \t]*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?!\w)/y;

/** `8 < time.hour`. */
function constantFirst(text: string, found: IToken): Problem | undefined {
  if (![t.NumberToken, t.Text, t.Bool].some((type) => t.is(found, type))) return undefined;
  OPERAND.lastIndex = t.endOf(found);
  const [rest = "", op = "", operand = ""] = OPERAND.exec(text) ?? [];
  const turned = TURNED[op];
  if (turned === undefined) return undefined;
  CHAINED.lastIndex = OPERAND.lastIndex;
  const [more = "", second = "", other = ""] = CHAINED.exec(text) ?? [];
  const chained = more === "" ? "" : ` and ${operand} ${second} ${other}`;
  const right = `${operand} ${turned} ${found.image}${chained}`;
  const why = more === "" ? "a constant stands on the right" : "comparisons are not chained";
  return {
    code: "RT1001",
    span: { start: found.startOffset, end: t.endOf(found) + rest.length + more.length },
    message: `${why}: write ${code(right)}`,
    fix: { title: `write ${code(right)}`, text: right },
  };
}

export const FAILURE = "the name of a failure";
export const SHARE = "a share such as `10% plan`";
export const DECLARATION = "a declaration such as `plan` or `route`";
const DECLARATION_WORDS = [...t.KEYWORDS].flatMap(([word, type]) =>
  type.CATEGORIES?.includes(t.Declares) ? [word] : [],
);

/** How a condition or a plan may go on. */
const CONDITION_WORDS = ["and", "or", "in", "not", "starts_with", "ends_with", "contains", "matches"];
const PLAN_WORDS = ["else", "with"];

/** What was probably meant by a name that stands where something else is expected. */
function meantBy(name: string, expected: string): string | undefined {
  const named = [...expected.matchAll(/`(\w+)`/g)].map(([, word = ""]) => word);
  if (expected.includes("->")) return nearest(name, [...named, ...CONDITION_WORDS]);
  // What ends before an item may have been meant to go on.
  const goesOn = [...CONDITION_WORDS, ...PLAN_WORDS].find((word) => word === name.toLowerCase());
  return goesOn ?? nearest(name, expected === DECLARATION ? DECLARATION_WORDS : named);
}

/** What the runtime takes a provider's status for (runtime/plan/failure.ts): some failures have several, some have none. */
const FAILURE_OF: ReadonlyMap<string, string> = new Map([
  ["401", "unauthorized"],
  ["402", "rate_limited"],
  ["403", "unauthorized"],
  ["404", "unreachable"],
  ["408", "timeout"],
  ["413", "too_long"],
  ["429", "rate_limited"],
  ["500", "server_error"],
  ["502", "server_error"],
  ["503", "overloaded"],
  ["504", "server_error"],
  ["529", "overloaded"],
]);

function wordsFor(
  expected: string,
  found: IToken,
  near: string | undefined,
): Pick<Problem, "message" | "help" | "fix"> {
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
  if (expected === SHARE) return { message, help: "equal shares of models are a spread: `spread { a, b }`" };
  const meant = expected === FAILURE ? FAILURE_OF.get(found.image) : near;
  if (meant === undefined) return { message };
  return {
    message,
    help: `did you mean \`${meant}\`?`,
    fix: { title: `write \`${meant}\``, text: meant, unsafe: true },
  };
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
  [t.Order, "`<=`"],
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
