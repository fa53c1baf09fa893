/** What must hold of requests whatever they are and whatever fails. */
import type { Trace } from "../../../runtime/simulation/index.ts";
import type { Expectation } from "../../program/program.ts";
import type { Observed } from "./scenario.ts";

/** An invariant that does not hold. */
export interface Broken {
  /** What should hold, in a few words. */
  readonly invariant: string;
  /** What is the case instead, in a sentence. */
  readonly said: string;
  /** What a test would expect of the request, where one can say that. */
  readonly expect?: Expectation;
}

/** Of one request by itself, and what became of it. */
export type Invariant = (trace: Trace, observed: Observed) => Broken | undefined;

/** Of all requests of a scenario together. */
export type SharedInvariant = (observed: readonly Observed[]) => Broken | undefined;
