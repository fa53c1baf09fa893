// main.route, by routec …. Do not edit: compile the policy again.

/** What rules may test. Money in dollars, durations in milliseconds; what has a default may be left out. */
export interface Attributes {
  /** Names the route. */
  readonly model: string;
  readonly "tier"?: "free" | "pro" | "enterprise" | undefined;
  readonly "region": "eu" | "us";
  readonly "tenant"?: string | undefined;
  readonly "spent": number;
  readonly "month.used"?: number | undefined;
  readonly "urgent"?: boolean | undefined;
  readonly "needs.tools"?: boolean | undefined;
}

/** The first name of a route. */
export type Route = "chat" | "gpt-4o";

/** The name of a signal. */
export type Signal = "urgent";

/** One arrow of a route. */
export interface Rule {
  readonly text: string;
  readonly run: Run;
  /** Index of the file, then first line and column, then those after the last character, from 1. */
  readonly at: readonly [number, number, number, number, number];
  readonly signals?: readonly Signal[];
}

/** What is to be done: an expression of the decision table. */
export type Run = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface Decision {
  readonly route: Route;
  /** Of the rule that decides, from 0. */
  readonly index: number;
  readonly rule: Rule;
  readonly run: Run;
}

/** A value of a request is not one that its attribute may have. */
export class AttributeError extends Error {
  readonly attribute: string;
}

/** The policy by its content hash. Milliseconds, nano-dollars. */
export const policy: {
  readonly hash: string;
  readonly plans: readonly { readonly name: string; readonly run: Run }[];
  readonly routes: readonly {
    readonly names: readonly string[];
    readonly deadline: number;
    readonly signals: readonly Signal[];
    readonly rules: readonly Rule[];
  }[];
};

/**
 * Decides a request: pure, no clock, no I/O, no randomness.
 * @throws {AttributeError} when no route serves `model`, or an attribute is missing or not of its type.
 */
export function decide(attributes: Attributes): Decision;

/**
 * The signals that a decision may wait for, in textual order: those that rules of the route that serves `model` test.
 * @throws {AttributeError} when no route serves `model`.
 */
export function signalsOf(model: Attributes["model"]): readonly Signal[];
