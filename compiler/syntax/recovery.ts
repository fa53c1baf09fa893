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
  NoViableAltException,
  type TokenType,
} from "chevrotain";
import { spanOf } from "./lexer.ts";
import { DECISIONS } from "./lookahead.generated.ts";
import { type Decision, keyOf, lookaheadOf, RecordedLookahead } from "./lookahead.ts";
import { EXPECTED, MOST_PROBLEMS, needless, type Problem, slip, unexpected } from "./messages.ts";
import * as t from "./tokens.ts";
import type { Span } from "./tree.ts";

/** The items of a block: what may begin one, and what they are called in a message. */
export interface Items<T> {
  readonly item: () => T | undefined;
  readonly starts: (token: IToken) => boolean;
  readonly called: string;
  /** Whether a comma ends an item: it does not where items themselves have commas in them. */
  readonly commaEnds: boolean;
  /** Whether they stand in braces, so that a closing one ends them, rather than being those of a file. */
  readonly inBraces: boolean;
}

/** What ends the rest of an item that is given up. */
export type Ends = Pick<Items<unknown>, "starts" | "commaEnds" | "inBraces">;

export type GrammarSource = "generated" | "recorded" | "proved";

/** Tokens that a decision may look at. */
const MOST_AHEAD = 2;

/** What Chevrotain's analysis of a grammar leaves in a parser, beside the grammar itself. Not in its types. */
interface Analysed {
  selfAnalysisDone: boolean;
  readonly fullRuleNameToShort: Readonly<Record<string, number>>;
  setLaFuncCache(rule: number, key: number, lookahead: ReturnType<typeof lookaheadOf>): void;
}

export abstract class RecoveringParser extends EmbeddedActionsParser {
  protected source = "";
  /** Whether to go on after a mistake; if not, the first one ends the parse. */
  protected recovering = false;
  /** Whether something in the current declaration could not be read. */
  protected broken = false;
  private problems: Problem[] = [];
  /** Whether the tokens have more opening than closing braces, so that braces alone do not say where items end. */
  private unclosed = false;

  readonly #recorded: RecordedLookahead | undefined;
  #whole: RecoveringParser | undefined;

  /**
   * What the grammar is made from: `generated`, from what was found out of it before; `recorded`, from its rules, which
   * takes longer than most files; `proved`, the same, with Chevrotain's proofs that it is sound.
   */
  constructor(from: GrammarSource) {
    const recorded = from === "generated" ? undefined : new RecordedLookahead({ maxLookahead: MOST_AHEAD });
    super(t.VOCABULARY, {
      maxLookahead: MOST_AHEAD,
      ...(recorded !== undefined && { lookaheadStrategy: recorded }),
      skipValidations: from !== "proved",
      recoveryEnabled: false,
      errorMessageProvider: EXPECTED,
    });
    this.#recorded = recorded;
  }

  /** The look-ahead of a grammar that was recorded. */
  get decisions(): readonly Decision[] {
    return this.#recorded?.decisions ?? [];
  }

  /** The same grammar, recorded: what errors are explained with. */
  protected abstract recorded(): RecoveringParser;

  override performSelfAnalysis(): void {
    if (this.#recorded !== undefined) {
      super.performSelfAnalysis();
      return;
    }
    const self = this as unknown as Analysed;
    self.selfAnalysisDone = true;
    for (const decision of DECISIONS)
      self.setLaFuncCache(self.fullRuleNameToShort[decision.rule] as number, keyOf(decision), lookaheadOf(decision));
  }

