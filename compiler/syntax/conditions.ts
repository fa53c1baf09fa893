/** The grammar of words, literals and conditions, with actions that build the tree. */
import type { IToken } from "chevrotain";
import { spanOf } from "./lexer.ts";
import type { NumberValue } from "./literals.ts";
import { RecoveringParser } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

export abstract class ConditionGrammar extends RecoveringParser {
  // Words and literals

  protected readonly name = this.RULE("name", (): tree.Name => {
    const token = this.CONSUME(t.Name);
    return { text: token.image, span: spanOf(token) };
  });

  protected readonly string = this.RULE("string", (): tree.Word => wordOf(this.CONSUME(t.Text)));

  protected readonly word = this.RULE(
    "word",
    (): tree.Word =>
      this.OR({
        ERR_MSG: "a name",
        DEF: [{ ALT: () => wordOf(this.CONSUME(t.Name)) }, { ALT: () => wordOf(this.CONSUME(t.Text)) }],
      }),
  );

  protected readonly value = this.RULE(
    "value",
    (): tree.Value =>
      this.OR({
        ERR_MSG: "a value",
        DEF: [
          { ALT: (): tree.Value => boolOf(this.CONSUME(t.Bool)) },
          { ALT: (): tree.Value => numberOf(this.CONSUME(t.NumberToken)) },
          { ALT: (): tree.Value => wordOf(this.CONSUME(t.Name)) },
          { ALT: (): tree.Value => wordOf(this.CONSUME(t.Text)) },
        ],
      }),
  );

  protected readonly valueOrRange = this.RULE("valueOrRange", (): tree.Value | tree.Range => {
    const first = this.LA(1);
    const from = this.SUBRULE(this.value);
    const to = this.OPTION(() => {
      this.CONSUME(t.Dots);
      return this.SUBRULE1(this.value);
    });
    return to === undefined ? from : { kind: "range", from, to, span: this.from(first) };
  });

