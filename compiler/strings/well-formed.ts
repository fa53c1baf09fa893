/** Automata over UTF-16 code units compared on the texts that databases can hold. */
import type { AutomatonState } from "../../runtime/table/artifact.ts";
import { HIGH_SURROGATES, LOW_SURROGATES, MAX_UNIT, SURROGATES, type Units, without } from "./units.ts";

/** Nothing can be accepted from it; tables leave it out. */
const DEAD = -1;

/** Code units that may follow: after a high surrogate a low one alone. */
const AFTER_HIGH = LOW_SURROGATES;
const AT_BOUNDARY = without([[0, MAX_UNIT]], LOW_SURROGATES);

/** Whether two automata of a table accept the same well-formed texts: those in which surrogates come in pairs. */
export function sameOnTexts(left: readonly AutomatonState[], right: readonly AutomatonState[]): boolean {
  const seen = new Set<string>();
  const pending: [l: number, r: number, inPair: boolean][] = [];
  const visit = (l: number, r: number, inPair: boolean): void => {
    const key = `${l} ${r} ${inPair}`;
    if (seen.has(key)) return;
    seen.add(key);
    pending.push([l, r, inPair]);
  };
  visit(0, 0, false);
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const [l, r, inPair] = at;
    if (!inPair && accepts(left, l) !== accepts(right, r)) return false;
    for (const unit of firstsOf(left[l], right[r], inPair ? AFTER_HIGH : AT_BOUNDARY))
      visit(target(left, l, unit), target(right, r, unit), isHigh(unit));
  }
  return true;
}

/** One unit of each range that neither automaton tells apart further. */
function firstsOf(left: AutomatonState | undefined, right: AutomatonState | undefined, allowed: Units): number[] {
  const starts = [left, right].flatMap((state) => (state?.next ?? []).flatMap(([first, last]) => [first, last + 1]));
  const surrogates = SURROGATES.flatMap(([first, last]) => [first, last + 1]);
  return [...new Set([...allowed.map(([first]) => first), ...surrogates, ...starts])].filter((unit) =>
    allowed.some(([first, last]) => unit >= first && unit <= last),
  );
}

function target(states: readonly AutomatonState[], state: number, unit: number): number {
  return states[state]?.next.find(([first, last]) => unit >= first && unit <= last)?.[2] ?? DEAD;
}

function accepts(states: readonly AutomatonState[], state: number): boolean {
  return states[state]?.accepts === true;
}

function isHigh(unit: number): boolean {
  return HIGH_SURROGATES.some(([first, last]) => unit >= first && unit <= last);
}
