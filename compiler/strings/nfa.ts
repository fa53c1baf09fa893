/** Non-deterministic automata: what a pattern is first turned into. */
import { MAX_NFA_STATES, TooComplex } from "./limits.ts";
import type { Units } from "./units.ts";

/** What must be true of the place between two code units: the text's start or end, `\b`, `\B`. */
export type Assertion = "start" | "end" | "word_boundary" | "no_word_boundary";

export type NfaState =
  | { readonly kind: "match" }
  | { readonly kind: "consume"; readonly units: Units; readonly to: number }
  | { readonly kind: "split"; readonly to: readonly number[] }
  | { readonly kind: "assert"; readonly assertion: Assertion; readonly to: number };

/** It searches: a text is accepted if a path from `start` to the match state spells any part of it. */
export interface Nfa {
  readonly states: readonly NfaState[];
  readonly start: number;
}

/** Adds a state and says its number. */
export type AddState = (state: NfaState) => number;

/**
 * Builds an automaton back to front: `build` is given the state that follows and returns the one that leads to it.
 *
 * @throws TooComplex
 */
export function buildNfa(build: (add: AddState, match: number) => number): Nfa {
  const states: NfaState[] = [{ kind: "match" }];
  const add: AddState = (state) => {
    if (states.length >= MAX_NFA_STATES) throw new TooComplex(`it needs more than ${MAX_NFA_STATES} states`);
    return states.push(state) - 1;
  };
  return { start: build(add, 0), states };
}

/**
 * The automaton of `starts_with`, `ends_with` or `contains`.
 *
 * @throws TooComplex
 */
export function affixNfa(kind: "prefix" | "suffix" | "contains", text: string): Nfa {
  return buildNfa((add, match) => {
    let next = kind === "suffix" ? add({ kind: "assert", assertion: "end", to: match }) : match;
    for (let i = text.length - 1; i >= 0; i--) {
      const unit = text.charCodeAt(i);
      next = add({ kind: "consume", units: [[unit, unit]], to: next });
    }
    return kind === "prefix" ? add({ kind: "assert", assertion: "start", to: next }) : next;
  });
}