  protected readonly words = this.RULE("words", (): tree.WordList => {
    const first = this.LA(1);
    const items: tree.Word[] = [];
    this.CONSUME(t.OpenBracket);
    this.MANY(() => {
      items.push(this.SUBRULE(this.word));
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.CloseBracket);
    return { kind: "list", items, span: this.from(first) };
  });

  // Conditions

  protected readonly operand = this.RULE("operand", (): tree.Operand => {
    const first = this.LA(1);
    const path = [this.SUBRULE(this.name)];
    this.MANY(() => {
      this.CONSUME(t.Dot);
      path.push(this.SUBRULE1(this.name));
    });
    return { path, span: this.from(first) };
  });

  protected readonly condition = this.RULE("condition", (): tree.Condition => {
    const first = this.LA(1);
    const operands = [this.SUBRULE(this.conjunction)];
    this.MANY(() => {
      this.CONSUME(t.Or);
      operands.push(this.SUBRULE1(this.conjunction));
    });
    return joined("or", operands, this.from(first));
  });

  private readonly conjunction = this.RULE("conjunction", (): tree.Condition => {
    const first = this.LA(1);
    const operands = [this.SUBRULE(this.negation)];
    this.MANY(() => {
      this.CONSUME(t.And);
      operands.push(this.SUBRULE1(this.negation));
    });
    return joined("and", operands, this.from(first));
  });

  private readonly negation = this.RULE("negation", (): tree.Condition => {
    const not = this.OPTION(() => this.CONSUME(t.Not));
    const operand = this.OR({
      ERR_MSG: "a condition",
      DEF: [{ ALT: () => this.SUBRULE(this.parenthesised) }, { ALT: () => this.SUBRULE(this.comparison) }],
    });
    return not === undefined ? operand : { kind: "not", operand, span: this.from(not) };
  });

  private readonly parenthesised = this.RULE("parenthesised", (): tree.Condition => {
    const first = this.CONSUME(t.OpenParen);
    const condition = this.SUBRULE(this.condition);
    this.CONSUME(t.CloseParen);
    return { kind: "parens", condition, span: this.from(first) };
  });

  private readonly comparison = this.RULE("comparison", (): tree.Comparison => {
    const first = this.LA(1);
    return this.OR([
      {
        ALT: (): tree.Comparison => {
          this.later(this.CONSUME(t.Judge));
          this.CONSUME(t.OpenParen);
          this.skipBrackets();
          this.OPTION(() => this.SUBRULE(this.test));
          return this.noCondition(this.from(first));
        },
      },
      {
        ALT: (): tree.Comparison => {
          this.later(this.CONSUME(t.Can));
          this.SUBRULE(this.word);
          return this.noCondition(this.from(first));
        },
      },
      {
        ALT: (): tree.Comparison => {
          const operand = this.SUBRULE(this.operand);
          const test = this.OPTION1(() => this.SUBRULE1(this.test));
          return { kind: "comparison", operand, test, span: this.from(first) };
        },
      },
    ]);
  });

  private readonly test = this.RULE(
    "test",
    (): tree.Test =>
      this.OR([
        { ALT: () => this.SUBRULE(this.compare) },
        { ALT: () => this.SUBRULE(this.membership) },
        { ALT: () => this.SUBRULE(this.textTest) },
        { ALT: () => this.SUBRULE(this.matching) },
      ]),
  );

  private readonly compare = this.RULE("compare", (): tree.Test => {
    const first = this.LA(1);
    const op = this.OR([
      { ALT: () => operatorOf(this.CONSUME(t.Equality)) },
      { ALT: () => operatorOf(this.CONSUME(t.Order)) },
      {
        ALT: () => {
          this.slipped(this.CONSUME(t.Assign), "==");
          return "==" as const;
        },
      },
    ]);
    const value = this.SUBRULE(this.value);
    return { kind: "compare", op, value, span: this.from(first) };
  });

  private readonly membership = this.RULE("membership", (): tree.Test => {
    const first = this.LA(1);
    const not = this.OPTION(() => this.CONSUME(t.Not));
    this.CONSUME(t.In);
    const values = this.OR({
      ERR_MSG: "`{` or a range such as `1..5`",
      DEF: [{ ALT: () => this.SUBRULE(this.valueSet) }, { ALT: () => this.SUBRULE(this.range) }],
    });
    return { kind: "in", negated: not !== undefined, values, span: this.from(first) };
  });

  private readonly valueSet = this.RULE("valueSet", (): readonly tree.Value[] => {
    const values: tree.Value[] = [];
    this.CONSUME(t.OpenBrace);
    this.AT_LEAST_ONE({
      ERR_MSG: "a value",
      DEF: () => {
        values.push(this.SUBRULE(this.value));
        this.OPTION(() => this.CONSUME(t.Comma));
      },
    });
    this.CONSUME(t.CloseBrace);
    return values;
  });

  private readonly range = this.RULE("range", (): tree.Range => {
    const first = this.LA(1);
    const from = this.SUBRULE(this.value);
    this.CONSUME(t.Dots);
    const to = this.SUBRULE1(this.value);
    return { kind: "range", from, to, span: this.from(first) };
  });

  private readonly textTest = this.RULE("textTest", (): tree.Test => {
    const first = this.CONSUME(t.TextTest);
    const text = this.SUBRULE(this.string);
    return { kind: first.image as "starts_with" | "ends_with" | "contains", text, span: this.from(first) };
  });

  private readonly matching = this.RULE("matching", (): tree.Test => {
    const first = this.CONSUME(t.Matches);
    const token = this.CONSUME(t.RegexToken);
    return {
      kind: "matches",
      regex: { ...(token.payload as RegexValue), span: spanOf(token) },
      span: this.from(first),
    };
  });

  /** Stands for a condition that could not be read. */
  protected noCondition(span: tree.Span): tree.Comparison {
    return { kind: "comparison", operand: { path: [{ text: "", span }], span }, test: undefined, span };
  }
}

export function wordOf(token: IToken): tree.Word {
  const quoted = token.tokenType === t.Text;
  return { kind: "word", text: quoted ? (token.payload as string) : token.image, quoted, span: spanOf(token) };
}

export function numberOf(token: IToken): NumberValue & { readonly span: tree.Span } {
  return { ...(token.payload as NumberValue), span: spanOf(token) };
}

function boolOf(token: IToken): tree.Literal {
  return { kind: "bool", value: token.image === "true", span: spanOf(token) };
}

function joined(kind: "and" | "or", operands: readonly tree.Condition[], span: tree.Span): tree.Condition {
  const [only] = operands;
  return only !== undefined && operands.length === 1 ? only : { kind, operands, span };
}

type RegexValue = Omit<tree.Regex, "span">;
type Operator = Extract<tree.Test, { kind: "compare" }>["op"];

/** A slip such as `===` has been given its type, not its image. */
function operatorOf(token: IToken): Operator {
  return token.image.slice(0, 2) as Operator;
}
