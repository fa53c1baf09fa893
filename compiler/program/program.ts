/** The checked program: names resolved, types known, every form reduced to few. What analysis and lowering work on. */
import type {
  AttributeSource,
  Expression,
  Failure,
  Model,
  Provider,
  Meter as TableMeter,
  Signal as TableSignal,
} from "../../runtime/table/artifact.ts";
import type { Place } from "../diagnostics/index.ts";
import type { StringAtom } from "../strings/index.ts";
import type { File, Span, Condition as TreeCondition } from "../syntax/tree.ts";
import type { Type } from "./types.ts";

/** One file of the program. */
export interface ProgramFile {
  /** Relative to the main file's folder, with `/`; what places and the table call it. */
  readonly name: string;
  /** Where it was read from. */
  readonly path: string;
  readonly text: string;
  readonly tree: File;
  /** The files that it imports, as far as they could be read. */
  readonly imports: readonly ProgramFile[];
  /** Whether one of them could not be: what the file lacks may be declared there. */
  readonly lacksImport: boolean;
}

/** Something that a rule may test: what a request says, a signal, or state. */
export interface Attribute {
  readonly name: string;
  readonly type: Type;
  readonly source: AttributeSource;
  /** In the units of the table; undefined where the attribute is required, and for what is built in. */
  readonly default: boolean | number | string | undefined;
  /** The least and the greatest value, of numbers. */
  readonly range: readonly [min: number, max: number];
}

/** One comparison of one attribute with constants. */
export type Atom =
  | { readonly kind: "true" }
  | { readonly kind: "members"; readonly members: readonly string[] }
  | Interval
  | { readonly kind: "text"; readonly atom: StringAtom };

export interface Interval {
  readonly kind: "interval";
  readonly from: Bound | undefined;
  readonly to: Bound | undefined;
}

export interface Bound {
  readonly value: number;
  readonly included: boolean;
}

/** A condition with its names resolved. `node` is what it was written as, for explanations. */
export type Condition =
  | { readonly kind: "always" }
  | { readonly kind: "and" | "or"; readonly operands: readonly Condition[]; readonly node?: Span }
  | { readonly kind: "not"; readonly operand: Condition; readonly node?: Span }
  | { readonly kind: "atom"; readonly attribute: Attribute; readonly atom: Atom; readonly node?: Span };

/** What one arrow of a route says. */
export interface Rule {
  /** What was written for it, on one line. */
  readonly text: string;
  /** Under what it decides: its own condition or patterns, and those of the groups that it stands in. */
  readonly condition: Condition;
  readonly run: Expression;
  readonly place: Place;
}

/** A `match`: every request that reaches it must be decided by one of its arms. */
export interface Match {
  /** Of the groups that it stands in. */
  readonly condition: Condition;
  /** Indices of its arms' rules, first and one past the last. */
  readonly first: number;
  readonly end: number;
  readonly operands: readonly Attribute[];
  readonly place: Place;
}

/** A `when`, with the rules that stand under it: one, or those of a group. */
export interface When {
  readonly written: TreeCondition;
  /** What was written means this. */
  readonly condition: Condition;
  /** Of the groups that it stands in. */
  readonly outer: Condition;
  /** Indices of its rules, first and one past the last. */
  readonly first: number;
  readonly end: number;
  /** Of what was written. */
  readonly place: Place;
}

export interface Route {
  readonly names: readonly string[];
  /** Who may call it; undefined where all may. */
  readonly for: Condition | undefined;
  readonly strict: boolean;
  /** Milliseconds for which an answer is used again, and for whom: names of attributes, or else the authenticated key. */
  readonly reuse: { readonly for: number; readonly per: readonly string[] } | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  readonly rules: readonly Rule[];
  readonly matches: readonly Match[];
  /** In the order in which they are written, each before those within it. */
  readonly whens: readonly When[];
  readonly place: Place;
  /** Part of it could not be understood, and a diagnostic says so: nothing can be claimed about the whole. */
  readonly broken: boolean;
}

