/** The grammar of plans, with actions that build the tree. */
import { EOF, type IToken } from "chevrotain";
import { spanOf } from "./lexer.ts";
import { FAILURE, SHARE } from "./messages.ts";
import { OptionGrammar } from "./options.ts";
import type { Items } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const SHARES: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.isName(token) || t.is(token, t.NumberToken),
  called: "a model, or a share such as `70% model`",
  commaEnds: true,
  inBraces: true,
};
const SIDES: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.is(token, t.NumberToken),
  called: SHARE,
  commaEnds: true,
  inBraces: true,
};
const STEPS: Omit<Items<unknown>, "item"> = {
  starts: (token) => t.isName(token) || t.is(token, t.OpenParen),
  called: "a step such as `model accept when not refused`",
  commaEnds: true,
  inBraces: true,
};
const WEIGHTS: Omit<Items<unknown>, "item"> = {
  starts: t.isName,
  called: "a weight such as `cost 0.5`",
  commaEnds: true,
  inBraces: true,
};

/** What stands before the braces of a plan. */
const BRACED = [t.Selects, t.own.spread, t.own.adaptive, t.own.split, t.own.cascade, t.own.hedge];

export abstract class PlanGrammar extends OptionGrammar {
  protected readonly expression = this.RULE("expression", (): tree.Expression => {
    const before = this.LA(0);
    const start = this.LA(1);
    const first = this.SUBRULE(this.step);
    const branches: tree.ElseBranch[] = [];
    const listed = [t.Arrow, t.Assign, t.OpenParen].some((type) => t.is(before, type));
    this.MANY({
      MAX_LOOKAHEAD: 1,
      GATE: () => (this.next(t.Comma) ? listed && this.commaIsElse() : !this.elseIsRule()),
      DEF: () => branches.push(this.SUBRULE(this.branch)),
    });
    return { first, branches, span: this.from(start) };
  });

  /** `else ->`, `else if` and `else when` are other languages' `otherwise` and `when`. */
  private elseIsRule(): boolean {
    if (this.recovering && t.is(this.LA(2), t.When)) return true;
    const conditionFollows = [t.Name, t.Not].some((type) => t.is(this.LA(3), type));
    return t.is(this.LA(2), t.Arrow) || (this.recovering && t.is(this.LA(2), t.If) && conditionFollows);
  }

  /** `a, b` is elsewhere what `a else b` is here; but a comma may also stand before the next arm. */
  private commaIsElse(): boolean {
    if (!this.recovering) return false;
    let ahead = 1;
    while (t.is(this.LA(ahead), t.Comma) && t.isName(this.LA(ahead + 1))) ahead += 2;
    const after = this.LA(ahead);
    const isPattern = [t.Arrow, t.Bar, t.Dots].some((type) => t.is(after, type));
    const ends = [EOF, t.CloseBrace, t.CloseParen, t.Reserved].some((type) => t.is(after, type));
    return ahead > 1 && (ends || (!isPattern && t.startsLine(this.source, after, this.LA(ahead - 1))));
  }

