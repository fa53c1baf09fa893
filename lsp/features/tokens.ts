/** `textDocument/semanticTokens`: what each word is, which a grammar of regular expressions cannot tell. */
import type { SemanticTokens, SemanticTokensDelta } from "vscode-languageserver-protocol";
import { BUILT_IN_NAMES } from "../../compiler/program/builtins.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import * as t from "../../compiler/syntax/tokens.ts";
import { kindOf } from "../completion/candidates.ts";
import { deprecatedModels } from "../facts.ts";
import { type Occurrence, occurrencesIn } from "../names/occurrences.ts";
import { visibleFrom } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import type { Piece } from "../text/pieces.ts";
import type { Workspace } from "../workspace.ts";

export const TOKEN_TYPES = [
  "keyword",
  "comment",
  "string",
  "number",
  "regexp",
  "operator",
  "property",
  "namespace",
  "class",
  "event",
  "variable",
  "function",
  "interface",
  "enumMember",
  "parameter",
] as const;

export const TOKEN_MODIFIERS = ["declaration", "documentation", "deprecated", "defaultLibrary"] as const;

type TokenType = (typeof TOKEN_TYPES)[number];
type TokenModifier = (typeof TOKEN_MODIFIERS)[number];

const BY_KIND: Readonly<Record<NonNullable<ReturnType<typeof kindOf>>, TokenType>> = {
  attribute: "property",
  provider: "namespace",
  model: "class",
  signal: "event",
  let: "variable",
  meter: "variable",
  plan: "function",
  route: "interface",
};

interface Token {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}

/** The tokens that meet a span, in the encoding of the protocol. */
export function semanticTokens(document: Document, workspace: Workspace, within?: Span): number[] {
  const kinds = new Map<string, TokenType>();
  for (const { space, name, definer } of visibleFrom(document, workspace)) {
    const kind = kindOf(definer);
    if (kind !== undefined && space === "name") kinds.set(name, BY_KIND[kind]);
  }
  const deprecated = deprecatedModels(document, workspace);
  const { positions } = document;
  const data: number[] = [];
  let [line, character] = [0, 0];
  for (const { start, piece } of document.pieces) {
    if (within !== undefined && (start > within.end || start + piece.text.length < within.start)) continue;
    for (const { span, type, modifiers } of tokensIn(piece, kinds, (name) => deprecated.has(name))) {
      const from = positions.position(start + span.start);
      const to = positions.position(start + span.end);
      data.push(
        from.line - line,
        from.line === line ? from.character - character : from.character,
        to.character - from.character,
        TOKEN_TYPES.indexOf(type),
        modifiers.reduce((bits, modifier) => bits | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0),
      );
      [line, character] = [from.line, from.character];
    }
  }
  return data;
}

function tokensIn(piece: Piece, kinds: ReadonlyMap<string, TokenType>, deprecated: (name: string) => boolean): Token[] {
  const named = new Map<number, Occurrence>();
  for (const occurrence of occurrencesIn(piece)) named.set(occurrence.span.start, occurrence);
  const found: Token[] = piece.comments.map(({ text, span }) => ({
    span,
    type: "comment",
    modifiers: text.startsWith("///") ? ["documentation"] : [],
  }));
  for (const [i, token] of piece.tokens.entries()) {
    const span = { start: token.startOffset, end: t.endOf(token) };
    const occurrence = named.get(span.start);
    const typed =
      occurrence === undefined ? ofToken(token, piece.tokens[i - 1]?.image) : ofName(occurrence, kinds, deprecated);
    // A token of several lines is a mistake that the parser tells of.
    if (typed !== undefined && !/[\r\n]/.test(token.image)) found.push({ span, ...typed });
  }
  return found.toSorted((a, b) => a.span.start - b.span.start);
}

type Typed = Omit<Token, "span">;

function ofName(
  { space, name, definer, quoted }: Occurrence,
  kinds: ReadonlyMap<string, TokenType>,
  deprecated: (name: string) => boolean,
): Typed | undefined {
  const declares: TokenModifier[] = definer === undefined ? [] : ["declaration"];
  if (space === "member") return { type: quoted ? "string" : "enumMember", modifiers: declares };
  if (space === "test") return { type: "string", modifiers: declares };
  if (space === "route") return { type: quoted ? "string" : "interface", modifiers: declares };
  if (space === "proof") return { type: "variable", modifiers: declares };
  const type = kinds.get(name);
  if (type !== undefined)
    return {
      type,
      modifiers: [...declares, ...(type === "class" && deprecated(name) ? (["deprecated"] as const) : [])],
    };
  return BUILT_IN_NAMES.has(name)
    ? { type: "parameter", modifiers: ["defaultLibrary"] }
    : { type: "variable", modifiers: declares };
}

function ofToken(token: Piece["tokens"][number], before: string | undefined): Typed | undefined {
  const typed = (type: TokenType): Typed => ({ type, modifiers: [] });
  if (t.is(token, t.NumberToken)) return typed("number");
  if (token.tokenType === t.Text || token.tokenType === t.OpenText) return typed("string");
  if (token.tokenType === t.RegexToken) return typed("regexp");
  if (t.is(token, t.Arrow) || t.is(token, t.Equality) || t.is(token, t.Order)) return typed("operator");
  if (before === ".") return { type: "property", modifiers: [] };
  // All words with a meaning of their own, and those of fields and options.
  if (t.KEYWORDS.has(token.image)) return typed("keyword");
  return t.isName(token) ? typed("property") : undefined;
}

/** The tokens that a client has, for what it asks of next. */
export class TokenCache {
  readonly #known = new Map<string, { readonly id: string; readonly data: readonly number[] }>();
  #count = 0;

  keep(uri: string, data: number[]): SemanticTokens {
    const resultId = String(++this.#count);
    this.#known.set(uri, { id: resultId, data });
    return { resultId, data };
  }

  forget(uri: string): void {
    this.#known.delete(uri);
  }

  /** What is other than in the result that the client has; all of it where that is not known. */
  delta(uri: string, previous: string, data: number[]): SemanticTokens | SemanticTokensDelta {
    const known = this.#known.get(uri);
    const kept = this.keep(uri, data);
    if (known?.id !== previous) return kept;
    const old = known.data;
    let head = 0;
    while (head < old.length && head < data.length && old[head] === data[head]) head++;
    let tail = 0;
    while (tail < old.length - head && tail < data.length - head && old.at(-1 - tail) === data.at(-1 - tail)) tail++;
    const edit = { start: head, deleteCount: old.length - head - tail, data: data.slice(head, data.length - tail) };
    const same = edit.deleteCount === 0 && edit.data.length === 0;
    return { resultId: kept.resultId as string, edits: same ? [] : [edit] };
  }
}