/** A declared model: its facts with those of the catalog. */
export interface DeclaredModel {
  readonly facts: Model;
  /** What is to be known of the facts, such as that sources disagree on the price. */
  readonly note: string | undefined;
  readonly place: Place;
}

export interface DeclaredProvider {
  readonly facts: Provider;
  readonly place: Place;
}

export interface Signal {
  readonly facts: TableSignal;
  /** What conditions test of it. */
  readonly attribute: Attribute;
  readonly place: Place;
}

export interface Meter {
  readonly facts: Unscoped<TableMeter>;
  /** Which requests it counts, over request attributes; undefined where all. */
  readonly for: Condition | undefined;
  readonly place: Place;
}

/** Without the `for` of the table, which is regions of attributes. */
type Unscoped<M> = M extends unknown ? Omit<M, "for"> : never;

export interface Plan {
  readonly name: string;
  readonly run: Expression;
  readonly place: Place;
}

/** A condition over a model's facts. */
export type ModelCondition =
  | { readonly kind: "and" | "or"; readonly operands: readonly ModelCondition[] }
  | { readonly kind: "not"; readonly operand: ModelCondition }
  | { readonly kind: "can"; readonly capability: string }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "fact"; readonly fact: ModelFact; readonly atom: Atom };

export type ModelFact = "provider" | "residency" | "quality" | "context" | "output" | "price.input" | "price.output";

export interface Proof {
  readonly name: string;
  /** Names of routes; empty for all. */
  readonly on: readonly string[];
  readonly premise: Condition;
  readonly claims: readonly Claim[];
  readonly place: Place;
}

/** Amounts in the units of the table. */
export type Claim = { readonly place: Place } & (
  | { readonly kind: "every"; readonly condition: ModelCondition }
  | { readonly kind: "never"; readonly models: readonly string[] }
  | { readonly kind: "cost" | "attempts" | "providers" | "time"; readonly bound: number }
  | { readonly kind: "no_reject" }
);

export interface TestCase {
  readonly title: string;
  readonly route: string;
  /** What is sent, by attribute, in the units of the table. */
  readonly attributes: ReadonlyMap<string, boolean | number | string>;
  readonly given: readonly Given[];
  readonly expect: readonly Expectation[];
  readonly place: Place;
}

export type Given =
  /** Of a provider: all its models. */
  | { readonly kind: "fails"; readonly models: readonly string[]; readonly failure: Failure; readonly down?: string }
  | {
      readonly kind: "answers";
      readonly model: string;
      readonly facts: ReadonlyMap<string, boolean | number | string>;
    }
  /** Percent. */
  | { readonly kind: "used"; readonly meter: string; readonly share: number }
  | { readonly kind: "signal"; readonly signal: string; readonly value: boolean | number | string };

export type Expectation = { readonly place: Place } & (
  | { readonly kind: "plan"; readonly plan: string }
  | { readonly kind: "rule" | "reject"; readonly value: number }
  | { readonly kind: "tries"; readonly models: readonly string[] }
  | { readonly kind: "served"; readonly model: string }
  /** Nano-dollars. */
  | { readonly kind: "cost"; readonly most: number }
);

export interface Program {
  /** The main file first. */
  readonly files: readonly ProgramFile[];
  /** IANA name of the zone in which `time` and calendar windows are told. */
  readonly zone: string;
  /** Declared in `request`, in order. */
  readonly attributes: readonly Attribute[];
  /** In the order in which they are demanded. */
  readonly signals: readonly Signal[];
  readonly meters: readonly Meter[];
  readonly providers: readonly DeclaredProvider[];
  readonly models: readonly DeclaredModel[];
  readonly plans: readonly Plan[];
  readonly routes: readonly Route[];
  readonly proofs: readonly Proof[];
  readonly tests: readonly TestCase[];
}
