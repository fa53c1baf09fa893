import type { Related } from "../diagnostics/index.ts";
import type { Shown } from "./search.ts";
import { type Trail, tell } from "./trail.ts";

/** What shows that a claim does not hold. */
export interface Violation {
  readonly shown: Shown;
  /** One sentence, without the proof's name. */
  readonly said: string;
  /** The way on which it happens. */
  readonly trail: Trail;
  /** The model that receives the request. */
  readonly receiver?: string;
  /** It happens before a rule has decided. */
  readonly deciding?: boolean;
  /** It happens to the largest requests of the box. */
  readonly largest?: boolean;
}

/** The rule that it comes to, with the way through its plan. */
export function wayOf({ shown: { section, rule }, trail }: Violation): Related {
  const { run, place } = section.route.rules[rule] as (typeof section.route.rules)[number];
  const plan = run.kind === "plan" ? `${run.plan}: ` : "";
  return { ...place, message: `${plan}${tell(trail)}` };
}
