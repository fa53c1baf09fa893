/** Deterministic automata: from a pattern's non-deterministic one to the minimal one that goes into the table. */
import type { AutomatonState } from "../../runtime/table/artifact.ts";
import { MAX_AUTOMATON_STATES, MAX_SUBSET_STEPS, MAX_SUBSETS, TooComplex } from "./limits.ts";
import { minimise } from "./minimise.ts";
import type { Assertion, Nfa } from "./nfa.ts";
import { type Alphabet, alphabetOf, classesIn, type Units, WORD_UNITS } from "./units.ts";

/** A complete deterministic automaton over the classes of an alphabet. State 0 is where it starts. */
export interface Dfa {
  readonly alphabet: Alphabet;
  /** How many states there are. */
  readonly size: number;
  /** `next[state * alphabet.size + class]` is the state that follows. */
  readonly next: Int32Array;
  /** 1 for a state in which the text may end. */
  readonly accepts: Uint8Array;
}

/** An alphabet in which all of the given automata can run together. */
export function sharedAlphabet(nfas: readonly Nfa[]): Alphabet {
  const sets: Units[] = [];
  for (const nfa of nfas) {
    for (const state of nfa.states) if (state.kind === "consume") sets.push(state.units);
    if (asksForWords(nfa)) sets.push(WORD_UNITS);
  }
  return alphabetOf(sets);
}

/**
 * The minimal deterministic automaton of all texts in which `nfa` matches somewhere. Equal languages give equal
 * automata, numbered breadth-first in the order of code units.
 *
 * @throws TooComplex
 */
export function minimalDfa(nfa: Nfa, alphabet: Alphabet): Dfa {
  const dfa = minimise(determinise(nfa, alphabet));
  if (dfa.size > MAX_AUTOMATON_STATES) {
    throw new TooComplex(`its automaton has more than ${MAX_AUTOMATON_STATES} states`);
  }
  return dfa;
}

/** What stands at one side of a place in the text. */
type Neighbour = "edge" | "word" | "other";

interface Subset {
  /** The states reached by the code unit before, ascending; `undefined` once the pattern has matched. */
  readonly reached: readonly number[] | undefined;
  readonly before: Neighbour;
}

/**
 * The subset construction (Rabin and Scott, 1959), searching: the pattern may start anew at every place. An assertion
 * looks one code unit ahead, so a subset is closed only once the next code unit is known to be a word's or not.
 */
