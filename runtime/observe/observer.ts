/** What is told of requests to those who watch: the log, the metrics, the traces. */
import type { Attribute, Failure, Meter, Model, Provider, Value } from "../table/index.ts";

/**
 * One call to a model. Made when it leaves, and completed while it goes on; whoever is told of it is given the same
 * object each time, and reads of it what is known by then.
 */
export interface Attempt {
  readonly model: Model;
  readonly provider: Provider;
  /** The answer itself, or a judgement or a signal that it needs. */
  readonly purpose: "answer" | "judge" | "signal";
  /** How many calls of the same step came before it. */
  readonly retry: number;
  readonly stream: boolean;
  /** When it left, in milliseconds since the epoch. */
  readonly sent: number;
  /** Milliseconds from then to the first content; undefined where none came. */
  content: number | undefined;
  /** Milliseconds from then to its end; undefined while it is under way. */
  milliseconds: number | undefined;
  /** How it ended. A call is cancelled when its answer is not needed any more, or the client has gone. */
  end: "complete" | "failed" | "cancelled" | undefined;
  failure: Failure | undefined;
  /** HTTP status of the provider's answer, where there was one. */
  status: number | undefined;
  /** Tokens that the provider reported, where it did. */
  input: number | undefined;
  output: number | undefined;
  /** Nano-dollars that it was settled with: the worst case where the provider reported nothing. */
  cost: number;
}

/** A signal that was computed for a request. */
export interface SignalRecord {
  readonly name: string;
  readonly value: Value;
  readonly milliseconds: number;
  /** Nano-dollars. */
  readonly cost: number;
  /** It could not be had: the value is the one that the policy takes it for then. */
  readonly standIn: boolean;
}

/** What became of a request. */
export type Outcome = "answered" | "broken" | "cancelled" | "exhausted" | "fault" | "refused" | "rejected";

export const OUTCOMES: readonly Outcome[] = [
  "answered",
  "broken",
  "cancelled",
  "exhausted",
  "fault",
  "refused",
  "rejected",
];

/** A step of the plan that failed. One that made no call is in no other list. */
export interface FailedStep {
  readonly model: string;
  readonly failure: Failure;
  /** What the provider or the proxy said of it. It may quote the request. */
  readonly detail: string;
  /** Undefined where no provider answered. */
  readonly status: number | undefined;
}

/** How a rule of a route is called, such as `chat:1`. A name may hold what a header may not. */
export function ruleLabel(route: string, rule: number): string {
  return `${encodeURI(route)}:${rule}`;
}

/** All that is known of a request once it is over. */
export interface DecisionRecord {
  /** The id that the client has in `x-routec-decision`. */
  readonly decision: string;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds from then to the first byte of content that was handed on, where any was, and to the end. */
  readonly firstContent: number | undefined;
  readonly milliseconds: number;
  /** Hash of the policy that decided. */
  readonly policy: string;
  readonly outcome: Outcome;
  /** HTTP status; 499 when the client went before there was one. */
  readonly status: number;
  readonly stream: boolean;
  /** The model asked for, where the body could be read. */
  readonly asked: string | undefined;
  /** The route's first name, and the rule's label such as `chat:1`, where it came to a decision. */
  readonly route: string | undefined;
  readonly rule: string | undefined;
  /** Id of the key or token that called, never the key itself. */
  readonly key: string | undefined;
  /** The table's attributes, and their values by index: undefined where a value is not known. */
  readonly attributes: readonly Attribute[];
  readonly values: readonly (Value | undefined)[];
  /** The table's meters, by which what was spent of a budget is a share of it. */
  readonly meters: readonly Meter[];
  readonly signals: readonly SignalRecord[];
  /** The model that answered. */
  readonly model: string | undefined;
  /** Calls that left the process, in order. */
  readonly calls: readonly Attempt[];
  /** The steps that failed, in order; of an answer that broke off, its model comes last. */
  readonly failures: readonly FailedStep[];
  /** Id of the decision whose answer was given again. */
  readonly reused: string | undefined;
  /** A fault of routec's own. */
  readonly fault: unknown;
  /** User and system texts, where the operator wants them logged. */
  readonly texts: { readonly prompt: string; readonly system: string } | undefined;
}

/** What is known of a request when it begins to be carried out. */
export interface RequestStart {
  readonly decision: string;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
  /** The client's headers, name and value in turn. */
  readonly headers: readonly string[];
}

/** Hears of one request as it is carried out. */
export interface RequestObserver {
  /** A call is about to leave with `headers`, name and value in turn. Returns those that it leaves with. */
  attemptBegan(attempt: Attempt, headers: readonly string[]): readonly string[];
  /** It is over and settled. Called once for each that began. */
  attemptEnded(attempt: Attempt): void;
  /** Called once, last. */
  over(record: DecisionRecord): void;
}

/** Hears of requests. Neither method may throw. */
export interface Observer {
  /** A request has come. Returns who is to hear of its attempts, where anybody is. */
  began?(start: RequestStart): RequestObserver | undefined;
  /** A request is over. */
  over?(record: DecisionRecord): void;
}
