/** The checked program: names resolved, types known, every form reduced to few. What analysis and lowering work on. */
import type { AttributeSource, Expression, Model, Provider } from "../../runtime/table/index.ts";
import type { Place } from "../diagnostics/index.ts";
import type { StringAtom } from "../strings/index.ts";
import type { File, Span } from "../syntax/tree.ts";
import type { Type } from "./types.ts";

/** One file of the program. */
export interface ProgramFile {
  /** Relative to the main file's folder, with `/`; what places and the table call it. */
  readonly name: string;
  readonly text: string;
  readonly tree: File;
  /** The files that it imports, as far as they could be read. */
  readonly imports: readonly ProgramFile[];
}

/** Something that a rule may test. */
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
  | { readonly kind: "interval"; readonly from: Bound | undefined; readonly to: Bound | undefined }
  | { readonly kind: "text"; readonly atom: StringAtom };

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

export interface Route {
  readonly names: readonly string[];
  /** Milliseconds. */
  readonly deadline: number;
  readonly rules: readonly Rule[];
  readonly matches: readonly Match[];
  readonly place: Place;
  /** Part of it could not be understood, and a diagnostic says so: nothing can be claimed about the whole. */
  readonly broken: boolean;
}

export interface Plan {
  readonly name: string;
  readonly run: Expression;
  readonly place: Place;
}

export interface Program {
  /** The main file first. */
  readonly files: readonly ProgramFile[];
  /** Declared in `request`, in order, and then those built-in ones that a condition tests. */
  readonly attributes: readonly Attribute[];
  readonly providers: readonly Provider[];
  readonly models: readonly Model[];
  readonly plans: readonly Plan[];
  readonly routes: readonly Route[];
}