function determinise(nfa: Nfa, alphabet: Alphabet): Dfa {
  const words = asksForWords(nfa);
  const wordClasses = new Set(words ? classesIn(alphabet, WORD_UNITS) : []);
  const neighbourOf: Neighbour[] = alphabet.members.map((_, unitClass) =>
    wordClasses.has(unitClass) ? "word" : "other",
  );
  const classes = classesOfStates(nfa, alphabet);

  const subsets: Subset[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (subset: Subset): number => {
    const key = subset.reached === undefined ? "matched" : `${subset.before} ${subset.reached.join(" ")}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (subsets.length >= MAX_SUBSETS) throw new TooComplex(`its automaton has more than ${MAX_SUBSETS} states`);
    numbers.set(key, subsets.length);
    return subsets.push(subset) - 1;
  };

  let steps = 0;
  const countSteps = (count: number): void => {
    steps += count;
    if (steps > MAX_SUBSET_STEPS)
      throw new TooComplex(`its automaton takes more than ${MAX_SUBSET_STEPS} steps to make`);
  };

  const next: number[] = [];
  const accepts: number[] = [];
  numberOf({ reached: [], before: "edge" });
  for (let number = 0; number < subsets.length; number++) {
    const subset = subsets[number];
    if (subset?.reached === undefined) {
      accepts.push(1);
      for (let unitClass = 0; unitClass < alphabet.size; unitClass++) next.push(number);
      continue;
    }
    const closed: Record<Neighbour, readonly number[] | undefined> = {
      edge: closure(nfa, subset, "edge"),
      other: closure(nfa, subset, "other"),
      word: words ? closure(nfa, subset, "word") : [],
    };
    accepts.push(closed.edge === undefined ? 1 : 0);
    const targets: (Set<number> | undefined)[] = [];
    for (const neighbour of ["other", "word"] as const) {
      for (const state of closed[neighbour] ?? []) {
        const consumer = nfa.states[state];
        const consumed = classes[state] ?? [];
        countSteps(1 + consumed.length);
        if (consumer?.kind !== "consume") continue;
        for (const unitClass of consumed) {
          if (neighbourOf[unitClass] !== neighbour) continue;
          targets[unitClass] ??= new Set();
          targets[unitClass].add(consumer.to);
        }
      }
    }
    for (const [unitClass, before] of neighbourOf.entries()) {
      const reached = [...(targets[unitClass] ?? [])].sort((a, b) => a - b);
      next.push(numberOf({ reached: closed[before] === undefined ? undefined : reached, before }));
    }
  }
  return { alphabet, size: subsets.length, next: Int32Array.from(next), accepts: Uint8Array.from(accepts) };
}

/** The states that the subset stands for before a neighbour of the given kind, or `undefined` if one is the match. */
function closure(nfa: Nfa, { reached = [], before }: Subset, after: Neighbour): readonly number[] | undefined {
  const pending = [nfa.start, ...reached];
  const seen = new Set(pending);
  const visit = (state: number): void => {
    if (seen.has(state)) return;
    seen.add(state);
    pending.push(state);
  };
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    const state = nfa.states[number];
    if (state?.kind === "match") return undefined;
    if (state?.kind === "split") state.to.forEach(visit);
    if (state?.kind === "assert" && holds(state.assertion, before, after)) visit(state.to);
  }
  return [...seen];
}

function holds(assertion: Assertion, before: Neighbour, after: Neighbour): boolean {
  switch (assertion) {
    case "start":
      return before === "edge";
    case "end":
      return after === "edge";
    case "word_boundary":
      return (before === "word") !== (after === "word");
    case "no_word_boundary":
      return (before === "word") === (after === "word");
  }
}

function asksForWords(nfa: Nfa): boolean {
  return nfa.states.some((state) => state.kind === "assert" && state.assertion.endsWith("word_boundary"));
}

/** For every state the classes that it consumes; states that consume the same set share the list. */
function classesOfStates(nfa: Nfa, alphabet: Alphabet): (readonly number[])[] {
  const known = new Map<string, readonly number[]>();
  return nfa.states.map((state) => {
    if (state.kind !== "consume") return [];
    const key = state.units.join(" ");
    const classes = known.get(key) ?? classesIn(alphabet, state.units);
    known.set(key, classes);
    return classes;
  });
}

/** Whether the automaton accepts the text. */
export function accepts(dfa: Dfa, text: string): boolean {
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    const unitClass = dfa.alphabet.classOf[text.charCodeAt(i)] ?? 0;
    state = dfa.next[state * dfa.alphabet.size + unitClass] ?? 0;
  }
  return dfa.accepts[state] === 1;
}

/** The automaton as the decision table has it: without the state that nothing can be accepted from. */
export function tableStates(dfa: Dfa): AutomatonState[] {
  const { alphabet, size } = dfa;
  const target = (state: number, unitClass: number): number => dfa.next[state * alphabet.size + unitClass] ?? 0;
  const isDead = (state: number): boolean =>
    dfa.accepts[state] === 0 && alphabet.members.every((_, unitClass) => target(state, unitClass) === state);
  const kept = Array.from({ length: size }, (_, state) => state).filter((state) => state === 0 || !isDead(state));
  const renumbered = new Map(kept.map((state, index) => [state, index]));
  return kept.map((state) => {
    const next: [number, number, number][] = [];
    for (const [first, last, unitClass] of alphabet.intervals) {
      const to = target(state, unitClass);
      if (isDead(to)) continue;
      const number = renumbered.get(to) ?? 0;
      const previous = next.at(-1);
      if (previous !== undefined && previous[1] === first - 1 && previous[2] === number) previous[1] = last;
      else next.push([first, last, number]);
    }
    return dfa.accepts[state] === 1 ? { accepts: true, next } : { next };
  });
}