  private readonly branch = this.RULE("branch", (): tree.ElseBranch => {
    const first = this.LA(1);
    this.OR([
      { ALT: () => this.CONSUME(t.Else) },
      { ALT: () => this.slipped(this.CONSUME(t.Or), "else") },
      { ALT: () => this.slipped(this.CONSUME(t.Comma), "else") },
    ]);
    const on = this.OPTION(() => {
      const failures: tree.Name[] = [];
      this.CONSUME(t.On);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        ERR_MSG: FAILURE,
        DEF: () => failures.push(this.SUBRULE(this.failure)),
      });
      return failures;
    });
    const step = this.SUBRULE(this.step);
    return { on, step, span: this.from(first) };
  });

  private readonly step = this.RULE("step", (): tree.Step => {
    const first = this.LA(1);
    const target = this.SUBRULE(this.target);
    const options = this.OPTION(() => {
      this.CONSUME(t.With);
      return this.SUBRULE(this.options);
    });
    return { target, with: options, span: this.from(first) };
  });

  private readonly target = this.RULE("target", (): tree.Target => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: "the name of a plan or a model",
      DEF: [
        {
          ALT: (): tree.Target => {
            this.CONSUME(t.OpenParen);
            const expression = this.SUBRULE(this.expression);
            this.CONSUME(t.CloseParen);
            return { kind: "parens", expression, span: this.from(first) };
          },
        },
        {
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Target => {
            const word = this.CONSUME(t.own.reject);
            const rejection = this.OPTION(() => {
              const status = this.SUBRULE(this.number);
              const text = this.OPTION1(() => this.SUBRULE(this.string));
              return { status, text };
            });
            if (rejection === undefined) return this.namedReject(word);
            return { kind: "reject", ...rejection, span: this.from(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.selector) },
        { ALT: () => this.SUBRULE(this.spread) },
        { ALT: () => this.SUBRULE(this.adaptive) },
        { ALT: () => this.SUBRULE(this.split) },
        { ALT: () => this.SUBRULE(this.cascade) },
        { ALT: () => this.SUBRULE(this.hedge) },
        {
          ALT: (): tree.Target => {
            const name = this.SUBRULE(this.name);
            this.ACTION(() => this.missesBrace());
            return { kind: "name", name, span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly selector = this.RULE("selector", (): tree.Selector => {
    const first = this.CONSUME(t.Selects);
    const set = this.SUBRULE(this.modelSet);
    return { kind: "selector", order: { text: first.image, span: spanOf(first) }, set, span: this.from(first) };
  });

  protected readonly modelSet = this.RULE("modelSet", (): tree.ModelSet => {
    const first = this.CONSUME(t.OpenBrace);
    const names: tree.Name[] = [];
    const where = this.OR({
      MAX_LOOKAHEAD: 1,
      ERR_MSG: "the name of a model",
      DEF: [
        {
          GATE: () => [t.Where, t.With, t.When].some((type) => t.is(this.LA(2), type)),
          IGNORE_AMBIGUITIES: true,
          ALT: (): tree.Condition | undefined => {
            this.CONSUME(t.own.models);
            this.OR1([
              { ALT: () => this.CONSUME(t.Where) },
              { ALT: () => this.slipped(this.CONSUME(t.With), "where") },
              { ALT: () => this.slipped(this.CONSUME(t.When), "where") },
            ]);
            return this.SUBRULE(this.condition);
          },
        },
        {
          ALT: (): tree.Condition | undefined => {
            this.AT_LEAST_ONE({
              ERR_MSG: "the name of a model",
              DEF: () => {
                names.push(this.SUBRULE(this.name));
                this.OPTION(() => this.CONSUME(t.Comma));
              },
            });
            return undefined;
          },
        },
      ],
    });
    this.CONSUME(t.CloseBrace);
    return { kind: "set", where, names, span: this.from(first) };
  });

  private readonly spread = this.RULE("spread", (): tree.Spread => {
    const first = this.CONSUME(t.own.spread);
    const shares = this.block<tree.Spread["shares"][number]>({
      ...SHARES,
      item: () => this.SUBRULE(this.spreadShare),
    });
    const by = this.SUBRULE(this.sticky);
    return { kind: "spread", shares, by, span: this.from(first) };
  });

  private readonly spreadShare = this.RULE("spreadShare", (): tree.Spread["shares"][number] => {
    const first = this.LA(1);
    const share = this.OPTION(() => this.SUBRULE(this.number));
    const name = this.SUBRULE(this.name);
    return { share, name, span: this.from(first) };
  });

  /** `by tenant`. */
  private readonly sticky = this.RULE("sticky", (): tree.Name | undefined =>
    this.OPTION(() => {
      this.CONSUME(t.By);
      return this.SUBRULE(this.name);
    }),
  );

  private readonly adaptive = this.RULE("adaptive", (): tree.Adaptive => {
    const first = this.CONSUME(t.own.adaptive);
    const set = this.SUBRULE(this.modelSet);
    this.CONSUME(t.By);
    const weights = this.block<tree.Adaptive["weights"][number]>({ ...WEIGHTS, item: () => this.SUBRULE(this.weight) });
    return { kind: "adaptive", set, weights, span: this.from(first) };
  });

  private readonly weight = this.RULE("weight", (): tree.Adaptive["weights"][number] => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    return { name, value, span: this.from(first) };
  });

  private readonly split = this.RULE("split", (): tree.Target => {
    const first = this.CONSUME(t.own.split);
    const before = this.broken;
    this.broken = false;
    const sides = this.block<tree.Split["sides"][number]>({ ...SIDES, item: () => this.SUBRULE(this.side) });
    const by = this.SUBRULE(this.sticky);
    const unread = this.broken;
    this.broken ||= before;
    // Of sides that could not be read it is no second mistake that they do not make 100%.
    if (unread) return this.noExpression(this.from(first)).first.target;
    return { kind: "split", sides, by, span: this.from(first) };
  });

  private readonly side = this.RULE("side", (): tree.Split["sides"][number] => {
    const first = this.LA(1);
    const share = this.SUBRULE(this.number);
    const run = this.SUBRULE(this.expression);
    return { share, run, span: this.from(first) };
  });

  private readonly cascade = this.RULE("cascade", (): tree.Cascade => {
    const first = this.CONSUME(t.own.cascade);
    const steps = this.block<tree.Cascade["steps"][number]>({ ...STEPS, item: () => this.SUBRULE(this.gated) });
    return { kind: "cascade", steps, span: this.from(first) };
  });

  private readonly gated = this.RULE("gated", (): tree.Cascade["steps"][number] => {
    const first = this.LA(1);
    const step = this.SUBRULE(this.step);
    const accept = this.OPTION({
      GATE: () => this.next(t.Accept) || this.isGate(),
      DEF: () => {
        this.OR([
          { ALT: () => this.CONSUME(t.Accept) },
          { ALT: () => this.unexpected("`accept`", this.CONSUME(t.Name)) },
        ]);
        this.CONSUME(t.When);
        return this.SUBRULE(this.condition);
      },
    });
    return { step, accept, span: this.from(first) };
  });

  /** Whether a name stands for `accept`: before a `when` that does not begin a rule. */
  private isGate(): boolean {
    return t.is(this.LA(2), t.When) && !t.startsLine(this.source, this.LA(2), this.LA(1));
  }

  private readonly hedge = this.RULE("hedge", (): tree.Hedge => {
    const start = this.CONSUME(t.own.hedge);
    this.CONSUME(t.OpenBrace);
    const first = this.SUBRULE(this.expression);
    const then: tree.Hedge["then"][number][] = [];
    this.MANY(() => then.push(this.SUBRULE(this.later)));
    this.OR({ ERR_MSG: "`after` or `}`", DEF: [{ ALT: () => this.CONSUME(t.CloseBrace) }] });
    return { kind: "hedge", first, then, span: this.from(start) };
  });

  private readonly later = this.RULE("later", (): tree.Hedge["then"][number] => {
    const first = this.CONSUME(t.After);
    const after = this.SUBRULE(this.number);
    const run = this.SUBRULE(this.expression);
    return { after, run, span: this.from(first) };
  });

  /** Without a brace, `cheapest` is a name; but directly before other names or `[` it can only be a selector. */
  private missesBrace(): void {
    const word = this.LA(0);
    const isMember = (this.next(t.Name) && !this.next(t.Declares)) || this.next(t.OpenBracket);
    const goesOn = isMember && !t.startsLine(this.source, this.LA(1), word);
    if (!this.recovering || !goesOn || !BRACED.some((type) => t.is(word, type))) return;
    this.expect("`{`");
    while (!this.next(EOF) && !this.next(t.CloseBrace) && !t.startsLine(this.source, this.LA(1), this.LA(0)))
      this.SKIP_TOKEN();
  }

  /** Without a status, `reject` is a name; but a text directly after it can only be that of a rejection. */
  private namedReject(word: IToken): tree.Target {
    const span = spanOf(word);
    // A text that an arm may begin with is none of this.
    const isPattern = [t.Arrow, t.Comma, t.Bar].some((type) => t.is(this.LA(2), type));
    if (this.next(t.Text) && !isPattern) {
      this.expect("a status such as `429`");
      this.SKIP_TOKEN();
      return { kind: "name", name: { text: "", span }, span };
    }
    return { kind: "name", name: { text: word.image, span }, span };
  }

  /** Stands for an expression that could not be read. */
  protected noExpression(span: tree.Span): tree.Expression {
    const target = { kind: "name", name: { text: "", span }, span } as const;
    return { first: { target, with: undefined, span }, branches: [], span };
  }
}
