/**
 * The tree of one `.route` file: what was written, in order, with exact places. It says nothing of what names mean.
 * Every node's span runs from its first character to after its last one, in UTF-16 code units of the file's text.
 */

/** Half-open range of UTF-16 offsets into the text of a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** A name or a quoted text where both are the same thing: enum members, residencies, tags. */
export interface Word {
  readonly kind: "word";
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/**
 * A literal. `value` is in the unit that all of routec counts in: money in nano-dollars, durations in milliseconds,
 * percents in hundredths (80% is 80), clock times in minutes after midnight.
 */
export type Literal =
  | { readonly kind: "bool"; readonly value: boolean; readonly span: Span }
  /** `malformed`: it could not be read, and the value only stands in for it. */
  | { readonly kind: NumberKind; readonly value: number; readonly malformed?: true; readonly span: Span };

export type NumberKind = "int" | "decimal" | "percent" | "money" | "duration" | "clock";

export type Value = Literal | Word;

export interface Range {
  readonly kind: "range";
  readonly from: Value;
  readonly to: Value;
  readonly span: Span;
}

export interface Comment {
  /** With its slashes, without the line end. */
  readonly text: string;
  readonly span: Span;
}

export interface File {
  readonly declarations: readonly Declaration[];
  /** All comments in order, doc comments included. */
  readonly comments: readonly Comment[];
}

export type Declaration =
  | ImportDeclaration
  | ZoneDeclaration
  | RequestDeclaration
  | ProviderDeclaration
  | ModelDeclaration
  | SignalDeclaration
  | LetDeclaration
  | MeterDeclaration
  | PlanDeclaration
  | RouteDeclaration
  | ProveDeclaration
  | TestDeclaration;

interface DeclarationNode {
  readonly span: Span;
  /** The word that it begins with. */
  readonly keyword: Span;
  /** The text of the `///` lines before it, without the slashes and one space; empty where there are none. */
  readonly doc: readonly string[];
  /**
   * Part of it could not be read (and a diagnostic says so): it still declares its name, and findings that depend on
   * what is missing are withheld.
   */
  readonly broken: boolean;
}

export interface ImportDeclaration extends DeclarationNode {
  readonly kind: "import";
  readonly path: Word;
}

/** `time zone "Europe/Warsaw"`. The keyword is both words. */
export interface ZoneDeclaration extends DeclarationNode {
  readonly kind: "zone";
  readonly zone: Word;
}

export interface RequestDeclaration extends DeclarationNode {
  readonly kind: "request";
  readonly attributes: readonly AttributeDeclaration[];
}

export interface AttributeDeclaration {
  readonly name: Name;
  readonly type: TypeNode;
  /** `header`, `claim`, `metadata` or `body`. */
  readonly source: Name;
  readonly at: Word;
  readonly default: Value | undefined;
  readonly span: Span;
}

/** One word is the name of a type, two or more are the members of an enum. */
export interface TypeNode {
  readonly words: readonly Word[];
  readonly span: Span;
}

export interface ProviderDeclaration extends DeclarationNode {
  readonly kind: "provider";
  readonly name: Name;
  readonly fields: readonly Field[];
}

export interface ModelDeclaration extends DeclarationNode {
  readonly kind: "model";
  readonly name: Name;
  readonly provider: Name;
  readonly upstream: Word;
  readonly fields: readonly Field[];
}

/** A field of a provider's or a model's block: a name, then what the field takes. */
export interface Field {
  readonly name: Name;
  readonly value: FieldValue;
  readonly span: Span;
}

export type FieldValue =
  | Value
  | Environment
  | WordList
  | PriceBlock
  | Options
  | SdkPackage
  | Breaker
  | HeaderField
  | Allowances
  | Latency
  | Quantiles
  | Speed
  | FailureShares;

/** `env "A"` or `env ["A", "B"]`. */
export interface Environment {
  readonly kind: "env";
  readonly names: readonly Word[];
  readonly bracketed: boolean;
  readonly span: Span;
}

/** `[a, b, "c"]`. */
export interface WordList {
  readonly kind: "list";
  readonly items: readonly Word[];
  readonly span: Span;
}

/** `{ input $0.10, output $0.30 }`, with `during 16:30..00:30 zone "Asia/Shanghai"` before it or not. */
export interface PriceBlock {
  readonly kind: "prices";
  readonly during: PricePeriod | undefined;
  readonly entries: readonly { readonly name: Name; readonly value: Value; readonly span: Span }[];
  readonly span: Span;
}

/** `during 16:30..00:30 zone "Asia/Shanghai"`. */
export interface PricePeriod {
  readonly range: Range;
  readonly zone: Word | undefined;
  readonly span: Span;
}

/** `ai_sdk "package"`, after `protocol`. */
export interface SdkPackage {
  readonly kind: "sdk";
  readonly package: Word;
  readonly span: Span;
}

/** `{ trip after 5 failures in 30s, rest 10s }`; `breaker off` is a word. */
export interface Breaker {
  readonly kind: "breaker";
  readonly failures: Literal;
  readonly window: Literal;
  readonly rest: Literal;
  readonly span: Span;
}

/** `"X" "v"`, after `header`. */
export interface HeaderField {
  readonly kind: "header";
  readonly header: Word;
  readonly value: Word | Environment;
  readonly span: Span;
}

/** `30 requests per minute, 100k input tokens per hour`, after `allow`. */
export interface Allowances {
  readonly kind: "allow";
  readonly allowances: readonly Allowance[];
  readonly span: Span;
}

export interface Allowance {
  readonly count: Literal;
  /** `requests`, `tokens`, `input tokens` or `output tokens`. */
  readonly unit: Name;
  readonly window: Window;
  /** `key` after a second `per`: so much for each key. Not of a limit, which says by what it counts in a clause. */
  readonly per: Name | undefined;
  readonly span: Span;
}

/** `300ms` or `200ms..800ms`, after `latency`. */
export interface Latency {
  readonly kind: "latency";
  readonly from: Literal;
  readonly to: Literal | undefined;
  readonly span: Span;
}

/** `{ p50 400ms, p99 3s }`, after `latency`. */
export interface Quantiles {
  readonly kind: "quantiles";
  readonly quantiles: readonly { readonly name: Name; readonly value: Literal; readonly span: Span }[];
  readonly span: Span;
}

/** `80 tokens per second`, after `speed`. */
export interface Speed extends Allowance {
  readonly kind: "speed";
}

/** `{ 5% overloaded, 1% timeout }`, after `fail`. */
export interface FailureShares {
  readonly kind: "shares";
  readonly shares: readonly { readonly share: Literal; readonly failure: Name; readonly span: Span }[];
  readonly span: Span;
}

/** What follows `per` of a window: a calendar window's name, or the duration of a sliding one. The span is its own. */
export type Window = Word | Literal;

/** `{ timeout 20s }`, after `with`. The span is that of the braces. */
export interface Options {
  readonly kind: "options";
  readonly options: readonly Option[];
  readonly span: Span;
}

export interface Option {
  readonly name: Name;
  readonly value: Value;
  /** `on [timeout]` after `retries 2`, or `[search]` after `tools only`. */
  readonly list: WordList | undefined;
  readonly span: Span;
}

/** `signal complexity score = classifier "./complexity.json" timeout 200ms else 0.5`. */
export interface SignalDeclaration extends DeclarationNode {
  readonly kind: "signal";
  readonly name: Name;
  readonly type: TypeNode;
  readonly source: SignalSource;
  readonly timeout: Literal | undefined;
  readonly otherwise: Value | undefined;
}

export type SignalSource =
  | { readonly kind: "patterns"; readonly items: readonly (Word | Regex)[]; readonly span: Span }
  | { readonly kind: "keywords"; readonly items: readonly Word[]; readonly span: Span }
  | { readonly kind: "classifier"; readonly weights: Word; readonly span: Span }
  | {
      readonly kind: "similar";
      readonly examples: Word;
      readonly embedder: Name;
      readonly above: Literal;
      readonly span: Span;
    }
  /** With the file of a prompt, or what each member means. */
  | {
      readonly kind: "ask";
      readonly model: Name;
      readonly prompt: Word | readonly MemberMeaning[];
      readonly span: Span;
    }
  | { readonly kind: "language"; readonly span: Span }
  | {
      readonly kind: "http";
      readonly url: Word;
      /** `{ residency eu  price $0.001 }` */
      readonly fields: readonly Field[] | undefined;
      readonly span: Span;
    }
  | { readonly kind: "module"; readonly file: Word; readonly span: Span }
  /** Could not be read; its declaration is `broken`. */
  | { readonly kind: "unread"; readonly span: Span };

/** `code "writing, reading or mending program code"`. */
export interface MemberMeaning {
  readonly member: Word;
  readonly meaning: Word;
  readonly span: Span;
}

/** `budget`, `limit` or `commit`, as `meter` says; which clauses each takes is checked later. */
export interface MeterDeclaration extends DeclarationNode {
  readonly kind: "meter";
  readonly meter: "budget" | "limit" | "commit";
  readonly name: Name;
  readonly clauses: readonly MeterClause[];
}

export type MeterClause =
  | { readonly kind: "per"; readonly names: readonly Name[]; readonly span: Span }
  | { readonly kind: "on"; readonly names: readonly Name[]; readonly span: Span }
  | { readonly kind: "for"; readonly condition: Condition; readonly span: Span }
  /** `limit $500 per month` of a budget. */
  | { readonly kind: "limit"; readonly amount: Literal; readonly window: Window; readonly span: Span }
  /** `spend $10k per quarter` of a commit. */
  | { readonly kind: "spend"; readonly amount: Literal; readonly window: Window; readonly span: Span }
  | { readonly kind: "alert"; readonly at: readonly Literal[]; readonly span: Span }
  | { readonly kind: "allow"; readonly allowances: readonly Allowance[]; readonly span: Span };

export interface LetDeclaration extends DeclarationNode {
  readonly kind: "let";
  readonly name: Name;
  readonly condition: Condition;
}

export interface PlanDeclaration extends DeclarationNode {
  readonly kind: "plan";
  readonly name: Name;
  readonly run: Expression;
}

export interface RouteDeclaration extends DeclarationNode {
  readonly kind: "route";
  readonly names: readonly RouteName[];
  /** The provider of `route each provider as "provider/*"`; the pattern is then the only one of `names`. */
  readonly each: Name | undefined;
  /** `-> expression`, of the short form. */
  readonly run: Expression | undefined;
  /** What stands before the rules of the block form. */
  readonly settings: readonly Setting[];
  /** Empty in the short form. */
  readonly rules: readonly Rule[];
}

/** `for condition`, `strict`, `deadline 60s`, `reuse 5m per tenant`. `name` is the first word. */
export type Setting =
  | { readonly kind: "for"; readonly name: Name; readonly condition: Condition; readonly span: Span }
  | { readonly kind: "strict"; readonly name: Name; readonly span: Span }
  | {
      readonly kind: "reuse";
      readonly name: Name;
      readonly duration: Value;
      readonly per: readonly Name[];
      readonly span: Span;
    }
  /** `deadline`, or a name that is no setting. */
  | { readonly kind: "setting"; readonly name: Name; readonly value: Value; readonly span: Span };

/** `chat`, `"gpt-4o"`, or `*` (then `any` is true and `text` is `*`). */
export interface RouteName {
  readonly text: string;
  readonly quoted: boolean;
  readonly any: boolean;
  readonly span: Span;
}

export type Rule = WhenRule | WhenGroup | MatchRule | OtherwiseRule;

/** `when condition -> expression`. */
export interface WhenRule {
  readonly kind: "when";
  readonly condition: Condition;
  readonly run: Expression;
  readonly span: Span;
}

/** `when condition { rules }`. */
export interface WhenGroup {
  readonly kind: "group";
  readonly condition: Condition;
  readonly rules: readonly Rule[];
  readonly span: Span;
}

/** `match a, b { … }`. */
export interface MatchRule {
  readonly kind: "match";
  readonly operands: readonly (Operand | Judgement)[];
  readonly arms: readonly Arm[];
  readonly span: Span;
}

export interface Arm {
  /** One for each operand, in order (the checker says so when the numbers differ). */
  readonly patterns: readonly Pattern[];
  readonly run: Expression;
  readonly span: Span;
}

/** `a | b | 3..5`. */
export interface Pattern {
  readonly alternatives: readonly Alternative[];
  readonly span: Span;
}

export type Alternative =
  | { readonly kind: "any"; readonly span: Span }
  | { readonly kind: "bound"; readonly op: Order; readonly value: Value; readonly span: Span }
  | Range
  | Value;

export type Order = "<" | "<=" | ">" | ">=";

export interface OtherwiseRule {
  readonly kind: "otherwise";
  readonly run: Expression;
  readonly span: Span;
}

/** `tier`, `needs.tools`: one or more names with dots between them. */
export interface Operand {
  readonly kind: "path";
  readonly path: readonly Name[];
  readonly span: Span;
}

/** `judge(gpt5, "./rubric.md")`: how good a model finds an answer. */
export interface Judgement {
  readonly kind: "judge";
  readonly model: Name;
  readonly prompt: Word;
  readonly span: Span;
}

export type Condition =
  | { readonly kind: "or"; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: "and"; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: Condition; readonly span: Span }
  /** `can tools`, of a model. */
  | { readonly kind: "can"; readonly capability: Word; readonly span: Span }
  /** Parentheses, kept for the formatter. */
  | { readonly kind: "parens"; readonly condition: Condition; readonly span: Span }
  | Comparison;

export interface Comparison {
  readonly kind: "comparison";
  readonly operand: Operand | Judgement;
  /** Undefined where the operand stands alone (a bool or a `let`). */
  readonly test: Test | undefined;
  readonly span: Span;
}

export type Test =
  | {
      readonly kind: "compare";
      readonly op: "==" | "!=" | "<" | "<=" | ">" | ">=";
      readonly value: Value;
      readonly span: Span;
    }
  | { readonly kind: "in"; readonly negated: boolean; readonly values: readonly Value[] | Range; readonly span: Span }
  | { readonly kind: "starts_with" | "ends_with" | "contains"; readonly text: Word; readonly span: Span }
  | { readonly kind: "matches"; readonly regex: Regex; readonly span: Span };

/** `/source/` or `/source/i`. The span includes the slashes and the flag. */
export interface Regex {
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly span: Span;
}

/** `step else on rate_limited step else step`. */
export interface Expression {
  readonly first: Step;
  readonly branches: readonly ElseBranch[];
  readonly span: Span;
}

export interface ElseBranch {
  /** The failures after `on`; undefined for a plain `else`. */
  readonly on: readonly Name[] | undefined;
  readonly step: Step;
  readonly span: Span;
}

export interface Step {
  readonly target: Target;
  readonly with: Options | undefined;
  readonly span: Span;
}

export type Target =
  | { readonly kind: "name"; readonly name: Name; readonly span: Span }
  | {
      readonly kind: "reject";
      readonly status: Extract<Literal, { kind: NumberKind }>;
      readonly text: Word | undefined;
      readonly span: Span;
    }
  | { readonly kind: "parens"; readonly expression: Expression; readonly span: Span }
  | Selector
  | Spread
  | Adaptive
  | Split
  | Cascade
  | Hedge;

/** `cheapest { haiku, flash }`. */
export interface Selector {
  readonly kind: "selector";
  /** `cheapest`, `fastest`, `best` or `least_busy`. */
  readonly order: Name;
  readonly set: ModelSet;
  readonly span: Span;
}

/** `{ haiku, flash }` or `{ models where can tools }`. */
export interface ModelSet {
  readonly kind: "set";
  /** Undefined where the models are listed. */
  readonly where: Condition | undefined;
  readonly names: readonly Name[];
  readonly span: Span;
}

/** `spread { 70% a, 30% b } by tenant`. */
export interface Spread {
  readonly kind: "spread";
  readonly shares: readonly { readonly share: Literal | undefined; readonly name: Name; readonly span: Span }[];
  readonly by: Name | undefined;
  readonly span: Span;
}

/** `adaptive { a, b } by { cost 0.5, latency 0.5 }`. */
export interface Adaptive {
  readonly kind: "adaptive";
  readonly set: ModelSet;
  readonly weights: readonly { readonly name: Name; readonly value: Value; readonly span: Span }[];
  readonly span: Span;
}

/** `split { 90% a else b, 10% c } by tenant`. */
export interface Split {
  readonly kind: "split";
  readonly sides: readonly { readonly share: Literal; readonly run: Expression; readonly span: Span }[];
  readonly by: Name | undefined;
  readonly span: Span;
}

/** `cascade { small accept when confidence >= 0.8  large }`. */
export interface Cascade {
  readonly kind: "cascade";
  readonly steps: readonly { readonly step: Step; readonly accept: Condition | undefined; readonly span: Span }[];
  readonly span: Span;
}

/** `hedge { a after 2s b }`. */
export interface Hedge {
  readonly kind: "hedge";
  readonly first: Expression;
  readonly then: readonly { readonly after: Literal; readonly run: Expression; readonly span: Span }[];
  readonly span: Span;
}

/** `prove name { on chat when condition every model is condition and cost <= $1 }`. */
export interface ProveDeclaration extends DeclarationNode {
  readonly kind: "prove";
  readonly name: Name;
  /** Empty where it holds for all routes. */
  readonly on: readonly RouteName[];
  /** Undefined for `always`. */
  readonly premise: Condition | undefined;
  readonly claims: readonly Claim[];
}

export type Claim =
  | { readonly kind: "every"; readonly condition: Condition; readonly span: Span }
  | { readonly kind: "never"; readonly models: Name | ModelSet; readonly span: Span }
  /** `cost <= $1`, `attempts <= 8`, `providers >= 2`, `time <= 30s`. */
  | { readonly kind: "bound"; readonly of: Name; readonly op: "<=" | ">="; readonly value: Value; readonly span: Span }
  | { readonly kind: "no_reject"; readonly span: Span };

export interface TestDeclaration extends DeclarationNode {
  readonly kind: "test";
  readonly title: Word;
  readonly send: {
    readonly route: RouteName;
    readonly fields: readonly { readonly path: readonly Name[]; readonly value: Value; readonly span: Span }[];
    readonly span: Span;
  };
  readonly given: readonly Given[];
  readonly expect: readonly Expectation[];
}

export type Given =
  | { readonly kind: "down"; readonly name: Name; readonly span: Span }
  | { readonly kind: "fails"; readonly name: Name; readonly failure: Name; readonly span: Span }
  | {
      readonly kind: "answers";
      readonly name: Name;
      readonly facts: readonly { readonly name: Name; readonly value: Value; readonly span: Span }[];
      readonly span: Span;
    }
  | { readonly kind: "used"; readonly name: Name; readonly share: Value; readonly span: Span }
  | { readonly kind: "value"; readonly name: Name; readonly value: Value; readonly span: Span };

export type Expectation =
  | { readonly kind: "plan" | "served"; readonly name: Name; readonly span: Span }
  | { readonly kind: "rule" | "reject"; readonly value: Value; readonly span: Span }
  | { readonly kind: "tries"; readonly names: readonly Name[]; readonly span: Span }
  | { readonly kind: "cost"; readonly value: Value; readonly span: Span };
