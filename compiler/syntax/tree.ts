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
  | { readonly kind: NumberKind; readonly value: number; readonly span: Span };

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
  | RequestDeclaration
  | ProviderDeclaration
  | ModelDeclaration
  | LetDeclaration
  | PlanDeclaration
  | RouteDeclaration;

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

export type FieldValue = Value | Environment | WordList | PriceBlock | Options;

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

/** `{ input $0.10, output $0.30 }`. */
export interface PriceBlock {
  readonly kind: "prices";
  readonly entries: readonly { readonly name: Name; readonly value: Value; readonly span: Span }[];
  readonly span: Span;
}

/** `{ timeout 20s }`, after `with`. The span is that of the braces. */
export interface Options {
  readonly kind: "options";
  readonly options: readonly Option[];
  readonly span: Span;
}

export interface Option {
  readonly name: Name;
  readonly value: Value;
  readonly span: Span;
}

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
  /** `-> expression`, of the short form. */
  readonly run: Expression | undefined;
  /** `deadline 60s` and whatever else stands before the rules of the block form. */
  readonly settings: readonly Field[];
  /** Empty in the short form. */
  readonly rules: readonly Rule[];
}

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
  readonly operands: readonly Operand[];
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
  | { readonly kind: "bound"; readonly op: "<" | "<=" | ">" | ">="; readonly value: Value; readonly span: Span }
  | Range
  | Value;

export interface OtherwiseRule {
  readonly kind: "otherwise";
  readonly run: Expression;
  readonly span: Span;
}

/** `tier`, `needs.tools`: one or more names with dots between them. */
export interface Operand {
  readonly path: readonly Name[];
  readonly span: Span;
}

export type Condition =
  | { readonly kind: "or"; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: "and"; readonly operands: readonly Condition[]; readonly span: Span }
  | { readonly kind: "not"; readonly operand: Condition; readonly span: Span }
  /** Parentheses, kept for the formatter. */
  | { readonly kind: "parens"; readonly condition: Condition; readonly span: Span }
  | Comparison;

export interface Comparison {
  readonly kind: "comparison";
  readonly operand: Operand;
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
  | { readonly kind: "parens"; readonly expression: Expression; readonly span: Span };
