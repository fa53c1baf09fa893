/** What a finding is. How it is shown is the business of whoever shows it. */
import type { Span } from "../syntax/tree.ts";
import type { Code } from "./codes.ts";

export type Severity = "error" | "warning";

/** A place in a file of the program. */
export interface Place {
  /** As the user named it, or as an import led to it, relative to the main file's folder. */
  readonly file: string;
  readonly span: Span;
}

export interface Related extends Place {
  readonly message: string;
}

/** A change that mends what the finding is about. */
export interface Fix {
  /** Imperative, lower case: "remove the rule". */
  readonly title: string;
  readonly edits: readonly Edit[];
  /** It rests on a guess at what was meant, so a person has to look at it: `check --fix` leaves it alone. */
  readonly unsafe?: true;
}

/** What stands at the place becomes the text. */
export interface Edit extends Place {
  readonly text: string;
}

/** A request that shows the finding. */
export interface Witness {
  readonly route: string;
  readonly attributes: Readonly<Record<string, boolean | number | string>>;
  /** Of signals and of state, by name, as `routec explain` takes them; absent where none matters. */
  readonly signals?: Readonly<Record<string, boolean | number | string>>;
  readonly state?: Readonly<Record<string, boolean | number | string>>;
  /** The same as the language's own tests say it, one part a line. */
  readonly written: readonly string[];
}

export interface Diagnostic extends Place {
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence, lower case, no full stop, what the user wrote in backticks. */
  readonly message: string;
  readonly help?: string;
  /** Said of findings about all requests. */
  readonly certainty?: "proved" | "assumed" | "sampled";
  readonly related?: readonly Related[];
  readonly witness?: Witness;
  readonly fix?: Fix;
}

/** The text of a file, by the name that places use. */
export type Sources = ReadonlyMap<string, string>;
