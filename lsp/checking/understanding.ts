/** What a check finds out of a program, as plain data: it comes from another thread. */
import type { Diagnostic, Witness } from "../../compiler/diagnostics/index.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Model } from "../../runtime/table/artifact.ts";

/** Something found at a place of a file. */
export interface Found {
  readonly path: string;
  readonly span: Span;
}

/** A finding, with the paths of files where the compiler has their names. */
export interface Finding extends Found {
  readonly diagnostic: Diagnostic;
  readonly related: readonly (Found & { readonly message: string })[];
  /** Undefined where there is no fix. */
  readonly edits: readonly (Found & { readonly text: string })[] | undefined;
}

/** What carrying an expression out can come to, for any request. */
export interface Worst {
  /** Nano-dollars, for a request and an answer as long as the models allow. */
  readonly cost: number;
  /** Calls that leave. */
  readonly attempts: number;
  /** Milliseconds to the first content; infinite where only a route's deadline bounds it. */
  readonly time: number;
  /** Every model that it can reach, judges too. */
  readonly models: readonly string[];
}

export interface UnderstoodModel {
  readonly facts: Model;
  /** What is to be known of the facts that the catalog has. */
  readonly note: string | undefined;
}

export interface UnderstoodPlan {
  readonly name: string;
  readonly worst: Worst;
}

/** A rule; the span is what was written for it. */
export interface UnderstoodRule extends Found {
  readonly route: string;
  readonly index: number;
  readonly worst: Worst;
}

/** `{ models where … }`, and what it has come to. */
export interface ChosenSet extends Found {
  readonly models: readonly string[];
}

/** A proof; its name is in the span. */
export interface UnderstoodProof extends Found {
  readonly name: string;
  readonly holds: boolean;
  /** Why it does not hold, or is not decided. */
  readonly message: string | undefined;
  readonly witness: Witness | undefined;
}

/** A test that was run; its title is in the span. */
export interface UnderstoodTest extends Found {
  readonly title: string;
  readonly failures: readonly string[];
  /** How the request went, a sentence each. */
  readonly lines: readonly string[];
}

export interface Understanding {
  /** The main file's. */
  readonly main: string;
  /** Of all files of the program. */
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  readonly models: readonly UnderstoodModel[];
  readonly plans: readonly UnderstoodPlan[];
  readonly rules: readonly UnderstoodRule[];
  readonly sets: readonly ChosenSet[];
  readonly proofs: readonly UnderstoodProof[];
  readonly tests: readonly UnderstoodTest[];
  /** All was looked for that there is to find. */
  readonly done: boolean;
}
