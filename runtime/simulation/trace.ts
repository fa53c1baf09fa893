/** What became of a simulated request, and on which way. */
import type { Failure, Value } from "../table/index.ts";
import type { Place } from "./places.ts";
import type { Behaviour } from "./world.ts";

export interface Trace {
  /** What the request, the signals that were needed and the state are, by name, in the units of the table. */
  readonly values: ReadonlyMap<string, Value>;
  /** In the order in which they were needed. */
  readonly signals: readonly SignalValue[];
  /** The first name of the route, and the index of the rule that decided; undefined where it did not come to that. */
  readonly route: string | undefined;
  readonly rule: number | undefined;
  /** The plan that the rule names. */
  readonly plan: string | undefined;
  /** In the order in which they began. */
  readonly attempts: readonly Attempt[];
  readonly outcome: Outcome;
  /** Nano-dollars, for all attempts. */
  readonly cost: number;
  /** Milliseconds until the client was told something: the answer's first content, or the error. */
  readonly content: number;
  /** Milliseconds until the answer was complete, or the error was known. */
  readonly milliseconds: number;
  /** All parts of plans that were carried out. */
  readonly reached: ReadonlySet<Place>;
  readonly gates: readonly GateVerdict[];
}

export interface SignalValue {
  readonly name: string;
  readonly value: Value;
  /** `stand-in`: its `else`. */
  readonly from: "given" | "computed" | "stand-in";
}

export interface GateVerdict {
  /** Of the step whose gate it is. */
  readonly place: Place;
  readonly accepted: boolean;
  /** The attempt on whose answer it decided. */
  readonly of: Attempt | undefined;
}

/** A step of the plan that asks a model, or a retry of one. */
export interface Attempt {
  readonly model: string;
  /** It was asked how good another one's answer is. */
  readonly judge: boolean;
  /** The same step's call before it failed. */
  readonly retry: boolean;
  /** It left the process: it was not found here that it must fail. */
  readonly left: boolean;
  /** Milliseconds since the request came, and how long it took. */
  readonly at: number;
  readonly milliseconds: number;
  /** `declined`: answered, and a gate did not accept. `dropped`: called off, as another was faster. */
  readonly end: "answered" | "declined" | "failed" | "dropped";
  readonly failure: Failure | undefined;
  /** Why it failed, for the log. */
  readonly detail: string | undefined;
  /** Nano-dollars: set aside before it left, settled in the end, and billed by the provider. */
  readonly worst: number;
  readonly cost: number;
  readonly bill: number;
  /** How many times it was settled. */
  readonly settled: number;
  /** What its provider did; undefined of one that did not leave. */
  readonly met: Behaviour | undefined;
}

export type Outcome =
  | { readonly kind: "served"; readonly model: string }
  /** With an earlier answer, as the route's `reuse` allows. */
  | { readonly kind: "reused"; readonly model: string }
  /** A `reject` of the plan. */
  | { readonly kind: "rejected"; readonly status: number; readonly text: string | undefined }
  /** The answer broke off. */
  | { readonly kind: "broken"; readonly model: string; readonly failure: Failure }
  /** Nobody could answer; `status` is what the client is told. */
  | { readonly kind: "exhausted"; readonly status: number; readonly failure: Failure | undefined }
  /** It did not come to a decision, or to its first step. */
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

/** The HTTP status of an outcome. */
export function statusOf(outcome: Outcome): number {
  return "status" in outcome ? outcome.status : 200;
}

/** Models that were called for an answer: each once, in the order of their first calls. */
export function tried({ attempts }: Trace): readonly string[] {
  return [...new Set(attempts.filter(({ left, judge }) => left && !judge).map(({ model }) => model))];
}
