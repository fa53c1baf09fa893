/**
 * How the parser goes on after a mistake. Chevrotain's own recovery looks for any token that could follow; a policy is
 * read by people in lines and blocks, so here what is broken is given up to the end of its item: the next line of the
 * block that can begin an item, or the block's closing brace. So one mistake is one message.
 */
import {
  EmbeddedActionsParser,
  EOF,
  type IRecognitionException,
  type IToken,
  isRecognitionException,
  type TokenType,
} from "chevrotain";
import { spanOf } from "./lexer.ts";
import { EXPECTED, MOST_PROBLEMS, needless, type Problem, slip, unexpected, unsupported } from "./messages.ts";
import * as t from "./tokens.ts";
import type { Span } from "./tree.ts";

/** The items of a block: what may begin one, and what they are called in a message. */
export interface Items<T> {
  readonly item: () => T | undefined;
  readonly starts: (token: IToken) => boolean;
  readonly called: string;
  /** Whether a comma ends an item: it does not where items themselves have commas in them. */
  readonly commaEnds: boolean;
  /** Whether a closing brace ends the block: it does not end a file. */
  readonly inBraces: boolean;
}

/** What ends the rest of an item that is given up. */
export type Ends = Pick<Items<unknown>, "starts" | "commaEnds" | "inBraces">;

export abstract class RecoveringParser extends EmbeddedActionsParser {
  protected source = "";
  /** Whether to go on after a mistake; if not, the first one ends the parse. */
  protected recovering = false;
  /** Whether something in the current declaration could not be read. */
  protected broken = false;
  private problems: Problem[] = [];
  /** Whether the tokens have more opening than closing braces, so that braces alone do not say where items end. */
  private unclosed = false;

  /** `validate`: whether to prove the grammar sound first, which takes longer than most files; the tests do. */
  constructor(validate: boolean) {
    super(t.VOCABULARY, {
      maxLookahead: 2,
      skipValidations: !validate,
      recoveryEnabled: false,
      errorMessageProvider: EXPECTED,
    });
  }

  /** Runs a rule over the tokens. Without recovery, the problems are at best the first ones. */
  protected run<T>(
    rule: () => T,
    text: string,
    tokens: IToken[],
    recovering: boolean,
  ): { value: T; problems: Problem[] } {
    this.source = text;
    this.recovering = recovering;
    this.broken = false;
    this.problems = [];
    this.unclosed = tokens.reduce((depth, token) => depth + braceOf(token), 0) > 0;
    // The parser appends its own end marks to the array that it is given.
    this.input = tokens.slice();
    const value = rule();
    const problems = [...this.problems, ...this.errors.map((error) => this.problemOf(error))];
    this.input = [];
    this.source = "";
    return { value, problems };
  }

  protected from(first: IToken): Span {
    return { start: first.startOffset, end: t.endOf(this.LA(0)) };
  }

  protected next(type: TokenType): boolean {
    return t.is(this.LA(1), type);
  }

  /** Tries to read something; where that fails, gives up the rest of the item and returns the fallback. */
  protected attempt<T>(read: () => T, fallback: NoInfer<T>, items: Ends): T {
    const start = this.position();
    try {
      return read();
    } catch (error) {
      if (!this.recovering || !(error instanceof Error) || !isRecognitionException(error)) throw error;
      this.broken = true;
      this.skipItem(start, items);
      return fallback;
    }
  }

  /** The items up to a closing brace (or, of a file, to its end), without those that could not be read. */
  protected items<T extends object>(items: Items<T>, until = t.CloseBrace): T[] {
    const read: T[] = [];
    do {
      this.MANY9({
        GATE: () => !this.recovering || items.starts(this.LA(1)),
        DEF: () => {
          const item = this.attempt(items.item, undefined, items);
          if (item !== undefined) read.push(item);
          this.OPTION9(() => this.CONSUME9(t.Comma));
        },
      });
    } while (this.recovering && !this.next(until) && !this.next(EOF) && this.skipGarbage(items));
    return read;
  }

  /** `{ items }`. */
  protected block<T extends object>(items: Items<T>): T[] {
    this.brace(t.OpenBrace, "`{`");
    const read = this.items(items);
    this.brace(t.CloseBrace, "`}`");
    return read;
  }

  /** Says what should stand here; of what should end a line, rather than begin one, the token before says where. */
  protected expect(expected: string, before?: IToken): void {
    this.broken = true;
    this.problems.push(unexpected(this.source, expected, this.LA(1), this.next(EOF) ? this.LA(0) : before));
  }

