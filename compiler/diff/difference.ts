/** What differs between two policies, for whoever shows it. Money is in nano-dollars, time in milliseconds. */
import type { Place, Witness } from "../diagnostics/index.ts";

export interface Difference {
  /**
   * `equivalent`: nothing differs that this comparison knows. `cheaper` and `costlier`: all that differs is at worst
   * cheaper, or as dear; a request that is now refused, or goes to where none went before, is `changed`.
   */
  readonly verdict: Verdict;
  /** One for each pair of what was run and what is run instead. */
  readonly decisions: readonly Change[];
  /** Model names that only one of the two serves; `*` is all that are not named. */
  readonly names: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** What differs beside decisions: facts, meters, settings. */
  readonly beside: readonly Beside[];
  /** Sentences. */
  readonly warnings: readonly string[];
  /** Questions that took more than their bound; where there is one, more may differ than is said. */
  readonly undecided: readonly string[];
}

export type Verdict = "equivalent" | "cheaper" | "costlier" | "changed";

/** Requests that are decided differently. */
export interface Change {
  readonly before: Decided;
  readonly after: Decided;
  /** Names that the routes serve; where rules test `model`, it need not be so for each of them. */
  readonly names: readonly string[];
  /** One such request. */
  readonly witness: Witness;
  /** Plans and models of one name that both run, and that mean something else. */
  readonly redefined: readonly Redefined[];
}

export interface Decided {
  /** What is run, as written, or why nothing is. */
  readonly text: string;
  /** The rule that decides the witness; absent where none does. */
  readonly rule?: Place & { readonly text: string };
  /** At worst, for the longest request and answer that the models allow; 0 where none is asked. */
  readonly cost: number;
  /** Where requests can go, sorted; empty where no model is asked. */
  readonly residencies: readonly string[];
}

export interface Redefined {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** One fact or setting. What only one side has is undefined on the other. */
export interface Beside {
  readonly kind: "model" | "provider" | "signal" | "budget" | "limit" | "commit" | "route" | "attribute" | "program";
  readonly name: string;
  /** With dots for what is within: `price.input`; empty where the whole thing was added or removed. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}
