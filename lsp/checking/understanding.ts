/** What a check finds out of a program, as plain data: it comes from another thread. */
import type { Diagnostic, Fix, Place, Witness } from "../../compiler/diagnostics/index.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Model } from "../../runtime/table/artifact.ts";

/** Something found at a place of a file. */
export interface Found {
  readonly path: string;
  readonly span: Span;
}

/** What the compiler says, without the places. */
export type Said = Omit<Diagnostic, keyof Place | "related" | "fix"> & { readonly fix?: Omit<Fix, "edits"> };

/** A finding, with the paths of files where the compiler has their names. */
export interface Finding extends Found {
  readonly diagnostic: Said;
  readonly related: readonly (Found & { readonly message: string })[];
  /** Undefined where there is no fix. */
  readonly edits: readonly (Found & { readonly text: string })[] | undefined;
  /** Found while names and types were looked at, which is soon. */
  readonly early: boolean;
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

/** What was found in one place or another. */
export interface Discoveries {
  readonly findings: readonly Finding[];
  readonly rules: readonly UnderstoodRule[];
  readonly sets: readonly ChosenSet[];
  readonly proofs: readonly UnderstoodProof[];
  readonly tests: readonly UnderstoodTest[];
}

/** What was found in one declaration. Places in its file are relative to `start`, so that it is the same wherever it stands. */
export interface Part {
  readonly path: string;
  readonly start: number;
  readonly found: Discoveries;
}

/** All that was understood of a program that was checked to the end. */
export interface Understanding {
  /** Of all its files, the main file's first. */
  readonly files: readonly string[];
  readonly models: readonly UnderstoodModel[];
  readonly plans: readonly UnderstoodPlan[];
  readonly parts: readonly Part[];
}
