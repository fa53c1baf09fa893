/** Text in, tokens and comments out, with what could not be read. */
import { createToken, type IToken, Lexer, type TokenType } from "chevrotain";
import { describeAlike, takenFor } from "./confusables.ts";
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
  [":=", ["=", t.Assign]],
  ["\u2192", ["->", t.Arrow]],
  ["\u21d2", ["->", t.Arrow]],
  ["\u2265", [">=", t.Order]],
  ["\u2264", ["<=", t.Order]],
  ["\u2260", ["!=", t.Equality]],
  ["===", ["==", t.Equality]],
  ["!==", ["!=", t.Equality]],
]);

/** `/hour`, which is `per hour` here, and how many characters of it are looked at. */
const WINDOW = /^\/[ \t]*(?:\d|second|minute|hour|day|week|month)/;
const LONGEST_WINDOW = 10;

/** `/* … *\/`, to the end of the file where it is not closed. */
const BlockComment = createToken({
  name: "BlockComment",
  line_breaks: true,
  start_chars_hint: ["/"],
  group: "blocks",
  pattern: (text, offset) => {
    if (!text.startsWith("/*", offset)) return null;
    const end = text.indexOf("*/", offset + 2);
    return [text.slice(offset, end < 0 ? text.length : end + 2)];
  },
});
/** A text in the quotation marks of a word processor. */
const CurlyText = t.pattern(
  "CurlyText",
  /[\u00ab\u201c\u201e\uff02][^"\r\n\u00ab\u00bb\u201c-\u201e\uff02]*[\u00bb\u201c\u201d\uff02]|[\u2018\u201a][^"\r\n\u2018-\u201e]*[\u2018\u2019]/,
  ["\u00ab\u201c\u201e\uff02\u2018\u201a"],
);
/** `$-1`, `$$1`. */
const MoreSigns = t.pattern("MoreSigns", `\\$(?:${(t.NumberToken.PATTERN as RegExp).source})`, ["$"]);

/** `a ? b : c`, which stands for a name: it is one mistake. */
const Choice = createToken({ name: "Choice", pattern: Lexer.NA });
/** What a choice begins after and ends before, on its line. */
const AROUND_CHOICE = new Set(["->", "=>", "=", "{", "}", ",", "when", "match", "otherwise", "else"]);

let lexer: Lexer | undefined;

/** Splits a text into tokens, in time linear in its length. */
export function lex(text: string): Lexed {
  const withoutMark = text.startsWith("\ufeff") ? ` ${text.slice(1)}` : text;
  const first = tokenize(withoutMark);
  const { mended, problems } = mendAlike(withoutMark, first.tokens);
  const mendedAny = problems.length > 0;
  const result = mendedAny ? tokenize(mended) : first;
  const tokens = joinChoices(text, result.tokens).filter((token) => {
    // Of a token that was mended nothing more is said.
    const asWritten = !mendedAny || withoutMark.startsWith(token.image, token.startOffset);
    return resolve(text, token, asWritten ? problems : []);
  });
  for (const token of result.groups.blocks ?? []) problems.push(blockComment(text, token));
  const comments = (result.groups.comments ?? []).map((token) => ({ text: token.image, span: spanOf(token) }));
  return { tokens, comments, problems };
}

function tokenize(text: string) {
  // In the order in which they are tried: `/*` before a regular expression, what has a meaning elsewhere before what has none.
  lexer ??= new Lexer([BlockComment, ...t.LEXED.slice(0, -1), MoreSigns, CurlyText, ...t.LEXED.slice(-1)], {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
    skipValidations: true,
  });
  return lexer.tokenize(text);
}

/**
 * The text as it looks, with ASCII in place, at the same offsets, of what is taken for it outside texts and comments, and
 * a problem for each token that was mended so.
 */
function mendAlike(text: string, tokens: readonly IToken[]): { mended: string; problems: Problem[] } {
  const problems: Problem[] = [];
  let mended = "";
  let end = 0;
  for (const token of tokens) {
    const { image, startOffset, tokenType } = token;
    if (tokenType !== t.Name && tokenType !== t.NumberToken && tokenType !== t.Unknown) continue;
    const taken = takenFor(image);
    // One quotation mark alone does not say how far the text goes.
    if (taken === undefined || taken.ascii.includes('"')) continue;
    const { ascii, why } = taken;
    if (tokenType === t.NumberToken && "message" in readNumber(ascii)) continue;
    const title = ascii === "" ? "remove it" : `write ${ascii.trim() === "" ? "a space" : code(ascii)}`;
    const told: Problem[] = [];
    resolve(text, token, told);
    for (const problem of told) problems.push({ ...problem, help: why, fix: { title, text: ascii } });
    mended += text.slice(end, startOffset) + ascii.padEnd(image.length);
    end = t.endOf(token);
  }
  return { mended: mended + text.slice(end), problems };
}

/** The tokens, with one for each choice. */
function joinChoices(text: string, tokens: IToken[]): IToken[] {
  if (!tokens.some(isQuestion)) return tokens;
  const parts: IToken[][] = [];
  let edge = true;
  for (const [i, token] of tokens.entries()) {
    const isEdge = AROUND_CHOICE.has(token.image);
    if (edge || isEdge || t.startsLine(text, token, tokens[i - 1])) parts.push([token]);
    else parts.at(-1)?.push(token);
    edge = isEdge;
  }
  return parts.flatMap((part) => joinChoice(text, part));
}