  protected problem(span: Span, message: string): void {
    this.broken = true;
    this.problems.push({ code: "RT1001", span, message });
  }

  /** Says that something is written otherwise here, and goes on as if it had been written right. */
  protected slipped(first: IToken, right: string, last = first): void {
    this.ACTION(() => {
      const span = { start: first.startOffset, end: t.endOf(last) };
      this.problems.push(slip(this.source, span, right));
    });
  }

  /** Says that something is not written here at all, and goes on without it. */
  protected needless(token: IToken, why: string): void {
    this.ACTION(() => this.problems.push(needless(this.source, spanOf(token), why)));
  }

  /** Says that what the tokens begin is of a later version. */
  protected later(first: IToken, last = first): void {
    this.ACTION(() => {
      this.broken = true;
      const span = { start: first.startOffset, end: t.endOf(last) };
      this.problems.push(unsupported(span, this.source.slice(span.start, span.end)));
    });
  }

  /** Skips to after the bracket that closes the one just read. */
  protected skipBrackets(): void {
    this.ACTION(() => {
      for (let depth = 1; depth > 0 && !this.next(EOF); this.consumeOne()) {
        if (OPENING.has(this.LA(1).image)) depth++;
        else if (CLOSING.has(this.LA(1).image)) depth--;
      }
    });
  }

  /** Skips what is left of an item that began at a position. */
  protected skipItem(start: number, { starts, commaEnds, inBraces }: Ends): void {
    this.ACTION(() => {
      let depth = 0;
      for (let i = start + 1; i <= this.position(); i++) depth += braceOf(this.input[i]);
      const tooMany = this.problems.length + this.errors.length > MOST_PROBLEMS;
      for (; !this.next(EOF); this.consumeOne()) {
        const token = this.LA(1);
        if (tooMany) continue;
        const flat = depth <= 0;
        const began = this.position() > start;
        if (inBraces && flat && t.is(token, t.CloseBrace)) return;
        if (began && flat && commaEnds && t.is(this.LA(0), t.Comma)) return;
        if (began && (flat || this.unclosed) && starts(token) && this.beginsLine(token)) return;
        depth = Math.max(0, depth + braceOf(token));
      }
    });
  }

  protected position(): number {
    // Where the last consumed token stands in the input; Chevrotain types this for its own use only.
    return (this as unknown as { exportLexerState(): number }).exportLexerState();
  }

  private consumeOne(): void {
    this.SKIP_TOKEN();
  }

  /** Reports what is no item and skips it; false where that belongs to a block further out. */
  private skipGarbage(items: Items<unknown>): boolean {
    const token = this.LA(1);
    if (this.unclosed && OUTER.some((type) => t.is(token, type)) && this.beginsLine(token)) return false;
    this.expect(items.called);
    this.skipItem(this.position(), items);
    return true;
  }

  private problemOf(error: IRecognitionException & { previousToken?: IToken }): Problem {
    return unexpected(this.source, error.message, error.token, error.previousToken);
  }

  private brace(type: TokenType, expected: string): void {
    if (this.recovering && !this.next(type)) this.expect(expected, this.LA(0));
    else if (type === t.OpenBrace) this.CONSUME8(t.OpenBrace);
    else this.CONSUME8(t.CloseBrace);
  }

  /** Whether a token is the first on its line and does not merely go on with what the line before began. */
  private beginsLine(token: IToken): boolean {
    const before = this.LA(0);
    if (!t.startsLine(this.source, token, this.position() < 0 ? undefined : before)) return false;
    return t.is(token, t.Reserved) || !CONTINUED.some((type) => t.is(before, type));
  }
}

const OPENING: ReadonlySet<string> = new Set(["{", "[", "("]);
const CLOSING: ReadonlySet<string> = new Set(["}", "]", ")"]);
/** What begins a rule wherever it stands first on a line. */
const OUTER: readonly TokenType[] = [t.When, t.Match, t.Otherwise];
/** After these a line goes on. */
const CONTINUED: readonly TokenType[] = [
  ...[t.Arrow, t.Bar, t.Assign, t.Equality, t.Order, t.And, t.Or, t.Not, t.In, t.Else, t.On, t.From, t.Default],
];

function braceOf(token: IToken | undefined): number {
  return token?.image === "{" ? 1 : token?.image === "}" ? -1 : 0;
}
