/** Where something is being typed, and what stands before it. */
import type { IToken } from "chevrotain";
import type { Declaration, Span } from "../../compiler/syntax/index.ts";
import { endOf, isName, NumberToken } from "../../compiler/syntax/tokens.ts";
import type { Over } from "../names/types.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";
import { type Expected, expectedAfter } from "./follow.ts";

export interface Place {
  readonly document: Document;
  readonly workspace: Workspace;
  /** Of the piece, up to what is being typed. */
  readonly tokens: readonly IToken[];
  /** What is being typed, and will be replaced. */
  readonly written: Span;
  readonly expected: readonly Expected[];
  readonly declaration: Declaration | undefined;
}

/** Undefined within a comment. */
export function placeAt(document: Document, offset: number, workspace: Workspace): Place | undefined {
  const { start, piece } = document.pieceAt(offset);
  const at = offset - start;
  if (piece.comments.some(({ span }) => span.start < at && at <= span.end)) return undefined;
  const touching = piece.tokens.find(
    (token) => token.startOffset < at && at <= endOf(token) && (isWord(token) || isInText(token, at)),
  );
  const written =
    touching === undefined
      ? { start: at, end: at }
      : { start: touching.startOffset, end: endOfWord(touching, at, piece.text) };
  const tokens = piece.tokens.filter((token) => endOf(token) <= written.start);
  return {
    document,
    workspace,
    tokens,
    written: moved(written, start),
    expected: expectedAfter(tokens),
    declaration: piece.declarations.find(({ span }) => span.start <= at && at <= span.end) ?? piece.declarations[0],
  };
}

function isWord(token: IToken): boolean {
  // Reserved words are no names, but begin to be typed as if they were.
  return isName(token) || token.tokenType === NumberToken || /^\w+$/.test(token.image);
}

/** The lexer closes a text that is open at its line's end. */
function isOpen({ image }: IToken): boolean {
  return image.length < 2 || !image.endsWith('"');
}

function isInText(token: IToken, at: number): boolean {
  return token.image.startsWith('"') && (isOpen(token) || at < endOf(token));
}

/** A text that is not closed yet does not take the rest of the line with it. */
function endOfWord(token: IToken, at: number, text: string): number {
  if (!token.image.startsWith('"') || !isOpen(token)) return endOf(token);
  return at + (/^[\w./:@-]*/.exec(text.slice(at))?.[0].length ?? 0);
}

/** Over what the condition is in which something is expected. */
export function overOf(roles: readonly string[]): Over {
  return roles.find((role): role is Over => role === "request" || role === "models" || role === "answer") ?? "request";
}

/** The names with dots between them that end before a token. */
export function pathBefore(tokens: readonly IToken[], end = tokens.length): readonly string[] {
  const path: string[] = [];
  for (let i = end - 1; i >= 0; i -= 2) {
    const token = tokens[i] as IToken;
    if (!isName(token)) break;
    path.unshift(token.image);
    if (tokens[i - 1]?.image !== ".") break;
  }
  return path;
}

/** What is compared with what is being typed. */
export function comparedAt({ tokens }: Place): readonly string[] {
  let i = tokens.length;
  const last = (): string | undefined => tokens[i - 1]?.image;
  // Within braces, back to where they open; at the end of a range, over its beginning.
  if (last() === "..") i -= 2;
  while (i > 0 && !/^(?:in|[=!]=|[<>]=?|contains|starts_with|ends_with)$/.test(last() ?? "")) {
    if (last() === "->" || last() === "}") return [];
    i--;
  }
  i--;
  if (last() === "not") i--;
  return pathBefore(tokens, i);
}

/** The operand of a `match` in whose place a pattern is being typed. */
export function matchedAt({ tokens, document, written }: Place): readonly string[] {
  const { start } = document.pieceAt(written.start);
  const { lines } = document.positions;
  const lineOf = (offset: number): number => lines.position(start + offset).line;
  const own = lines.position(written.start).line;
  let i = tokens.length - 1;
  let column = 0;
  for (; i >= 0; i--) {
    const token = tokens[i] as IToken;
    if (token.image === "{" || token.image === "->" || lineOf(token.startOffset) !== own) break;
    if (token.image === ",") column++;
  }
  let depth = 0;
  for (; i >= 0; i--) {
    const { image } = tokens[i] as IToken;
    if (image === "}") depth++;
    if (image === "{" && depth-- === 0) break;
  }
  const keyword = tokens.slice(0, i).findLastIndex(({ image }) => image === "match");
  if (keyword < 0) return [];
  const operands = tokens.slice(keyword + 1, i);
  const ends = [...operands.keys(), operands.length].filter(
    (at) => at === operands.length || operands[at]?.image === ",",
  );
  return pathBefore(operands, ends[column] ?? 0);
}
