/** What each code means, at more length than a finding has room for: `routec explain --code`, and docs/diagnostics. */
import type { Code } from "./codes.ts";
import { NAMES } from "./meanings/names.ts";
import { PROOFS } from "./meanings/proofs.ts";
import { RULES } from "./meanings/rules.ts";
import { STYLE } from "./meanings/style.ts";
import { SYNTAX } from "./meanings/syntax.ts";
import { TYPES } from "./meanings/types.ts";

export interface Meaning {
  /** What is wrong, and what to do. */
  readonly meaning: string;
  /** A whole policy, or a library, that gets this finding and no other. The files it names are those of tools/pages/folder.ts. */
  readonly example: string;
  /** The same, of which nothing is found. */
  readonly mended: string;
  /** What would happen if it were not said. */
  readonly why: string;
}

/** The meanings of the codes that begin so. */
export type Meanings<Prefix extends string> = Readonly<Record<Extract<Code, `${Prefix}${string}`>, Meaning>>;

export const MEANINGS: Meanings<"RT"> = { ...SYNTAX, ...NAMES, ...TYPES, ...RULES, ...PROOFS, ...STYLE };
