/** The vocabulary of the language: one Chevrotain token type for each kind of token. */
import { createToken, type IToken, type ITokenConfig, Lexer, type TokenType, tokenMatcher } from "chevrotain";

/** Characters: single ones, and the first and the last of ranges. */
type Characters = readonly (string | readonly [first: number, last: number])[];

// Letters past ASCII belong to the word or number that they are attached to, so that `café` is one mistake.
const FOREIGN: Characters = ["\u00b5", [0xc0, 0x1fff], [0x3040, 0xd7ff]];
const LETTERS = `[A-Za-z0-9_${inClass(FOREIGN)}]`;
// Nor does a word end at what nobody sees.
const UNSEEN = "\\u00ad\\u200b-\\u200d\\u2060\\ufeff";

/** As they stand within the brackets of a regular expression: there a literal should not have control characters. */
function inClass(characters: Characters): string {
  const escaped = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;
  return characters
    .map((one) => {
      if (typeof one !== "string") return one.map(escaped).join("-");
      return [...one].map((character) => escaped(character.charCodeAt(0))).join("");
    })
    .join("");
}

/**
 * A token that `source` describes, and what it may begin with. Chevrotain would find that out, and whether there are ends
 * of lines in it, by parsing `source` at each start. One with a flag it does not parse for other reasons either.
 */
export function pattern(
  name: string,
  source: string | RegExp,
  beginnings: Characters,
  more: Omit<ITokenConfig, "name"> = {},
): TokenType {
  const hints = beginnings.flatMap((one): (string | number)[] =>
    typeof one === "string" ? [...one] : codesIn(...one),
  );
  return createToken({ name, pattern: new RegExp(source, "y"), start_chars_hint: hints, line_breaks: false, ...more });
}

/** Past 255 Chevrotain does not tell neighbours apart (`charCodeToOptimizedIndex`): one in 128 stands for all. */
function codesIn(first: number, last: number): number[] {
  const codes: number[] = [];
  for (let code = first; code < last; code += code < 0x100 ? 1 : 0x80) codes.push(code);
  return [...codes, last];
}

export const WhiteSpace = pattern("WhiteSpace", /[ \t\r\n\f\v]+/, [" \t\r\n\f\v"], {
  group: Lexer.SKIPPED,
  line_breaks: true,
});
export const CommentToken = pattern("Comment", /\/\/[^\r\n]*/, ["/"], { group: "comments" });

