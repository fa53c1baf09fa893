// Generated from decision-table.schema.json by `npm run generate`. Do not edit.

export type AttributeType = ScalarType | EnumType;
export type AttributeSource = BuiltInSource | DeclaredSource | ComputedSource | StateSource;
/**
 * How the attribute's values fall into regions: two values of one region are told apart by no rule of the policy.
 */
export type Domain = BoolDomain | MemberDomain | NumberDomain | StringDomain;
export type Cut = FromCut | AboveCut;
export type Pattern = AffixPattern | RegexPattern;
export type SignalFrom =
  | PatternsSignal
  | KeywordsSignal
  | ClassifierSignal
  | SimilarSignal
  | AskSignal
  | LanguageSignal
  | HttpSignal
  | ModuleSignal;
export type Meter = Budget | Limit | Commit;
/**
 * Which requests: those that one of the entries accepts, each as `Row.when`.
 */
export type Requests = Accepts[];
/**
 * A calendar window in the policy's zone, or the milliseconds of a sliding one.
 */
export type Window = ("minute" | "hour" | "day" | "week" | "month" | "quarter" | "year") | number;
/**
 * A text, or the name of the environment variable that holds it when the policy is served.
 */
export type Text = string | EnvironmentText;
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
 * What to do, as written.
 */
export type Expression =
  | CallExpression
  | PlanExpression
  | RejectExpression
  | ElseExpression
  | SelectExpression
  | SpreadExpression
  | AdaptiveExpression
  | SplitExpression
  | CascadeExpression
  | HedgeExpression;
/**
 * What an answer must be for a cascade to return it.
 */
export type GateCondition = GateOperation | GateTest;
export type ValueTest = TrueTest | MembersTest | IntervalTest | EqualsTest | Pattern;
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
   * IANA name of the zone in which `time` and calendar windows are told.
   */
  zone: string;
  /**
   * The source files, relative to the main one's folder; positions point into this list.
   */
  files: SourceFile[];
  /**
   * What the rules test, and what the `request` declaration requires of every request.
   */
  attributes: Attribute[];
  /**
   * What is computed from a request when the decision needs it, in the order in which they are demanded.
   */
  signals: Signal[];
  meters: Meter[];
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
  kind: "bool" | "int" | "score" | "string" | "money" | "duration" | "percent";
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
 * A signal of the same name.
 */
export interface ComputedSource {
  from: "signal";
}
/**
 * Read once per decision.
 */
