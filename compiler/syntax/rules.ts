/** The grammar of plans and rules, with actions that build the tree. */
import type { IToken } from "chevrotain";
import { ConditionGrammar, numberOf } from "./conditions.ts";
import { spanOf } from "./lexer.ts";
import type { Items } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

export const isName = (token: IToken): boolean => t.is(token, t.Name);

export const RULES: Omit<Items<unknown>, "item"> = {
  starts: (token) => [t.When, t.Match, t.Otherwise, t.Else, t.Default, t.If].some((type) => t.is(token, type)),
  called: "`when`, `match` or `otherwise`",
  commaEnds: false,
  inBraces: true,
};
const ARMS: Omit<Items<unknown>, "item"> = {
  starts: (token) => [t.Name, t.Text, t.NumberToken, t.Bool, t.Any, t.Order].some((type) => t.is(token, type)),
  called: "an arm such as `value -> plan`",
  commaEnds: false,
  inBraces: true,
};
const OPTIONS: Omit<Items<unknown>, "item"> = {
  starts: isName,
  called: "an option such as `timeout 20s`",
  commaEnds: true,
  inBraces: true,
};

export abstract class RuleGrammar extends ConditionGrammar {
  // Plans

  protected readonly expression = this.RULE("expression", (): tree.Expression => {
    const start = this.LA(1);
    const first = this.SUBRULE(this.step);
    const branches: tree.ElseBranch[] = [];
    this.MANY({
      GATE: () => !this.elseIsRule(),
      DEF: () => branches.push(this.SUBRULE(this.branch)),
    });
    return { first, branches, span: this.from(start) };
  });

  /** `else ->` and `else if` are other languages' `otherwise` and `when`. */
  private elseIsRule(): boolean {
    const conditionFollows = [t.Name, t.Not].some((type) => t.is(this.LA(3), type));
    return t.is(this.LA(2), t.Arrow) || (this.recovering && t.is(this.LA(2), t.If) && conditionFollows);
  }

