/** The grammar of rules, with actions that build the tree. */
import { operatorOf } from "./conditions.ts";
import { spanOf } from "./lexer.ts";
import { PlanGrammar } from "./plans.ts";
import type { Items } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

/** The words that begin a rule; a setting whose name is near to one was meant to be a rule. */
export const RULE_WORDS = ["when", "match", "otherwise"];

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
export abstract class RuleGrammar extends PlanGrammar {
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
      { ALT: () => this.slipped(this.CONSUME(t.Else), "when", this.CONSUME1(t.If)) },
      { ALT: () => this.slipped(this.CONSUME1(t.Else), "when", this.CONSUME1(t.When)) },
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
    const operands: (tree.Operand | tree.Judgement)[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      ERR_MSG: "the name of an attribute",
      DEF: () => operands.push(this.SUBRULE(this.subject)),
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
            const op = operatorOf(this.CONSUME(t.Order)) as "<" | "<=" | ">" | ">=";
            const value = this.SUBRULE(this.value);
            return { kind: "bound", op, value, span: this.from(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.valueOrRange) },
      ],
    });
  });
}