export interface StateSource {
  from: "state";
  /**
   * The meter or provider.
   */
  of: string;
  /**
   * `spent`: nano-dollars of a budget in its window, of which `.used` and `.left` are two views; `used`: the highest share of a limit's windows; `behind` and `pace` of a commit; `health` of a provider.
   */
  read: "spent" | "used" | "behind" | "pace" | "health";
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
export interface Signal {
  name: string;
  type: AttributeType;
  source: SignalFrom;
  /**
   * Milliseconds.
   */
  timeout?: number;
  /**
   * What to take it for when it cannot be had.
   */
  otherwise?: boolean | number | string;
}
export interface PatternsSignal {
  kind: "patterns";
  named: ("email" | "iban" | "phone" | "credit_card")[];
  regexes: Pattern[];
}
export interface KeywordsSignal {
  kind: "keywords";
  words: string[];
}
export interface ClassifierSignal {
  kind: "classifier";
  /**
   * The content of the file of weights.
   */
  weights: {
    [k: string]: unknown;
  };
}
export interface SimilarSignal {
  kind: "similar";
  examples: string[];
  embedder: string;
  above: number;
}
export interface AskSignal {
  kind: "ask";
  model: string;
  /**
   * The text of the prompt's file.
   */
  prompt?: string;
  /**
   * What each member means.
   */
  members?: {
    [k: string]: string;
  };
}
export interface LanguageSignal {
  kind: "language";
}
export interface HttpSignal {
  kind: "http";
  url: string;
  residency?: string;
  /**
   * Nano-dollars a call.
   */
  price?: number;
}
export interface ModuleSignal {
  kind: "module";
  /**
   * Relative to the main file's folder.
   */
  file: string;
}
export interface Budget {
  kind: "budget";
  name: string;
  per: string[];
  on: string[];
  for?: Requests;
  /**
   * Nano-dollars.
   */
  limit: number;
  window: Window;
  /**
   * Percent.
   */
  alerts: number[];
}
/**
 * For each attribute that the row tests, the regions that it accepts, as ascending disjoint ranges [first, last].
 */
export interface Accepts {
  [k: string]: [number, number][];
}
export interface Limit {
  kind: "limit";
  name: string;
  per: string[];
  on: string[];
  for?: Requests;
  allow: Allowance[];
}
export interface Allowance {
  count: number;
  unit: "requests" | "tokens" | "input tokens" | "output tokens";
  window: Window;
  /**
   * Of a provider or a model: counted for each of its keys.
   */
  per?: "key";
}
export interface Commit {
  kind: "commit";
  name: string;
  per: string[];
  on: string[];
  for?: Requests;
  /**
   * Nano-dollars.
   */
  spend: number;
  window: Window;
}
/**
 * To `url`, the base, `/chat/completions` is added.
 */
export interface Provider {
  name: string;
  protocol: "openai" | "azure" | "anthropic" | "gemini" | "vertex" | "bedrock" | "cohere" | "simulated" | "ai_sdk";
  url?: Text;
  keys?: Text[];
  residency?: string;
  with?: Options;
  /**
   * Of `ai_sdk`: the npm package that speaks to it.
   */
  package?: string;
  region?: Text;
  project?: Text;
  credentials?: Text;
  breaker?: Breaker;
  headers?: ProviderHeader[];
  /**
   * Members added to each call's body.
   */
  body?: {
    [k: string]: unknown;
  };
  quirks?: Quirks;
  simulated?: Simulated;
  allow?: Allowance[];
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
  /**
   * Milliseconds without a byte after which an answer under way is given up.
   */
  idle?: number;
  /**
   * Further attempts on the same model.
   */
  retries?: number;
  retry_on?: Failure[];
  /**
   * A cap on the answer's tokens.
   */
  max_tokens?: number;
  temperature?: number;
  /**
   * Effort, or a budget of tokens.
   */
  reasoning?: string | number;
  /**
   * Text that stands in the place of the system prompt.
   */
  system?: string;
  /**
   * The tools that are passed on; absent: all.
   */
  tools?: string[];
}
/**
 * After so many failures within the window a model of this provider rests. Absent: it never does.
 */
export interface Breaker {
  failures: number;
  /**
   * Milliseconds.
   */
  window: number;
  /**
   * Milliseconds.
   */
  rest: number;
}
export interface ProviderHeader {
  name: string;
  value: Text;
}
/**
 * How a provider departs from OpenAI's dialect. What is absent it does as OpenAI.
 */
export interface Quirks {
  /**
   * What it calls a cap on output that the client did not ask for; `max_tokens` where absent.
   */
  cap?: "max_completion_tokens";
  /**
   * Members that it calls otherwise, by OpenAI's names.
   */
  renamed?: {
    [k: string]: string;
  };
  /**
   * Members that it refuses.
   */
  refused?: string[];
  /**
   * `response_format` goes no further than this.
   */
  json?: "json_object";
  /**
   * A tool choice has the words `auto`, `none` and this one, and names no tool.
   */
  forced_tool?: string;
  /**
   * Ids of tool calls have nine letters and digits.
   */
  short_ids?: true;
  /**
   * In a tool loop it wants back what the model thought.
   */
  replays_reasoning?: true;
  /**
   * Its answers are not quite OpenAI's: they are read, and written anew.
   */
  answers?: true;
  /**
   * It speaks OpenAI's responses as well, at `/responses`.
   */
  responses?: true;
}
/**
 * How a simulated provider behaves. What is absent: it speaks OpenAI's dialect, answers at once and never fails.
 */
export interface Simulated {
  /**
   * The dialect in which it is asked, and answers.
   */
  speaks?: "openai" | "azure" | "anthropic" | "gemini" | "bedrock" | "cohere";
  /**
   * Milliseconds until the first token, or until it fails.
   */
  latency?: UniformLatency | LogNormalLatency;
  /**
   * Tokens per second.
   */
  speed?: number;
  /**
   * What its first calls come to, one after the other; by the shares of `fail` go those after them.
   */
  script?: (Failure | "answered")[];
  fail?: FailureShare[];
  /**
   * The first that fits is answered; where none does, the question is repeated.
   */
  answers?: SimulatedAnswer[];
}
export interface UniformLatency {
  from: number;
  to: number;
}
export interface LogNormalLatency {
  median: number;
  /**
   * Of the logarithm.
   */
  sigma: number;
}
export interface FailureShare {
  /**
   * Percent of the calls.
   */
  share: number;
  failure: Failure;
}
/**
 * A text, calls of tools, or both.
 */
export interface SimulatedAnswer {
  /**
   * The provider's name of the model asked; any where absent.
   */
  model?: string;
  /**
   * The whole of the last user message; any where absent.
   */
  prompt?: string;
  /**
   * A part of the last user message, in any case.
   */
  contains?: string;
  answer?: string;
  /**
   * Tools that are called where they have not been yet.
   */
  calls?: SimulatedCall[];
  /**
   * The probability of each token; drawn from the request where absent.
   */
  confidence?: number;
}
export interface SimulatedCall {
  name: string;
  arguments?: {
    [k: string]: unknown;
  };
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
  allow?: Allowance[];
}
/**
 * Nano-dollars per million tokens.
 */
export interface Price {
  input: number;
  output: number;
  cached?: number;
  cache_write?: number;
  cache_write_1h?: number;
  tiers?: PriceTier[];
  during?: PricePeriod[];
}
export interface PriceTier {
  /**
   * Prompt tokens; past them the whole call costs this.
   */
  above: number;
  input: number;
  output: number;
  cached?: number;
  cache_write?: number;
  cache_write_1h?: number;
}
export interface PricePeriod {
  /**
   * Minutes after midnight, included.
   */
  from: number;
  /**
   * Minutes after midnight, excluded; before `from` where the period goes over midnight.
   */
  to: number;
  zone: string;
  input: number;
  output: number;
  cached?: number;
  cache_write?: number;
  cache_write_1h?: number;
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
/**
 * The models in an order that this request finds, as an `else` chain.
 */
export interface SelectExpression {
  kind: "select";
  order: "cheapest" | "fastest" | "best" | "least_busy";
  models: string[];
  with?: Options;
}
/**
 * One model drawn by its share; the rest follow as an `else` chain.
 */
export interface SpreadExpression {
  kind: "spread";
  /**
   * Sticky: the attribute whose value draws.
   */
  by?: string;
  /**
   * What is hashed with the value: the plan's name, or where it stands.
   */
  name: string;
  sides: SpreadSide[];
  with?: Options;
}
export interface SpreadSide {
  model: string;
  /**
   * Percent.
   */
  share: number;
}
export interface AdaptiveExpression {
  kind: "adaptive";
  models: string[];
  weights: AdaptiveWeights;
  with?: Options;
}
export interface AdaptiveWeights {
  cost?: number;
  latency?: number;
  errors?: number;
}
/**
 * One side drawn by its share, for good.
 */
export interface SplitExpression {
  kind: "split";
  /**
   * Sticky: the attribute whose value draws.
   */
  by?: string;
  /**
   * What is hashed with the value: the plan's name, or where it stands.
   */
  name: string;
  sides: SplitSide[];
  with?: Options;
}
export interface SplitSide {
  /**
   * Percent.
   */
  share: number;
  run: Expression;
}
/**
 * The first answer that its gate accepts; the last has none.
 */
export interface CascadeExpression {
  kind: "cascade";
  steps: CascadeStep[];
  with?: Options;
}
export interface CascadeStep {
  run: Expression;
  accept?: GateCondition;
}
export interface GateOperation {
  kind: "and" | "or" | "not";
  of: GateCondition[];
}
export interface GateTest {
  kind: "test";
  fact: "confidence" | "refused" | "valid_json" | "finish" | "output_tokens" | "answer" | "judge";
  judge?: Judge;
  test: ValueTest;
}
/**
 * Asks a model how good an answer is, from 0 to 1.
 */
export interface Judge {
  model: string;
  /**
   * The text of the prompt's file.
   */
  prompt: string;
}
export interface TrueTest {
  kind: "true";
}
export interface MembersTest {
  kind: "members";
  members: string[];
}
export interface IntervalTest {
  kind: "interval";
  from?: Bound;
  to?: Bound;
}
export interface Bound {
  value: number;
  included: boolean;
}
export interface EqualsTest {
  kind: "equals";
  text: string;
}
/**
 * The next side starts when the one before failed or has given no content in time.
 */
export interface HedgeExpression {
  kind: "hedge";
  first: Expression;
  then: HedgeSide[];
  with?: Options;
}
export interface HedgeSide {
  /**
   * Milliseconds.
   */
  after: number;
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
  /**
   * How many rows, and ranges of rows, were proved never to decide and left out; for people. Absent where none was.
   */
  dead?: number;
  at: SourcePosition;
  for?: Requests;
  /**
   * A model that cannot honour a parameter of the request is `unsupported`.
   */
  strict?: true;
  reuse?: Reuse;
}
export interface Rule {
  run: Expression;
  /**
   * The rule as `routec fmt` writes it, on one line.
   */
  text: string;
  /**
   * The signals that it tests, in the order in which its condition first names them; left out where they are fewer than two.
   */
  signals?: string[];
  at: SourcePosition;
}
export interface Row {
  /**
   * Index into the route's `rules`.
   */
  rule: number;
  when: Accepts;
}
/**
 * Answers to the same request are used again.
 */
export interface Reuse {
  /**
   * Milliseconds.
   */
  for: number;
  per: string[];
}
