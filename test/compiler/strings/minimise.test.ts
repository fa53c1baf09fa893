import fc from "fast-check";
import { expect, it } from "vitest";
import type { Dfa } from "../../../compiler/strings/automaton.ts";
import { minimise } from "../../../compiler/strings/minimise.ts";
import { alphabetOf } from "../../../compiler/strings/units.ts";

const alphabet = alphabetOf([[[97, 97]]]);

/** Follows transitions from the start, numbering states as they are met, so that all of them are reachable. */
function automatonOf(next: readonly (readonly [number, number])[], accepting: readonly boolean[]): Dfa {
  const met = [0];
  const numberOf = (state: number): number => (met.includes(state) ? met.indexOf(state) : met.push(state) - 1);
  const targets: number[] = [];
  for (const state of met) targets.push(...(next[state] ?? [0, 0]).map(numberOf));
  return {
    alphabet,
    size: met.length,
    next: Int32Array.from(targets),
    accepts: Uint8Array.from(met, (state) => (accepting[state] ? 1 : 0)),
  };
}

/** How many states no word tells apart, found by refining until nothing changes (Moore, 1956). */
function distinguishable({ size, next, accepts }: Dfa): number {
  let kinds = Array.from(accepts, String);
  for (;;) {
    const finer = kinds.map(
      (kind, state) => `${kind}|${kinds[next[2 * state] ?? 0]}|${kinds[next[2 * state + 1] ?? 0]}`,
    );
    const names = [...new Set(finer)];
    if (names.length === new Set(kinds).size) return names.length;
    expect(names.length).toBeLessThanOrEqual(size);
    kinds = finer.map((kind) => String(names.indexOf(kind)));
  }
}

/** Whether no word is accepted by one and not by the other. */
function sameLanguage(left: Dfa, right: Dfa): boolean {
  const met = new Set(["0 0"]);
  for (const pair of met) {
    const [l = 0, r = 0] = pair.split(" ").map(Number);
    if (left.accepts[l] !== right.accepts[r]) return false;
    for (const unitClass of [0, 1]) met.add(`${left.next[2 * l + unitClass]} ${right.next[2 * r + unitClass]}`);
  }
  return true;
}

const automaton = fc.integer({ min: 1, max: 24 }).chain((size) => {
  const state = fc.nat(size - 1);
  const perState = { minLength: size, maxLength: size };
  return fc
    .tuple(fc.array(fc.tuple(state, state), perState), fc.array(fc.boolean(), perState))
    .map(([next, accepting]) => automatonOf(next, accepting));
});

it("a minimal automaton accepts the same words with as few states as can be", () => {
  fc.assert(
    fc.property(automaton, (dfa) => {
      const minimal = minimise(dfa);
      expect(sameLanguage(dfa, minimal)).toBe(true);
      expect(minimal.size).toBe(distinguishable(dfa));
      expect(minimise(minimal)).toEqual(minimal);
    }),
    { numRuns: 5_000 },
  );
});