  override getGAstProductions(): ReturnType<EmbeddedActionsParser["getGAstProductions"]> {
    if (this.#recorded !== undefined) return super.getGAstProductions();
    this.#whole ??= this.recorded();
    return this.#whole.getGAstProductions();
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
          if (items.inBraces) this.OPTION9(() => this.CONSUME9(t.Comma));
        },
      });
    } while (this.recovering && !this.next(until) && !this.next(EOF) && this.skipGarbage(items));
    return read;
  }

  /** `{ items }`. */
  protected block<T extends object>(items: Items<T>): T[] {
    const opened = this.brace(t.OpenBrace, "`{`");
    const read = this.items(items);
    // Of a block that never began it is no second mistake that it does not end.
    if (opened || this.next(t.CloseBrace)) this.brace(t.CloseBrace, "`}`");
    return read;
  }

  /** Says what should stand here; of what should end a line, rather than begin one, the token before says where. */
  protected expect(expected: string, before?: IToken): void {
    this.broken = true;
    const problem = unexpected(this.source, expected, this.LA(1), this.next(EOF) ? this.LA(0) : before);
    // What stands in the wrong place is one mistake, whatever else could have stood there.
    if (problem.span.start !== this.problems.at(-1)?.span.start) this.problems.push(problem);
  }

  /** Says that a token, which was read, stands where something else should. */
  protected unexpected(expected: string, found: IToken): void {
    this.ACTION(() => {
      this.broken = true;
      this.problems.push(unexpected(this.source, expected, found, undefined));
    });
  }

  protected problem(span: Span, message: string, more: Pick<Problem, "help" | "fix"> = {}): void {
    this.broken = true;
    this.problems.push({ code: "RT1001", span, message, ...more });
  }

  /** Says that something is written otherwise here, and goes on as if it had been written right. */
  protected slipped(first: IToken, right: string, last = first): void {
    this.ACTION(() => {
      const span = { start: first.startOffset, end: t.endOf(last) };
      this.problems.push(slip(this.source, span, right));
    });
  }

  /** As `slipped`, of brackets around what stands in braces here: one mistake, wherever they differ. */
  protected slippedBrackets(open: IToken, close: IToken): void {
    this.ACTION(() => {
      const [first, second] = [[open, "{"] as const, [close, "}"] as const].filter(
        ([token, right]) => token.image !== right,
      );
      if (first === undefined) return;
      const problem = slip(this.source, spanOf(first[0]), first[1]);
      this.problems.push(second ? { ...problem, also: { span: spanOf(second[0]), text: second[1] } } : problem);
    });
  }

  /** Says that something is not written here at all, and goes on without it. */
  protected needless(token: IToken, why: string): void {
    this.ACTION(() => this.problems.push(needless(this.source, spanOf(token), why)));
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

  /**
   * Says that none of the alternatives of a choice stands here. Chevrotain would first work out all that could, which in
   * a large rule takes some ten milliseconds; the words of `EXPECTED` need none of it.
   */
  protected raiseNoAltException(_: number, expected: string | undefined): never {
    const error = new NoViableAltException(expected ?? "something else", this.LA(1), this.LA(0));
    throw (this as unknown as { SAVE_ERROR(error: IRecognitionException): Error }).SAVE_ERROR(error);
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
    // What follows a comma and is no item either is the same mistake.
    do this.skipItem(this.position(), items);
    while (t.is(this.LA(0), t.Comma) && !items.starts(this.LA(1)) && !this.next(t.CloseBrace) && !this.next(EOF));
    return true;
  }

  private problemOf(error: IRecognitionException & { previousToken?: IToken }): Problem {
    return unexpected(this.source, error.message, error.token, error.previousToken);
  }

  /** Reads a brace, or reports that it is missing; whether it was there, or is after what was skipped. */
  private brace(type: TokenType, expected: string): boolean {
    if (this.recovering && !this.next(type)) {
      this.expect(expected, this.LA(0));
      return type === t.OpenBrace && this.skipToBrace();
    }
    if (type === t.OpenBrace) this.CONSUME8(t.OpenBrace);
    else this.CONSUME8(t.CloseBrace);
    return true;
  }

  /** Skips to an opening brace on the same line and over it: what stands before it was the mistake. */
  private skipToBrace(): boolean {
    let ahead = 1;
    for (; !t.is(this.LA(ahead), t.OpenBrace); ahead++)
      if (t.is(this.LA(ahead), EOF) || t.startsLine(this.source, this.LA(ahead), this.LA(ahead - 1))) return false;
    for (; ahead > 0; ahead--) this.consumeOne();
    return true;
  }

  /** Whether a token is the first on its line and does not merely go on with what the line before began. */
  private beginsLine(token: IToken): boolean {
    const before = this.LA(0);
    if (!t.startsLine(this.source, token, this.position() < 0 ? undefined : before)) return false;
    return t.is(token, t.Reserved) || !CONTINUED.some((type) => t.is(before, type));
  }
}

/** What begins a rule, or a line of a test, wherever it stands first on a line. */
const OUTER: readonly TokenType[] = [t.When, t.Match, t.Otherwise, t.own.send, t.own.given, t.own.expect];
/** After these a line goes on. */
const CONTINUED: readonly TokenType[] = [
  ...[t.Arrow, t.Bar, t.Assign, t.Equality, t.Order, t.And, t.Or, t.Not, t.In, t.Else, t.On, t.From, t.Default],
];

function braceOf(token: IToken | undefined): number {
  return token?.image === "{" ? 1 : token?.image === "}" ? -1 : 0;
}
