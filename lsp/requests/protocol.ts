/**
 * What a client may ask beside the language server protocol: VS Code's extension does, any other may. Plain data, with
 * places in the protocol's own terms. Every answer that cannot be given is a `Problem`, in words for people.
 */
import type { Location, Range } from "vscode-languageserver-protocol";

export const REQUESTS = {
  check: "routec/check",
  form: "routec/form",
  whatHappens: "routec/whatHappens",
  decisionTable: "routec/decisionTable",
  diff: "routec/diff",
  tests: "routec/tests",
  runTests: "routec/runTests",
  witness: "routec/witness",
} as const;

/** Of a policy, or of a library: then that of the first policy which imports it. */
export interface OfPolicy {
  readonly textDocument: { readonly uri: string };
}

export interface Problem {
  /** One sentence. */
  readonly problem: string;
  /** The field of the request that it is about. */
  readonly field?: string;
}

/** Of all policies of the workspace's folders. */
export interface Checked {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
}

/** What can be said of a request to a policy. */
export interface Form {
  /** Of the file that is compiled. */
  readonly main: string;
  readonly routes: readonly string[];
  readonly fields: readonly Field[];
  /** What `whyNot` may name beside rules: plans and models. */
  readonly wanted: { readonly plans: readonly string[]; readonly models: readonly string[] };
}

export interface Field {
  readonly name: string;
  /** Which part of a request it is in. */
  readonly part: "attributes" | "signals" | "state";
  readonly input:
    | { readonly kind: "bool" }
    | { readonly kind: "choice"; readonly members: readonly string[] }
    | { readonly kind: "number"; readonly unit: string }
    /** Texts that the policy compares it with. */
    | { readonly kind: "text"; readonly known: readonly string[] };
  /** Where it comes from, such as `claim "tier"`. */
  readonly from: string;
  /** What it is taken for where it is not given; without it, it has to be. */
  readonly default?: boolean | number | string;
}

export interface WhatHappensParams extends OfPolicy {
  /** As `routec explain --request` takes it: of the policy's own terms, or a whole HTTP request. */
  readonly request: unknown;
  /** A rule's number, a plan or a model that somebody expected. */
  readonly whyNot?: string;
}

export interface Happening {
  readonly route: string;
  readonly rule: RuleAt;
  /** The rules before it, and what kept each from taking the request. */
  readonly earlier: readonly (RuleAt & { readonly because: readonly string[] })[];
  /** What the rule tests, and what it came to. */
  readonly because: readonly Tested[];
  readonly reject: { readonly status: number; readonly text?: string } | null;
  readonly plan: Diagram;
  /** In the order in which they would be tried if one after the other failed. */
  readonly steps: readonly Step[];
  /** If every call were billed in full; in dollars and milliseconds. */
  readonly worst: { readonly cost: number; readonly attempts: number; readonly time_ms: number };
  /** Signals that the decision had need of. */
  readonly signals: readonly string[];
  readonly whyNot?: WhyNot;
  /** The same as `routec explain --request` takes it. */
  readonly request: unknown;
}

export interface RuleAt {
  /** From 0. */
  readonly index: number;
  readonly text: string;
  readonly location: Location;
}

export interface Tested {
  /** As it is written. */
  readonly text: string;
  /** What the request says of it, such as `tier is pro`. */
  readonly says: string;
  /** Undefined where nobody had to find out. */
  readonly holds?: boolean;
}

export interface Step {
  readonly model: string;
  readonly provider: string;
  readonly residency?: string;
  /** Calls that leave at most. */
  readonly attempts: number;
  /** Dollars, at worst. */
  readonly cost: number;
}

export interface WhyNot {
  readonly wanted: string;
  /** One sentence. */
  readonly summary: string;
  readonly rules: readonly (RuleAt & { readonly because: readonly string[] })[];
}

/** A plan as it is drawn. */
export type Diagram =
  | { readonly kind: "call"; readonly model: string; readonly facts: readonly string[] }
  | { readonly kind: "reject"; readonly status: number; readonly text?: string }
  /** One after the other; `on` says why it comes to the next. */
  | { readonly kind: "chain"; readonly first: Diagram; readonly then: readonly { on: string; run: Diagram }[] }
  /** Members of which one, or several, are tried. */
  | { readonly kind: "group"; readonly title: string; readonly members: readonly { label: string; run: Diagram }[] };

export interface DecisionTableView {
  readonly main: string;
  readonly routes: readonly RouteTable[];
}

export interface RouteTable {
  readonly names: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Rows that are not in `rows`, for there are too many. */
  readonly more: number;
}

export interface TableRow {
  readonly rule: RuleAt;
  /** One a column: which values the row accepts; empty for any. */
  readonly cells: readonly string[];
  readonly outcome: string;
}

export interface DiffParams extends OfPolicy {
  /** Of the git repository in which the policy is. */
  readonly revision: string;
}

export interface Diffed {
  readonly verdict: string;
  /** For a person, in Markdown. */
  readonly markdown: string;
}

export interface TestAt {
  readonly title: string;
  readonly range: Range;
}

export interface RunTestsParams extends OfPolicy {
  /** Of the tests to run; all, if not given. */
  readonly titles?: readonly string[];
  readonly coverage?: boolean;
}

export interface TestsRun {
  readonly tests: readonly TestRun[];
  /** Empty where it was not asked for. */
  readonly coverage: readonly Reached[];
}

export interface TestRun {
  readonly title: string;
  /** Empty of a test that passed. */
  readonly failures: readonly { readonly message: string; readonly location: Location }[];
  /** How the request went, a sentence each. */
  readonly lines: readonly string[];
}

/** Something that a test can reach; what no request can is left out. */
export interface Reached {
  readonly kind: "rule" | "comparison" | "step" | "gate";
  readonly location: Location;
  /** Of comparisons and gates. */
  readonly outcome?: boolean;
  readonly hits: number;
}

export interface WitnessParams extends OfPolicy {
  readonly proof: string;
}

/** The request that shows that a proof does not hold, as `WhatHappensParams` takes it. */
export interface Shown {
  readonly request: unknown;
}