/** A number and all that is attached to it; `readNumber` says which literal it is. */
export const NumberToken = pattern("Number", `-?\\$?\\.?\\d(?:[A-Za-z0-9_%$${inClass(FOREIGN)}]|[.:](?=\\d))*`, [
  "-$.0123456789",
]);
export const Text = pattern("Text", /"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"/, ['"']);
/** A text that does not end on its line. */
export const OpenText = pattern("OpenText", /"[^\r\n]*/, ['"']);

/** `/source/flags` where a regular expression may stand: directly after `matches`, `[` or `,`. */
export const RegexToken = createToken({
  name: "Regex",
  line_breaks: false,
  start_chars_hint: ["/"],
  pattern: (text, offset, tokens) => {
    const before = tokens.at(-1)?.image;
    if (text[offset] !== "/" || (before !== "matches" && before !== "[" && before !== ",")) return null;
    REGEX.lastIndex = offset;
    return REGEX.exec(text) ?? restOfLine(text, offset);
  },
});
/** A whole one: a slash within `[…]` does not end it. */
const REGEX = /\/((?:[^/\\[\r\n]|\\[^\r\n]|\[(?:[^\]\\\r\n]|\\[^\r\n])*\])+)\/([A-Za-z]*)/y;
const REST_OF_LINE = /[^\r\n]*/y;

function restOfLine(text: string, offset: number): RegExpExecArray | null {
  REST_OF_LINE.lastIndex = offset;
  return REST_OF_LINE.exec(text);
}

/** What stands between the slashes and after them; undefined where the closing slash is missing. */
export function partsOfRegex(image: string): { source: string; flags: string } | undefined {
  REGEX.lastIndex = 0;
  const [, source, flags] = REGEX.exec(image) ?? [];
  return source === undefined || flags === undefined ? undefined : { source, flags };
}

/** A name. Words with a meaning of their own are told apart after lexing, by `KEYWORDS`. */
export const Name = pattern(
  "Name",
  `[A-Za-z_${inClass(FOREIGN)}]${LETTERS}*(?:(?:-|\\.(?=\\d)|[${UNSEEN}]+)${LETTERS}+)*`,
  ["_", [0x41, 0x5a], [0x61, 0x7a], ...FOREIGN],
);
// In capitals, because a rule of the grammar may not have the name of a token.
const word = (name: string, ...categories: TokenType[]) =>
  createToken({ name: name.toUpperCase(), pattern: Lexer.NA, categories });

/** `_`, which stands for any value. */
export const Any = word("_");
export const Bool = word("Bool");
/** A word that is never a name. */
export const Reserved = word("Reserved");
/** `header`, `claim`, `metadata`, `body`. */
export const Source = word("Source", Name);
/** `cheapest`, `fastest`, `best`, `least_busy`. */
export const Selects = word("Selects", Name);
/** The first word of a declaration. */
export const Declares = word("Declares", Name);
/** What a proof bounds: `cost`, `attempts`, `providers`, `time`. */
export const Bounded = word("Bounded", Name);
/** What other languages write for `when`. */
export const If = word("If", Name);

export const When = word("when", Reserved);
export const Match = word("match", Reserved);
export const Otherwise = word("otherwise", Reserved);
export const Else = word("else", Reserved);
export const On = word("on", Reserved);
export const With = word("with", Reserved);
export const From = word("from", Reserved);
export const Default = word("default", Reserved);
export const And = word("and", Reserved);
export const Or = word("or", Reserved);
export const Not = word("not", Reserved);
export const In = word("in", Reserved);
export const Matches = word("matches", Reserved);
/** `starts_with`, `ends_with`, `contains`. */
export const TextTest = word("TextTest", Reserved);
export const Can = word("can", Reserved);
export const Judge = word("judge", Reserved);
export const By = word("by", Reserved);
const True = word("true", Bool, Reserved);
const False = word("false", Bool, Reserved);

export const Accept = word("accept", Reserved);
export const After = word("after", Reserved);
export const Where = word("where", Reserved);
export const Every = word("every", Reserved);
export const Never = word("never", Reserved);
export const Always = word("always", Reserved);

export const Import = word("import", Declares);
export const Time = word("time", Declares, Bounded);
export const Request = word("request", Declares);
export const Provider = word("provider", Declares);
export const Model = word("model", Declares);
export const Signal = word("signal", Declares);
export const Let = word("let", Declares);
export const Budget = word("budget", Declares);
export const Limit = word("limit", Declares);
export const Commit = word("commit", Declares);
export const Plan = word("plan", Declares);
export const Route = word("route", Declares);
export const Prove = word("prove", Declares);
export const Test = word("test", Declares);

export const Header = word("header", Source);

/** Words with a meaning of their own in one place each, and names everywhere else. */
export const own = words(
  ...(["zone", "env", "each", "as", "models", "reject"] as const),
  ...(["price", "during", "protocol", "ai_sdk", "breaker", "trip", "failures", "rest", "allow", "key"] as const),
  ...(["latency", "speed", "fail"] as const),
  ...([
    "timeout",
    "patterns",
    "keywords",
    "classifier",
    "similar",
    "to",
    "using",
    "above",
    "ask",
    "language",
    "http",
  ] as const),
  ...(["module", "per", "for", "spend", "alert", "at", "strict", "reuse"] as const),
  ...(["spread", "adaptive", "split", "cascade", "hedge"] as const),
  ...([
    "is",
    "no",
    "cost",
    "send",
    "given",
    "down",
    "fails",
    "answers",
    "used",
    "expect",
    "rule",
    "tries",
    "served",
  ] as const),
);

/** What each word with a meaning of its own is; all other words are names. */
export const KEYWORDS: ReadonlyMap<string, TokenType> = new Map([
  ...[When, Match, Otherwise, Else, On, With, From, Default, And, Or, Not, In, Matches, Can, Judge, By].map(named),
  ...[Accept, After, Where, Every, Never, Always, True, False, Any, Header].map(named),
  ...[Import, Time, Request, Provider, Model, Signal, Let, Budget, Limit, Commit, Plan, Route, Prove, Test].map(named),
  ...Object.values(own).map(named),
  ...all(TextTest, "starts_with", "ends_with", "contains"),
  ...all(Source, "claim", "metadata", "body"),
  ...all(Bounded, "attempts", "providers"),
  ...all(Selects, "cheapest", "fastest", "best", "least_busy"),
  ...all(If, "if", "elseif", "elif", "elsif"),
]);

export const Arrow = createToken({ name: "Arrow", pattern: "->" });
export const Equality = pattern("Equality", /[=!]=/, ["=!"]);
export const Order = pattern("Order", /[<>]=?/, ["<>"]);
export const Assign = createToken({ name: "Assign", pattern: "=" });
export const Bar = createToken({ name: "Bar", pattern: "|" });
export const Dots = createToken({ name: "Dots", pattern: ".." });
export const Dot = createToken({ name: "Dot", pattern: "." });
export const Comma = createToken({ name: "Comma", pattern: "," });
export const Star = createToken({ name: "Star", pattern: "*" });
export const OpenBrace = createToken({ name: "OpenBrace", pattern: "{" });
export const CloseBrace = createToken({ name: "CloseBrace", pattern: "}" });
export const OpenBracket = createToken({ name: "OpenBracket", pattern: "[" });
export const CloseBracket = createToken({ name: "CloseBracket", pattern: "]" });
export const OpenParen = createToken({ name: "OpenParen", pattern: "(" });
export const CloseParen = createToken({ name: "CloseParen", pattern: ")" });

/** What other languages write; `SLIPS` says what it stands for here. */
export const Slip = pattern("Slip", /&&?|\|\||=>|[=!]==|!(?!=)|;+|:=?|#[^\r\n]*|'[^'\r\n]*'/, ["&|=!;:#'"]);

const UNUSED: Characters = [[0, 8], [0x0e, 0x1f], "$%'+?@\\^`~", [0x7f, 0xffff]];
/** A run of characters that mean nothing. */
export const Unknown = pattern("Unknown", `(?:[${inClass(UNUSED)}]|-(?!>)|/(?!/))+`, [...UNUSED, "-/"]);

/** In the order in which they are tried. */
export const LEXED: TokenType[] = [
  WhiteSpace,
  CommentToken,
  RegexToken,
  NumberToken,
  Text,
  OpenText,
  Name,
  Slip,
  ...[Arrow, Equality, Order, Assign, Bar, Dots, Dot, Comma, Star],
  ...[OpenBrace, CloseBrace, OpenBracket, CloseBracket, OpenParen, CloseParen],
  Unknown,
];

export const VOCABULARY: TokenType[] = [
  ...new Set([...LEXED, ...KEYWORDS.values(), Bool, Reserved, Source, Selects, Bounded, Declares, If]),
];

/** Whether a token is of a type, or of a type that belongs to it. */
export const is = (token: IToken, type: TokenType): boolean => tokenMatcher(token, type);

export const isName = (token: IToken): boolean => is(token, Name);

/** The offset after a token's last character. */
export const endOf = (token: IToken): number => token.startOffset + token.image.length;

/** Whether no other token stands before this one on its line. */
export function startsLine(text: string, token: IToken, before: IToken | undefined): boolean {
  return before === undefined || /[\r\n]/.test(text.slice(endOf(before), token.startOffset));
}

function named(type: TokenType): [string, TokenType] {
  return [type.name.toLowerCase(), type];
}

function all(type: TokenType, ...words: string[]): [string, TokenType][] {
  return words.map((text) => [text, type]);
}

function words<const N extends string>(...names: readonly N[]): Readonly<Record<N, TokenType>> {
  const types = names.map((name) => [name, word(name, name === "cost" ? Bounded : Name)]);
  return Object.fromEntries(types) as Record<N, TokenType>;
}
