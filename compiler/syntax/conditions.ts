/** The grammar of words, literals and conditions, with actions that build the tree. */
import type { IToken } from "chevrotain";
import { spanOf } from "./lexer.ts";
import type { NumberValue } from "./literals.ts";
import { code, needless } from "./messages.ts";
import { RecoveringParser } from "./recovery.ts";
import * as t from "./tokens.ts";
import type * as tree from "./tree.ts";

const SET_OR_RANGE = "`{` or a range such as `1..5`";

/** What begins a claim of a proof. */
const CLAIMS = [t.Every, t.Never, t.own.no, t.Bounded];

export abstract class ConditionGrammar extends RecoveringParser {
  /** Whether an `and` before a claim ends the condition: it does within `every model is`, outside of parentheses. */
  protected claims = false;

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

  protected readonly number = this.RULE("number", () => numberOf(this.CONSUME(t.NumberToken)));

  /** `,*` of names without brackets. */
  protected readonly names = this.RULE("names", (): readonly tree.Name[] => {
    const names: tree.Name[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, ERR_MSG: "a name", DEF: () => names.push(this.SUBRULE(this.name)) });
    this.ACTION(() => {
      if (names.length > 1 && this.next(t.NumberToken)) this.commaBefore(names.pop());
    });
    return names;
  });

  /** Says that what was read as the last of a list without brackets begins something else, and skips its number and window. */
  private commaBefore(name: tree.Name | undefined): void {
    if (!this.recovering || name === undefined) return;
    const comma = this.source.lastIndexOf(",", name.span.start);
    const span = { start: comma, end: comma + 1 };
    const { message, fix } = needless(this.source, span, `${code(name.text)} would be one more of the list`);
    this.problem(span, message, { ...(fix && { fix }), help: "no comma stands after a list without brackets" });
    this.SKIP_TOKEN();
    if (!this.next(t.own.per)) return;
    this.SKIP_TOKEN();
    this.SKIP_TOKEN();
  }

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
    return { kind: "path", path, span: this.from(first) };
  });

  protected readonly judgement = this.RULE("judgement", (): tree.Judgement => {
    const first = this.CONSUME(t.Judge);
    this.CONSUME(t.OpenParen);
    const model = this.SUBRULE(this.name);
    this.CONSUME(t.Comma);
    const prompt = this.SUBRULE(this.string);
    this.CONSUME(t.CloseParen);
    return { kind: "judge", model, prompt, span: this.from(first) };
  });

  /** What a comparison or a `match` is about. */
  protected readonly subject = this.RULE("subject", (): tree.Operand | tree.Judgement =>
    this.OR({
      ERR_MSG: "the name of an attribute",
      DEF: [{ ALT: () => this.SUBRULE(this.judgement) }, { ALT: () => this.SUBRULE(this.operand) }],
    }),
  );

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
    this.MANY({
      GATE: () => !(this.claims && this.claimFollows()),
      DEF: () => {
        this.CONSUME(t.And);
        operands.push(this.SUBRULE1(this.negation));
      },
    });
    return joined("and", operands, this.from(first));
  });

  private claimFollows(): boolean {
    return CLAIMS.some((type) => t.is(this.LA(2), type));
  }

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
    const before = this.claims;
    this.claims = false;
    const condition = this.SUBRULE(this.condition);
    this.claims = before;
    this.CONSUME(t.CloseParen);
    return { kind: "parens", condition, span: this.from(first) };
  });

  private readonly comparison = this.RULE("comparison", (): tree.Condition => {
    const first = this.LA(1);
    return this.OR([
      {
        ALT: (): tree.Condition => {
          this.CONSUME(t.Can);
          const capability = this.SUBRULE(this.word);
          return { kind: "can", capability, span: this.from(first) };
        },
      },
      {
        ALT: (): tree.Condition => {
          const operand = this.SUBRULE(this.subject);
          const test = this.OPTION(() => this.SUBRULE(this.test));
          return { kind: "comparison", operand, test, span: this.from(first) };
        },
      },
    ]);
  });

  protected readonly regex = this.RULE("regex", (): tree.Regex => {
    const token = this.CONSUME(t.RegexToken);
    return { ...(token.payload as RegexValue), span: spanOf(token) };
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
      ERR_MSG: SET_OR_RANGE,
      DEF: [{ ALT: () => this.SUBRULE(this.valueSet) }, { ALT: () => this.SUBRULE(this.range) }],
    });
    return { kind: "in", negated: not !== undefined, values, span: this.from(first) };
  });

  private readonly valueSet = this.RULE("valueSet", (): readonly tree.Value[] => {
    const values: tree.Value[] = [];
    const isRange = () => t.is(this.LA(3), t.Dots);
    const open = this.OR({
      ERR_MSG: SET_OR_RANGE,
      DEF: [
        { ALT: () => this.CONSUME(t.OpenBrace) },
        { GATE: () => !isRange(), ALT: () => this.CONSUME(t.OpenBracket) },
        { GATE: () => !isRange(), ALT: () => this.CONSUME(t.OpenParen) },
      ],
    });
    this.AT_LEAST_ONE({
      ERR_MSG: "a value",
      DEF: () => {
        values.push(this.SUBRULE(this.value));
        this.OPTION(() => this.CONSUME(t.Comma));
      },
    });
    const close = this.OR1({
      ERR_MSG: "`}`",
      DEF: [
        { ALT: () => this.CONSUME(t.CloseBrace) },
        { ALT: () => this.CONSUME(t.CloseBracket) },
        { ALT: () => this.CONSUME(t.CloseParen) },
      ],
    });
    this.slippedBrackets(open, close);
    return values;
  });

  protected readonly range = this.RULE("range", (): tree.Range => {
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
    return { kind: "matches", regex: this.SUBRULE(this.regex), span: this.from(first) };
  });

  /** Stands for a condition that could not be read. */
  protected noCondition(span: tree.Span): tree.Comparison {
    return { kind: "comparison", operand: { kind: "path", path: [{ text: "", span }], span }, test: undefined, span };
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

/** A slip such as `===` has what it stands for as its payload. */
export function operatorOf(token: IToken): Operator {
  return (token.payload ?? token.image) as Operator;
}