  private readonly branch = this.RULE("branch", (): tree.ElseBranch => {
    const first = this.CONSUME(t.Else);
    const on = this.OPTION(() => {
      const failures: tree.Name[] = [];
      this.CONSUME(t.On);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        ERR_MSG: "the name of a failure",
        DEF: () => failures.push(this.SUBRULE(this.name)),
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
            const word = this.CONSUME(t.Reject);
            const status = this.OPTION(() => numberOf(this.CONSUME(t.NumberToken)));
            if (status === undefined) return this.namedReject(word);
            const text = this.OPTION1(() => this.SUBRULE(this.string));
            return { kind: "reject", status, text, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.Target => {
            this.later(this.CONSUME(t.LaterTarget));
            this.CONSUME(t.OpenBrace);
            this.skipBrackets();
            this.OPTION2(() => {
              this.CONSUME(t.By);
              this.OR1([
                { ALT: () => void this.SUBRULE1(this.name) },
                {
                  ALT: () => {
                    this.CONSUME1(t.OpenBrace);
                    this.skipBrackets();
                  },
                },
              ]);
            });
            return { kind: "name", name: { text: "", span: this.from(first) }, span: this.from(first) };
          },
        },
        { ALT: (): tree.Target => ({ kind: "name", name: this.SUBRULE(this.name), span: this.from(first) }) },
      ],
    });
  });

  /** Without a status, `reject` is a name; but a text directly after it can only be that of a rejection. */
  private namedReject(word: IToken): tree.Target {
    if (this.next(t.Text) && !t.startsLine(this.source, this.LA(1), word)) {
      this.expect("a status such as `429`");
      this.SKIP_TOKEN();
    }
    const span = spanOf(word);
    return { kind: "name", name: { text: word.image, span }, span };
  }

  protected readonly options = this.RULE("options", (): tree.Options => {
    const first = this.LA(1);
    const options = this.block<tree.Option>({ ...OPTIONS, item: () => this.SUBRULE(this.planOption) });
    return { kind: "options", options, span: this.from(first) };
  });

  private readonly planOption = this.RULE("planOption", (): tree.Option => {
    const first = this.LA(1);
    const name = this.SUBRULE(this.name);
    this.SUBRULE(this.noAssign);
    const value = this.SUBRULE(this.value);
    const span = this.from(first);
    // `retries 2 on [timeout]`, `tools only [search]`
    const on = this.OPTION(() => this.CONSUME(t.On));
    this.OPTION1(() => {
      this.later(on ?? this.LA(0));
      this.CONSUME(t.OpenBracket);
      this.skipBrackets();
    });
    return { name, value, span };
  });

  /** `name = value`, where fields have no sign between name and value. */
  protected readonly noAssign = this.RULE("noAssign", (): void => {
    this.OPTION(() => {
      const token = this.CONSUME(t.Assign);
      this.needless(token, "a field is its name, then its value");
    });
  });

  // Rules

  protected readonly rule = this.RULE(
    "rule",
    (): tree.Rule =>
      this.OR({
        ERR_MSG: RULES.called,
        DEF: [
          { ALT: () => this.SUBRULE(this.when) },
          { ALT: () => this.SUBRULE(this.match) },
          { ALT: () => this.SUBRULE(this.otherwise) },
        ],
      }),
  );

  private readonly when = this.RULE("when", (): tree.WhenRule | tree.WhenGroup => {
    const first = this.LA(1);
    this.OR([
      { ALT: () => this.CONSUME(t.When) },
      { ALT: () => this.slipped(this.CONSUME(t.If), "when") },
      {
        ALT: () => {
          const from = this.CONSUME(t.Else);
          const to = this.CONSUME1(t.If);
          this.slipped(from, "when", to);
        },
      },
    ]);
    const condition = this.SUBRULE(this.condition);
    return this.OR1({
      ERR_MSG: "`->` or `{`",
      DEF: [
        {
          ALT: (): tree.WhenRule | tree.WhenGroup => {
            this.CONSUME(t.Arrow);
            const run = this.SUBRULE(this.expression);
            return { kind: "when", condition, run, span: this.from(first) };
          },
        },
        {
          ALT: (): tree.WhenRule | tree.WhenGroup => {
            const rules = this.SUBRULE(this.group);
            return { kind: "group", condition, rules, span: this.from(first) };
          },
        },
      ],
    });
  });

  private readonly group = this.RULE("group", (): readonly tree.Rule[] =>
    this.block<tree.Rule>({ ...RULES, item: () => this.SUBRULE(this.rule) }),
  );

  private readonly otherwise = this.RULE("otherwise", (): tree.OtherwiseRule => {
    const first = this.LA(1);
    this.OR([
      { ALT: () => this.CONSUME(t.Otherwise) },
      { ALT: () => this.slipped(this.CONSUME(t.Else), "otherwise") },
      { ALT: () => this.slipped(this.CONSUME(t.Default), "otherwise") },
    ]);
    this.CONSUME(t.Arrow);
    const run = this.SUBRULE(this.expression);
    return { kind: "otherwise", run, span: this.from(first) };
  });

  private readonly match = this.RULE("match", (): tree.MatchRule => {
    const first = this.CONSUME(t.Match);
    const operands: tree.Operand[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      ERR_MSG: "the name of an attribute",
      DEF: () => operands.push(this.SUBRULE(this.operand)),
    });
    const arms = this.block<tree.Arm>({ ...ARMS, item: () => this.SUBRULE(this.arm) });
    return { kind: "match", operands, arms, span: this.from(first) };
  });

  private readonly arm = this.RULE("arm", (): tree.Arm => {
    const first = this.LA(1);
    const patterns: tree.Pattern[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, ERR_MSG: "a pattern", DEF: () => patterns.push(this.SUBRULE(this.pattern)) });
    this.CONSUME(t.Arrow);
    const run = this.SUBRULE(this.expression);
    return { patterns, run, span: this.from(first) };
  });

  private readonly pattern = this.RULE("pattern", (): tree.Pattern => {
    const first = this.LA(1);
    const alternatives: tree.Alternative[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Bar,
      ERR_MSG: "a pattern",
      DEF: () => alternatives.push(this.SUBRULE(this.alternative)),
    });
    return { alternatives, span: this.from(first) };
  });

  private readonly alternative = this.RULE("alternative", (): tree.Alternative => {
    const first = this.LA(1);
    return this.OR({
      ERR_MSG: "a pattern",
      DEF: [
        { ALT: (): tree.Alternative => ({ kind: "any", span: spanOf(this.CONSUME(t.Any)) }) },
        {
          ALT: (): tree.Alternative => {
            const op = this.CONSUME(t.Order).image as "<" | "<=" | ">" | ">=";
            const value = this.SUBRULE(this.value);
            return { kind: "bound", op, value, span: this.from(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.valueOrRange) },
      ],
    });
  });

  /** Stands for an expression that could not be read. */
  protected noExpression(span: tree.Span): tree.Expression {
    const target = { kind: "name", name: { text: "", span }, span } as const;
    return { first: { target, with: undefined, span }, branches: [], span };
  }
}
