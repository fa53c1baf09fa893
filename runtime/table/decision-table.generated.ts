// Generated from decision-table.schema.json by `npm run generate`. Do not edit.

export type AttributeType = ScalarType | EnumType;
export type AttributeSource = BuiltInSource | DeclaredSource;
/**
 * How the attribute's values fall into regions: two values of one region are told apart by no rule of the policy.
 */
export type Domain = BoolDomain | MemberDomain | NumberDomain | StringDomain;
export type Cut = FromCut | AboveCut;
export type Pattern = AffixPattern | RegexPattern;
/**
 * A text, or the name of the environment variable that holds it when the policy is served.
 */
export type Text = string | EnvironmentText;
/**
 * What to do, as written.
 */
export type Expression = CallExpression | PlanExpression | RejectExpression | ElseExpression;
export type Failure =
  | "rate_limited"
  | "timeout"
  | "overloaded"
  | "server_error"
  | "unreachable"
  | "over_budget"
  | "too_long"
  | "unsupported"
  | "unauthorized"
  | "filtered"
  | "refused"
  | "invalid";
/**
 * Where in the source something was written: index into `files`, then first line and column, then the line and column after the last character.
 *
 * @minItems 5
 * @maxItems 5
 */
export type SourcePosition = [number, number, number, number, number];

/**
 * A compiled routec policy: everything the runtime knows of it. Money is counted in nano-dollars, time in milliseconds, lines and columns from 1.
 */
export interface DecisionTable {
  /**
   * Version of this format. A runtime refuses one that it does not know.
   */
  format: 1;
  /**
   * SHA-256 over the table's canonical JSON (keys in code-point order, no white space) without this field.
   */
  hash: string;
  /**
   * What wrote the table, for people.
   */
  compiler: string;
  /**
   * The source files, relative to the main one's folder; positions point into this list.
   */
  files: SourceFile[];
  /**
   * What the rules test, and what the `request` declaration requires of every request.
   */
  attributes: Attribute[];
  providers: Provider[];
  models: Model[];
  plans: Plan[];
  routes: Route[];
}
export interface SourceFile {
  path: string;
  sha256: string;
}
export interface Attribute {
  name: string;
  type: AttributeType;
  source: AttributeSource;
  /**
   * Taken when the request does not say; without it the attribute is required.
   */
  default?: boolean | number | string;
  domain?: Domain;
}
export interface ScalarType {
  kind: "bool" | "int" | "score" | "string" | "money" | "duration";
}
export interface EnumType {
  kind: "enum";
  members: string[];
}
export interface BuiltInSource {
  from: "builtin";
}
export interface DeclaredSource {
  from: "header" | "claim" | "metadata" | "body";
  /**
   * The header's name in lower case, the claim's or the metadata's key, or a JSON pointer into the body.
   */
  at: string;
}
/**
 * Region 0 is false, region 1 is true.
 */
export interface BoolDomain {
  kind: "bool";
}
/**
 * Each entry is a region: the members that it holds.
 */
export interface MemberDomain {
  kind: "members";
  regions: string[][];
}
/**
 * A value's region is the number of cuts that it lies beyond.
 */
export interface NumberDomain {
  kind: "numbers";
  cuts: Cut[];
}
/**
 * Beyond it: every value >= from.
 */
export interface FromCut {
  from: number;
}
/**
 * Beyond it: every value > above.
 */
export interface AboveCut {
  above: number;
}
/**
 * A value that is a key of `constants` has that region. Any other has the region that `others` gives for its signature: one character a pattern, in order, `1` where the pattern holds and `0` where not.
 */
export interface StringDomain {
  kind: "strings";
  /**
   * How many regions there are.
   */
  regions: number;
  constants: {
    [k: string]: number;
  };
  patterns: Pattern[];
  others: {
    [k: string]: number;
  };
}
export interface AffixPattern {
  kind: "prefix" | "suffix" | "contains";
  text: string;
}
/**
 * A regular expression as a deterministic automaton over UTF-16 code units, so that matching takes time linear in the text whatever the expression.
 */
export interface RegexPattern {
  kind: "regex";
  /**
   * As written, for people.
   */
  source: string;
  /**
   * State 0 is where it starts.
   */
  states: AutomatonState[];
}
export interface AutomatonState {
  /**
   * The text matches if it ends here.
   */
  accepts?: true;
  /**
   * [first, last, state]: on a code unit in first..last go to state; ascending and disjoint. A code unit in none of them ends in failure.
   */
  next: [number, number, number][];
}
/**
 * To `url`, the base, `/chat/completions` is added.
 */
export interface Provider {
  name: string;
  protocol: "openai" | "simulated";
  url?: Text;
  keys?: Text[];
  residency?: string;
  with?: Options;
}
export interface EnvironmentText {
  env: string;
}
/**
 * What `with` sets. The nearest wins: step, plan, model, provider.
 */
export interface Options {
  /**
   * Milliseconds to the first content; of an unstreamed answer, to its end.
   */
  timeout?: number;
}
export interface Model {
  name: string;
  provider: string;
  /**
   * What the provider calls it.
   */
  upstream: string;
  /**
   * Tokens.
   */
  context: number;
  /**
   * Tokens.
   */
  output: number;
  price: Price;
  can: string[];
  quality?: number;
  residency?: string;
  tags?: string[];
  with?: Options;
}
/**
 * Nano-dollars per million tokens.
 */
export interface Price {
  input: number;
  output: number;
  cached?: number;
}
export interface Plan {
  name: string;
  run: Expression;
  at?: SourcePosition;
}
/**
 * Ask a model.
 */
export interface CallExpression {
  kind: "call";
  model: string;
  with?: Options;
}
/**
 * Carry out a named plan.
 */
export interface PlanExpression {
  kind: "plan";
  plan: string;
  with?: Options;
}
/**
 * Answer with an error, calling nobody.
 */
export interface RejectExpression {
  kind: "reject";
  status: number;
  text?: string;
}
/**
 * The first step; when it fails, the first later step whose `on` holds that failure; and so on from there.
 */
export interface ElseExpression {
  kind: "else";
  first: Expression;
  then: ElseBranch[];
  with?: Options;
}
export interface ElseBranch {
  on: Failure[];
  run: Expression;
}
export interface Route {
  /**
   * The model names that it serves; `*` is every name that no other route has.
   */
  names: string[];
  /**
   * Milliseconds from the request's arrival to its first content, over all attempts.
   */
  deadline: number;
  rules: Rule[];
  /**
   * First match wins, and one always matches. Sorted by rule.
   */
  rows: Row[];
  at: SourcePosition;
}
export interface Rule {
  run: Expression;
  /**
   * The rule as `routec fmt` writes it, on one line.
   */
  text: string;
  at: SourcePosition;
}
export interface Row {
  /**
   * Index into the route's `rules`.
   */
  rule: number;
  /**
   * For each attribute that the row tests, the regions that it accepts, as ascending disjoint ranges [first, last].
   */
  when: {
    [k: string]: [number, number][];
  };
}
