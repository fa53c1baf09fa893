/** Runs the automaton of a regular expression: linear in the text, whatever the expression, and without allocating. */
import type { AutomatonState } from "./decision-table.generated.ts";

/** Instead of a state: the answer is no, or yes, whatever follows. */
const DEAD = -1;
const MATCHED = -2;

const ASCII = 128;
const MAX_UNIT = 0xffff;

/**
 * Prepares an automaton for matching whole texts; the text's code units are read only until the answer is certain.
 *
 * @throws RangeError if a transition leads to a state that is not there
 */
export function compileAutomaton(states: readonly AutomatonState[]): (text: string) => boolean {
  const ascii = new Int32Array(states.length * ASCII).fill(DEAD);
  const accepts = Uint8Array.from(states, (state) => (state.accepts ? 1 : 0));
  // Of state s the ranges beyond ASCII are those from offsets[s] up to offsets[s + 1].
  const offsets = new Int32Array(states.length + 1);
  const firsts: number[] = [];
  const lasts: number[] = [];
  const targets: number[] = [];
  const targetOf = (number: number): number => {
    const state = states[number];
    if (state === undefined) throw new RangeError(`the automaton has no state ${number}`);
    return isAbsorbing(state, number) ? MATCHED : number;
  };
  for (const [number, { next }] of states.entries()) {
    for (const [first, last, to] of next) {
      const target = targetOf(to);
      if (first < ASCII) ascii.fill(target, number * ASCII + first, number * ASCII + Math.min(last + 1, ASCII));
      if (last < ASCII) continue;
      firsts.push(first);
      lasts.push(last);
      targets.push(target);
    }
    offsets[number + 1] = firsts.length;
  }
  const wide = {
    offsets,
    firsts: Int32Array.from(firsts),
    lasts: Int32Array.from(lasts),
    targets: Int32Array.from(targets),
  };
  const start = targetOf(0);

  return (text) => {
    let state = start;
    for (let i = 0; i < text.length && state >= 0; i++) {
      const unit = text.charCodeAt(i);
      state = unit < ASCII ? (ascii[state * ASCII + unit] as number) : wideTarget(wide, state, unit);
    }
    return state >= 0 ? accepts[state] === 1 : state === MATCHED;
  };
}

function isAbsorbing(state: AutomatonState, number: number): boolean {
  const [only, more] = state.next;
  if (state.accepts !== true || only === undefined || more !== undefined) return false;
  return only[0] === 0 && only[1] === MAX_UNIT && only[2] === number;
}

interface WideRanges {
  readonly offsets: Int32Array;
  readonly firsts: Int32Array;
  readonly lasts: Int32Array;
  readonly targets: Int32Array;
}

/** Where the state leads on a unit beyond ASCII, by binary search. */
function wideTarget({ offsets, firsts, lasts, targets }: WideRanges, state: number, unit: number): number {
  let low = offsets[state] as number;
  let high = (offsets[state + 1] as number) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (unit < (firsts[middle] as number)) high = middle - 1;
    else if (unit > (lasts[middle] as number)) low = middle + 1;
    else return targets[middle] as number;
  }
  return DEAD;
}
