/** Text in, tokens and comments out, with what could not be read. */
import { type IToken, Lexer, type TokenType } from "chevrotain";
import { type NumberValue, readNumber, readText } from "./literals.ts";
import { code, needless, type Problem, slip } from "./messages.ts";
import * as t from "./tokens.ts";
import type { Comment, Span } from "./tree.ts";

/** Numbers carry their `NumberValue` as payload, texts what stands between their quotes. */
export interface Lexed {
  readonly tokens: IToken[];
  readonly comments: readonly Comment[];
  readonly problems: Problem[];
}

/** What other languages write, and the token that it stands for here. */
const SLIPS: ReadonlyMap<string, readonly [right: string, type: TokenType]> = new Map([
  ["&&", ["and", t.And]],
  ["&", ["and", t.And]],
  ["||", ["or", t.Or]],
  ["!", ["not", t.Not]],
  ["=>", ["->", t.Arrow]],
  ["===", ["==", t.Equality]],
  ["!==", ["!=", t.Equality]],
]);

let lexer: Lexer | undefined;

/** Splits a text into tokens, in time linear in its length. */
export function lex(text: string): Lexed {
  lexer ??= new Lexer(t.LEXED, { positionTracking: "onlyOffset", ensureOptimizations: true, skipValidations: true });
  const withoutMark = text.startsWith("\ufeff") ? ` ${text.slice(1)}` : text;
  const result = lexer.tokenize(withoutMark);
  const problems: Problem[] = [];
  const tokens = result.tokens.filter((token) => resolve(text, token, problems));
  const comments = (result.groups.comments ?? []).map((token) => ({ text: token.image, span: spanOf(token) }));
  return { tokens, comments, problems };
}

export function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: t.endOf(token) };
}

/** Control characters by their numbers, so that a message shows them. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Z}]/gu,
    (c) => `U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

/** Gives a token its meaning; false where it has none and is left out. */
function resolve(text: string, token: IToken, problems: Problem[]): boolean {
  switch (token.tokenType) {
    case t.Name:
      resolveName(token, problems);
      return true;
    case t.NumberToken:
      resolveNumber(token, problems);
      return true;
    case t.Text:
    case t.OpenText:
      resolveText(token, problems);
      return true;
    case t.RegexToken:
      resolveRegex(token, problems);
      return true;
    case t.Unknown: {
      const message = `${code(printable(token.image))} means nothing here`;
      problems.push({ code: "RT1005", span: spanOf(token), message });
      return false;
    }
    case t.Slip:
      return resolveSlip(text, token, problems);
    default:
      return true;
  }
}

function retype(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
}

function resolveName(token: IToken, problems: Problem[]): void {
  const keyword = t.KEYWORDS.get(token.image);
  if (keyword) retype(token, keyword);
  if (/^\w+$/.test(token.image)) return;
  problems.push({
    code: "RT1005",
    span: spanOf(token),
    message: `${code(token.image)} is not a name: names are made of the letters a to z, digits and \`_\``,
    help: "where any text may stand, put it in double quotes",
  });
}

function resolveNumber(token: IToken, problems: Problem[]): void {
  const read = readNumber(token.image);
  if ("kind" in read) {
    token.payload = read;
    return;
  }
  // The nearest form stands in, so that one bad number is one message.
  const stand = read.nearest === undefined ? undefined : readNumber(read.nearest);
  token.payload = stand && "kind" in stand ? stand : ({ kind: "int", value: 0 } satisfies NumberValue);
  const { nearest, sure } = read;
  problems.push({
    code: "RT1002",
    span: spanOf(token),
    message: read.message,
    ...(nearest === undefined ? {} : { help: `did you mean \`${nearest}\`?` }),
    ...(nearest === undefined || !sure ? {} : { fix: { title: `write \`${nearest}\``, text: nearest } }),
  });
}

function resolveText(token: IToken, problems: Problem[]): void {
  const closed = token.tokenType === t.Text;
  const read = closed ? readText(token.image.slice(1, -1)) : { message: 'the text has no closing `"` on its line' };
  token.payload = "text" in read ? read.text : token.image.slice(1);
  retype(token, t.Text);
  if ("message" in read) problems.push({ code: "RT1003", span: spanOf(token), message: read.message });
}

function resolveRegex(token: IToken, problems: Problem[]): void {
  const end = token.image.lastIndexOf("/");
  const flags = token.image.slice(end + 1);
  token.payload = end > 0 ? { source: token.image.slice(1, end), ignoreCase: flags === "i" } : { source: "" };
  const message =
    end === 0
      ? "the regular expression has no closing `/` on its line"
      : flags !== "" && flags !== "i"
        ? `${code(flags)} is not a flag of a regular expression: the only one is \`i\``
        : undefined;
  if (message) problems.push({ code: end === 0 ? "RT1003" : "RT1001", span: spanOf(token), message });
}

function resolveSlip(text: string, token: IToken, problems: Problem[]): boolean {
  const { image } = token;
  const span = spanOf(token);
  const meant = SLIPS.get(image);
  if (meant) {
    retype(token, meant[1]);
    problems.push(slip(text, span, meant[0]));
    return true;
  }
  if (image.startsWith("'")) {
    token.payload = image.slice(1, -1);
    retype(token, t.Text);
    problems.push(slip(text, span, JSON.stringify(token.payload)));
    return true;
  }
  if (image.startsWith("#")) {
    const fix = { title: "write `//`", text: `//${image.slice(1)}` };
    problems.push({ code: "RT1001", span, message: "`#` does not begin a comment: write `//`", fix });
  } else if (image === ":") {
    problems.push(needless(text, span, "a field is its name, then its value"));
  } else {
    problems.push(needless(text, span, "new lines and `;` mean nothing"));
  }
  return false;
}
