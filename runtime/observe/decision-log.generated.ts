// Generated from decision-log.schema.json by `npm run generate`. Do not edit.

export type LoggedFailureKind =
  | "rate_limited"
  | "timeout"
  | "overloaded"
  | "server_error"
  | "unreachable"
  | "over_budget"
  | "too_long"
  | "unsupported"
  | "unauthorized"
  | "filtered"
  | "refused"
  | "invalid";

/**
 * One line of the decision log: what became of one request. Money is in dollars, durations in milliseconds. What does not apply is absent.
 */
export interface DecisionLine {
  /**
   * Version of this format.
   */
  format: 1;
  /**
   * What the client has in `x-routec-decision`.
   */
  id: string;
  /**
   * When the request came, in milliseconds since the epoch.
   */
  time: number;
  /**
   * Hash of the policy that decided.
   */
  policy: string;
  /**
   * The route's first name; absent where none was found.
   */
  route?: string;
  /**
   * The rule's label, such as `chat:1`; absent where none was chosen.
   */
  rule?: string;
  /**
   * The model asked for; absent where the body could not be read.
   */
  asked?: string;
  /**
   * `answered`; `broken`, after the first content; `cancelled`, by the client; `exhausted`, as every step failed; `fault`, of routec's own; `refused`, before a decision; `rejected`, by the policy.
   */
  outcome: "answered" | "broken" | "cancelled" | "exhausted" | "fault" | "refused" | "rejected";
  /**
   * HTTP status; 499 when the client went before there was one.
   */
  status: number;
  /**
   * Whether a stream was asked for.
   */
  stream: boolean;
  /**
   * Id of the key or token that called.
   */
  key?: string;
  /**
   * What is known of the request, by name: what the policy declares, and what the route's rules test beside.
   */
  attributes: {
    [k: string]: boolean | number | string | TextLength;
  };
  /**
   * What they test of meters and providers, as it was read for this decision.
   */
  state?: {
    [k: string]: number | string | boolean;
  };
  /**
   * The signals that were computed, in the order in which they were demanded.
   */
  signals?: LoggedSignal[];
  /**
   * The model that answered.
   */
  model?: string;
  /**
   * Id of the decision whose answer was given again.
   */
  reused?: string;
  /**
   * The calls that left the process, in order.
   */
  attempts: LoggedAttempt[];
  /**
   * The steps that failed, in order, those among them that made no call.
   */
  failures?: LoggedFailure[];
  /**
   * Tokens that all calls together took, as reported.
   */
  input: number;
  /**
   * Tokens that they gave.
   */
  output: number;
  /**
   * What they and the signals cost; the worst case of a call whose usage was not reported.
   */
  cost: number;
  /**
   * To the first content that was handed on.
   */
  first_ms?: number;
  /**
   * To the end.
   */
  ms: number;
  /**
   * The kind of a fault of routec's own.
   */
  fault?: string;
  /**
   * User texts, masked; only where the operator asks for them.
   */
  prompt?: string;
  /**
   * System texts, masked; only where the operator asks for them.
   */
  system?: string;
  /**
   * How many lines before this one could not be written.
   */
  lost?: number;
}
/**
 * Stands for a text of the prompt, which is not logged, and for one that is too long.
 */
export interface TextLength {
  /**
   * UTF-16 code units.
   */
  length: number;
}
export interface LoggedSignal {
  name: string;
  value: boolean | number | string;
  ms: number;
  /**
   * What computing it cost.
   */
  cost: number;
  /**
   * It could not be had: the value is the one that the policy takes it for then.
   */
  stand_in?: true;
}
export interface LoggedAttempt {
  model: string;
  provider: string;
  /**
   * What it was for, where not for the answer.
   */
  for?: "judge" | "signal";
  /**
   * How many calls of the same step came before it, where any did.
   */
  retry?: number;
  /**
   * A call is cancelled when its answer is not needed any more, or the client has gone.
   */
  end: "complete" | "failed" | "cancelled";
  failure?: LoggedFailureKind;
  /**
   * HTTP status of the provider's answer.
   */
  status?: number;
  /**
   * To its first content.
   */
  first_ms?: number;
  /**
   * To its end.
   */
  ms?: number;
  /**
   * Tokens, as the provider reported them.
   */
  input?: number;
  /**
   * Tokens, as the provider reported them.
   */
  output?: number;
  /**
   * What it was settled with; the worst case where the provider reported no usage.
   */
  cost: number;
}
export interface LoggedFailure {
  model: string;
  failure: LoggedFailureKind;
  status?: number;
  /**
   * What was said of it, masked; only where the operator asks for texts.
   */
  detail?: string;
}
