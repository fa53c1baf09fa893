/** A file's text in, its tree and its syntax errors out. */
import type { IToken } from "chevrotain";
import type { Diagnostic } from "../diagnostics/index.ts";
import { lex, spanOf } from "./lexer.ts";
import { diagnose, MOST_PROBLEMS, type Problem } from "./messages.ts";
import { otherLanguage } from "./other-languages.ts";
import { type Parsed, parseTokens } from "./parser.ts";
import { Declares, is } from "./tokens.ts";
import type { Comment, Declaration, File, Span } from "./tree.ts";

/** How deep brackets may stand in each other: what follows the lexer recurses over them. */
export const DEEPEST = 100;

/** How many UTF-16 code units a file may have. Within it no regular expression of the lexer runs out of stack. */
const LONGEST = 4_000_000;

/**
 * Reads a file. It never throws: what cannot be read is a diagnostic each (codes `RT1…`), and the tree has the rest.
 * There, a name or text of no characters stands for one that could not be read, in a declaration that is `broken`; a
 * declaration without a readable name is left out, and so is each item of a block that could not be read.
 */
export function parse(file: string, text: string): { tree: File; diagnostics: Diagnostic[] } {
  const unfit = tooLarge(text) ?? notText(text) ?? otherLanguage(text);
  if (unfit) return { tree: { declarations: [], comments: [] }, diagnostics: diagnose(file, [unfit]) };
  const { tokens, comments, problems } = lex(text);
  const deep = tooDeep(tokens);
  if (deep) return { tree: { declarations: [], comments }, diagnostics: diagnose(file, [...problems, deep]) };
  const parsed = parseAll(text, tokens);
  const unread = problems.map(({ span }) => span.start).sort((a, b) => a - b);
  const ends = problems.map(({ span }) => span.end).sort((a, b) => a - b);
  // A token that could not be read is no second mistake where it also stands in the wrong place, nor is what follows it
  // on its line: it may be right where it is once the token is mended.
  const further = parsed.problems.filter(
    ({ span }) => !holdsOne(unread, { start: span.start, end: span.start + 1 }) && !follows(ends, span.start, text),
  );
  // Nor is what could not be read where it is attached to what stands in the wrong place.
  const wrong = new Set(further.map(({ span }) => span.end));
  const lexical = problems.filter(({ span }) => !wrong.has(span.start));
  const starts = comments.map(({ span }) => span.start);
  const declarations = parsed.declarations.map((declaration) => ({
    ...declaration,
    doc: docOf(text, comments, countBefore(starts, declaration.span.start), declaration.span.start),
    broken: declaration.broken || holdsOne(unread, declaration.span),
  }));
  return { tree: { declarations, comments }, diagnostics: diagnose(file, [...lexical, ...further]) };
}

/**
 * First the whole; if that fails, in pieces. A declaration word in the first column begins a piece, so that an
 * unclosed brace costs no more than its own declaration.
 */
function parseAll(text: string, tokens: IToken[]): Parsed {
  const whole = parseTokens(text, tokens, false);
  if (whole.problems.length === 0) return whole;
  const declarations: Declaration[] = [];
  const problems: Problem[] = [];
  for (const piece of cut(text, tokens)) {
    if (problems.length > MOST_PROBLEMS) break;
    const parsed = parseTokens(text, piece, true);
    for (const declaration of parsed.declarations) declarations.push(declaration);
    problems.push(...parsed.problems);
  }
  return { declarations, problems };
}

function cut(text: string, tokens: readonly IToken[]): IToken[][] {
  const starts = [...tokens.keys()].filter((i) => {
    const token = tokens[i];
    return i > 0 && token !== undefined && is(token, Declares) && inFirstColumn(text, token.startOffset);
  });
  return [0, ...starts].map((start, i) => tokens.slice(start, starts[i]));
}

function inFirstColumn(text: string, offset: number): boolean {
  const before = text[offset - 1];
  return before === undefined || before === "\n" || before === "\r" || (offset === 1 && before === "\ufeff");
}

function holdsOne(sorted: readonly number[], { start, end }: Span): boolean {
  return (sorted[countBefore(sorted, end) - 1] ?? -1) >= start;
}

/** Whether nothing but white space on one line is between the last of the ends, which are in order, and an offset. */
function follows(ends: readonly number[], offset: number, text: string): boolean {
  const end = ends[countBefore(ends, offset + 1) - 1];
  return end !== undefined && /^[ \t]*$/.test(text.slice(end, offset));
}

/** The `///` lines directly before an offset, as `fmt` writes them; not those at the end of a line of something else. */
function docOf(text: string, comments: readonly Comment[], before: number, offset: number): string[] {
  const doc: string[] = [];
  let at = offset;
  for (let i = before - 1; i >= 0; i--) {
    const comment = comments[i];
    if (comment === undefined || text.slice(comment.span.end, at).trim() !== "" || !ownLine(text, comment)) break;
    if (isDoc(comment)) doc.push(comment.text.trimEnd().replace(/^\/\/\/ ?/, ""));
    at = comment.span.start;
  }
  return doc.reverse();
}

/** `///`, but not `////`. */
function isDoc(comment: Comment): boolean {
  return /^\/\/\/(?!\/)/.test(comment.text);
}

/** Whether nothing else stands before a comment on its line. */
export function ownLine(text: string, { span }: Comment): boolean {
  for (let i = span.start - 1; i >= 0; i--) {
    const before = text[i];
    if (before === "\n" || before === "\r") return true;
    if (before !== undefined && before.trim() !== "") return false;
  }
  return true;
}

/** How many of the numbers, which are in order, are less than a limit. */
function countBefore(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function tooLarge(text: string): Problem | undefined {
  if (text.length <= LONGEST) return undefined;
  const message = `a file of ${text.length} characters is too large: the most is ${LONGEST}`;
  return { code: "RT1008", span: { start: 0, end: 0 }, message };
}

function tooDeep(tokens: readonly IToken[]): Problem | undefined {
  let depth = 0;
  for (const token of tokens) {
    const { image } = token;
    if (image === "{" || image === "[" || image === "(") depth++;
    else if (image === "}" || image === "]" || image === ")") depth = Math.max(0, depth - 1);
    if (depth > DEEPEST) {
      return { code: "RT1006", span: spanOf(token), message: `brackets are nested more than ${DEEPEST} deep` };
    }
  }
  return undefined;
}

/** A file is not text if it has a zero byte, half a surrogate pair, or much that is not UTF-8 in it. */
function notText(text: string): Problem | undefined {
  const zero = text.indexOf("\0");
  const lone = text.isWellFormed() ? -1 : text.search(/\p{Surrogate}/u);
  const replaced = text.split("\ufffd").length - 1;
  const [at, why] =
    zero >= 0
      ? [zero, "it has a zero byte in it"]
      : lone >= 0
        ? [lone, "it has half of a surrogate pair in it"]
        : replaced * 20 > text.length
          ? [text.indexOf("\ufffd"), "much of it is not UTF-8"]
          : [-1, ""];
  if (at < 0) return undefined;
  return { code: "RT1007", span: { start: at, end: at + 1 }, message: `this is not a text file: ${why}` };
}
