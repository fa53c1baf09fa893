/** Where in a plan a call stands: the forms around it, from the innermost out, and how far each has come. */
import type { Activity } from "./activity.ts";
import {
  FAILURE_BIT,
  type LinkedBranch,
  type LinkedCall,
  type LinkedCascade,
  type LinkedCascadeStep,
  type LinkedHedge,
  type LinkedRun,
} from "./linked.ts";
import type { PlanRequest } from "./request.ts";

export type Frame = ElseFrame | CascadeFrame | SideFrame | JudgeFrame;

interface Around {
  readonly parent: Frame | undefined;
  /** What is being carried out within. */
  run: LinkedRun;
}

/** An else chain, or the order that a selector found. */
export interface ElseFrame extends Around {
  readonly kind: "else";
  readonly branches: readonly LinkedBranch[];
  /** Index of the first branch that has not been passed. */
  next: number;
}

export interface CascadeFrame extends Around {
  readonly kind: "cascade";
  readonly cascade: LinkedCascade;
  /** Index of the step that is carried out. */
  at: number;
}

/** A side of a hedge. */
export interface SideFrame extends Around {
  readonly kind: "side";
  readonly race: Race;
  /** Which one, from 0. */
  readonly index: number;
}

/** A hedge that is carried out: its sides run at the same time. */
export interface Race {
  readonly parent: Frame | undefined;
  readonly hedge: LinkedHedge;
  started: number;
  failed: number;
  /** The side that gave the first content. */
  winner: SideFrame | undefined;
  /** Waits to start the next side. */
  timer: Activity | undefined;
}

/** A judge that is asked on behalf of a cascade's gate. */
export interface JudgeFrame extends Around {
  readonly kind: "judge";
  readonly run: LinkedCall;
  readonly request: PlanRequest;
  /** Takes the judge's score, undefined where it gave none. */
  readonly tell: (score: number | undefined) => void;
}

/** In the bits of `heldBy`: a gate is to decide. */
const GATED = 1 << 30;
const BY_CONTENT = FAILURE_BIT.filtered | FAILURE_BIT.refused;

/**
 * Why an answer within `frame` is held to its end: the bits of the failures by content that some later branch covers,
 * and `GATED`. 0 where its first content may be handed on.
 */
export function heldBy(frame: Frame | undefined): number {
  let held = 0;
  for (let at = frame; at !== undefined; at = at.parent) held |= holdOf(at);
  return held;
}

/** The same, of a step that would be tried again on such a failure. */
export function heldByRetry({ retries, retryOn }: LinkedCall, retry: number): number {
  return retry < retries ? retryOn & BY_CONTENT : 0;
}

/** The same, of one frame alone. */
export function holdOf(frame: Frame): number {
  if (frame.kind === "cascade") return stepOf(frame)?.gate === undefined ? 0 : GATED;
  if (frame.kind !== "else") return 0;
  let covered = 0;
  for (let at = frame.next; at < frame.branches.length; at++) covered |= frame.branches[at]?.on ?? 0;
  return covered & BY_CONTENT;
}

export function stepOf({ cascade, at }: CascadeFrame): LinkedCascadeStep | undefined {
  return cascade.steps[at];
}

/** Goes on to the first branch that covers the failure; false where none does. */
export function takeBranch(frame: ElseFrame, failure: number): boolean {
  while (frame.next < frame.branches.length) {
    const branch = frame.branches[frame.next++];
    if (branch === undefined || (branch.on & failure) === 0) continue;
    frame.run = branch.run;
    return true;
  }
  return false;
}

/** Goes on to the next step; false where there is none. */
export function takeStep(frame: CascadeFrame): boolean {
  const next = frame.cascade.steps[frame.at + 1];
  if (next === undefined) return false;
  frame.at++;
  frame.run = next.run;
  return true;
}

/** Whether what stands in `frame` belongs to another side of the race that `winner` has won. */
export function hasLost(frame: Frame | undefined, winner: SideFrame): boolean {
  for (let at = frame; at !== undefined; at = at.parent) {
    if (at.kind === "side" && at.race === winner.race) return at !== winner;
  }
  return false;
}
