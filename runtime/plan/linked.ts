/** Plans as they are carried out: all that can be known before a request comes is worked out. */
import type { Failure, Model, Provider } from "../table/index.ts";
import type { Gate } from "./gate.ts";
import type { Health } from "./health.ts";
import type { Order } from "./order.ts";
import type { Overrides, PlanRequest } from "./request.ts";

/** The bit that stands for a failure in `LinkedBranch.on`. */
export const FAILURE_BIT: Readonly<Record<Failure, number>> = {
  rate_limited: 1 << 0,
  timeout: 1 << 1,
  overloaded: 1 << 2,
  server_error: 1 << 3,
  unreachable: 1 << 4,
  over_budget: 1 << 5,
  too_long: 1 << 6,
  unsupported: 1 << 7,
  unauthorized: 1 << 8,
  filtered: 1 << 9,
  refused: 1 << 10,
  invalid: 1 << 11,
};

export function failureMask(failures: readonly Failure[]): number {
  return failures.reduce((mask, failure) => mask | FAILURE_BIT[failure], 0);
}

export type LinkedRun =
  | LinkedCall
  | LinkedReject
  | LinkedElse
  | LinkedSelect
  | LinkedSplit
  | LinkedCascade
  | LinkedHedge;

/** Ask a model. */
export interface LinkedCall {
  readonly kind: "call";
  readonly model: Model;
  readonly provider: Provider;
  /** Milliseconds to the first content; of an unstreamed answer, to its end. */
  readonly timeout: number;
  /** Milliseconds without a byte after which an answer under way is given up. */
  readonly idle: number;
  /** How many more times it is tried when a call that left fails in one of the ways of which `retryOn` has the bit. */
  readonly retries: number;
  readonly retryOn: number;
  /** Bit i is set when the model has `CAPABILITIES[i]`. */
  readonly can: number;
  /** Whether the model makes embeddings, and whether it does nothing else. */
  readonly embeds: boolean;
  readonly embedsAlone: boolean;
  /** Of the needs of a request, those that are left by the options: without its tools a request needs none. */
  readonly needs: number;
  /** The most tokens that an answer can have. */
  readonly outputCap: number;
  /** Bound on the tokens of a system prompt that the options put in. */
  readonly systemTokens: number;
  readonly overrides: Overrides | undefined;
  readonly capMember: Overrides["capMember"];
  /** The same for a stream whose client did not ask for its usage. */
  readonly streamed: Overrides | undefined;
  /** Options that the model cannot honour. */
  readonly dropped: readonly string[];
  /** How much each key may be asked is limited: it is chosen before the call is paid for. */
  readonly countsKeys: boolean;
  /** Where there are any it is not called: the route is `strict`. */
  readonly strict: boolean;
  /** How the model is doing: shared by all calls of it. */
  readonly health: Health;
}

/** Answer with an error, calling nobody. */
export interface LinkedReject {
  readonly kind: "reject";
  readonly status: number;
  readonly text: string | undefined;
}

/** The first step; when it fails, the first later branch that covers the failure. */
export interface LinkedElse {
  readonly kind: "else";
  readonly first: LinkedRun;
  readonly branches: readonly LinkedBranch[];
}

export interface LinkedBranch {
  /** The `FAILURE_BIT`s that this branch covers. */
  readonly on: number;
  readonly run: LinkedRun;
}

/** One of several models, as a branch of the chain that their order makes. */
export interface Member extends LinkedBranch {
  readonly run: LinkedCall;
}

/** Models in an order that the request finds, as an else chain. */
export interface LinkedSelect {
  readonly kind: "select";
  readonly members: readonly Member[];
  readonly order: Order;
}

/** One side, for good. */
export interface LinkedSplit {
  readonly kind: "split";
  readonly sides: readonly LinkedRun[];
  /** The index of the side that a request gets. */
  readonly draw: Draw;
}

/** `random` is uniform in [0, 1); a draw that is sticky asks for none. */
export type Draw = (request: PlanRequest, random: () => number) => number;

/** The first answer that its gate accepts. */
export interface LinkedCascade {
  readonly kind: "cascade";
  readonly steps: readonly LinkedCascadeStep[];
}

export interface LinkedCascadeStep {
  readonly run: LinkedRun;
  /** Absent: every answer is accepted. */
  readonly gate: Gate | undefined;
}

/** The first side, and each further one when the one before it has failed or has no content `after` so many milliseconds. */
export interface LinkedHedge {
  readonly kind: "hedge";
  readonly first: LinkedRun;
  readonly then: readonly { readonly after: number; readonly run: LinkedRun }[];
}
