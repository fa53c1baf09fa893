/** What a call is carried out with, and who is told what becomes of it. */
import type { Attempt } from "../observe/observer.ts";
import type { Failure } from "../table/index.ts";
import type { Call } from "./call.ts";
import type { Clock, Reservation, Spent, Tokens } from "./doors.ts";
import type { Frame } from "./frames.ts";
import type { LinkedCall } from "./linked.ts";
import type { FailedAttempt, OwnCall, Served } from "./request.ts";
import type { Unasked } from "./unasked.ts";
import type { Wire } from "./wire.ts";

export interface CallTerms {
  readonly step: LinkedCall;
  readonly frame: Frame | undefined;
  /** How many calls of the same step came before it. */
  readonly retry: number;
  readonly stream: boolean;
  /** How its answer is read. */
  readonly wire: Wire;
  /** The request as it leaves in the dialect in which it came; undefined where it is a chat's, or was made one. */
  readonly own: OwnCall | undefined;
  /** It asks for embeddings. */
  readonly embeds: boolean;
  readonly clock: Clock;
  readonly reservation: Reservation;
  /** The worst case that `reservation` set aside, in nano-dollars and in tokens. */
  readonly worst: number;
  readonly most: Tokens;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sent: number;
  /** The same moment by `Clock.elapsed`. */
  readonly began: number;
  /** Milliseconds until it must have answered. */
  readonly limit: number;
  /** When the client must have seen the first of an answer, by `Clock.elapsed`. */
  readonly deadlineAt: number;
  /** Bits of `heldBy`: why the answer is held to its end, and which failures by content the plan can go on from. */
  readonly held: number;
  /** What was asked for here and not by the client: it is taken out again. */
  readonly unasked: Unasked | undefined;
  /** What is told of it. */
  readonly attempt: Attempt;
}

/** Who is told what becomes of a call. */
export interface CallOwner {
  /** The first content has come; of an unstreamed answer all of it. Called once, before the following two. */
  onContent(call: Call): void;
  /** The answer cannot be held any longer: calls `handOn`, or `cancel`. */
  onTooLarge(call: Call): void;
  /** The answer is complete, and settled: calls `handOn` at some time, or not. */
  onComplete(call: Call): void;
  /** It failed before anything was handed on. */
  onFailed(call: Call, attempt: FailedAttempt): void;
  /** It failed after that: the sink was told. */
  onBroken(call: Call, failure: Failure): void;
  /** It is paid for. Called exactly once. */
  onSettled(call: Call, spent: Spent): void;
  /** What the sink is told of it. */
  served(call: Call): Served;
}