function joinChoice(text: string, tokens: IToken[]): IToken[] {
  const question = tokens.findIndex(isQuestion);
  const colon = tokens.findIndex(({ image }, i) => i > question && image === ":");
  const [first] = tokens;
  if (first === undefined || question < 1 || colon < question + 2 || colon === tokens.length - 1) return tokens;
  const parts = [tokens.slice(0, question), tokens.slice(question + 1, colon), tokens.slice(colon + 1)];
  const token = { ...first, image: sourceOf(text, tokens), payload: parts.map((part) => sourceOf(text, part)) };
  retype(token, Choice);
  return [token];
}

function isQuestion({ tokenType, image }: IToken): boolean {
  return tokenType === t.Unknown && image === "?";
}

function sourceOf(text: string, tokens: readonly IToken[]): string {
  const [first, last] = [tokens[0], tokens.at(-1)];
  return first && last ? text.slice(first.startOffset, t.endOf(last)) : "";
}

function choice(token: IToken): Problem {
  const [condition, yes, no] = token.payload as readonly string[];
  return {
    code: "RT1005",
    span: spanOf(token),
    message: "`? :` is not used here: rules make the choice",
    help: `write ${code(`when ${condition} -> ${yes}`)}, then ${code(`otherwise -> ${no}`)}`,
  };
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
      resolveNumber(text, token, problems);
      return true;
    case t.Text:
    case t.OpenText:
      resolveText(token, problems);
      return true;
    case t.RegexToken:
      resolveRegex(token, problems);
      return true;
    case t.Unknown: {
      if (SLIPS.has(token.image)) return resolveSlip(text, token, problems);
      if (token.image === "/" && WINDOW.test(text.slice(token.startOffset, t.endOf(token) + LONGEST_WINDOW))) {
        retype(token, t.own.per);
        problems.push(slip(text, spanOf(token), "per"));
        return true;
      }
      const message = `${code(printable(token.image))} means nothing here`;
      const help = token.image === "--" ? "a comment begins with `//`" : describeAlike(token.image);
      problems.push({ code: "RT1005", span: spanOf(token), message, ...(help === undefined ? {} : { help }) });
      return false;
    }
    case MoreSigns:
      retype(token, t.NumberToken);
      resolveNumber(text, token, problems);
      return true;
    case CurlyText: {
      token.payload = token.image.slice(1, -1);
      retype(token, t.Text);
      const why = describeAlike(token.image);
      const problem = slip(text, spanOf(token), JSON.stringify(token.payload));
      problems.push({ ...problem, code: "RT1005", ...(why === undefined ? {} : { help: why }) });
      return true;
    }
    case Choice:
      retype(token, t.Name);
      problems.push(choice(token));
      return true;
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
    help: nameHelp(token.image),
  });
}

function nameHelp(written: string): string {
  const quoted = "where any text may stand, put it in double quotes";
  const meant = written.replace(/[-.]/g, "_");
  return /^\w+$/.test(meant) ? `a name can be ${code(meant)}; ${quoted}` : quoted;
}

function resolveNumber(text: string, token: IToken, problems: Problem[]): void {
  const read = readNumber(token.image);
  if ("kind" in read) {
    token.payload = read;
    return;
  }
  // The nearest form stands in, so that one bad number is one message.
  const stand = read.nearest === undefined ? undefined : readNumber(read.nearest);
  const { kind, value }: NumberValue = stand && "kind" in stand ? stand : { kind: "int", value: 0 };
  token.payload = { kind, value, malformed: true } satisfies NumberValue & { malformed: true };
  // What is attached to a word has no form of its own: the two would grow together to another word.
  const attached = /\w/.test(text[token.startOffset - 1] ?? "");
  const { nearest, sure } = attached ? {} : read;
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
  const parts = t.partsOfRegex(token.image);
  token.payload = { source: parts?.source ?? "", ...(parts && { ignoreCase: parts.flags === "i" }) };
  const span = spanOf(token);
  if (parts === undefined) {
    problems.push({ code: "RT1003", span, message: "the regular expression has no closing `/` on its line" });
  } else if (parts.flags !== "" && parts.flags !== "i") {
    const message = `${code(parts.flags)} is not a flag of a regular expression: the only one is \`i\``;
    problems.push({ code: "RT1001", span, message });
  }
}

/** Its fix makes a `//` comment of each line, and a new line for what follows the last. */
function blockComment(text: string, token: IToken): Problem {
  const said = token.image.replace(/\*\/$/, "").replace(/^\/[\s*]*/, "");
  const lines = said.trimEnd().split(/\r?\n|\r/);
  const own = /^[ \t]*(?:[\r\n]|$)/.test(text.slice(t.endOf(token)));
  return {
    code: "RT1001",
    span: spanOf(token),
    message: "`/* */` is not used here: comments begin with `//`",
    fix: {
      title: "write `//`",
      text: lines.map((line) => line.replace(/^[\s*]*/, "// ").trimEnd()).join("\n") + (own ? "" : "\n"),
    },
  };
}

function resolveSlip(text: string, token: IToken, problems: Problem[]): boolean {
  const { image } = token;
  const span = spanOf(token);
  const meant = SLIPS.get(image);
  if (meant) {
    token.payload = meant[0];
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
