import fc from "fast-check";
import { expect, it } from "vitest";
import type { AutomatonState } from "../../../runtime/table/index.ts";
import { compileAutomaton } from "../../../runtime/table/match-automaton.ts";

/** The schema's words, one by one. */
function walk(states: readonly AutomatonState[], text: string): boolean {
  let state = states[0];
  for (const unit of Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))) {
    const transition = state?.next.find(([first, last]) => first <= unit && unit <= last);
    if (transition === undefined) return false;
    state = states[transition[2]];
  }
  return state?.accepts === true;
}

const edges = [0, 1, 96, 97, 98, 126, 127, 128, 129, 255, 256, 0xd83d, 0xfffe, 0xffff];
const automaton = fc.integer({ min: 1, max: 4 }).chain((size) =>
  fc.array(
    fc
      .tuple(
        fc.boolean(),
        fc.subarray(edges).map((points) => points.filter((_, i) => points.length % 2 === 0 || i > 0)),
        fc.array(fc.nat(size - 1), { minLength: edges.length, maxLength: edges.length }),
        fc.boolean(),
      )
      .map(([accepts, points, targets, everything]): AutomatonState => {
        const next: AutomatonState["next"] = everything ? [[0, 0xffff, targets[0] ?? 0]] : [];
        for (let i = 0; !everything && i < points.length; i += 2) {
          next.push([points[i] ?? 0, points[i + 1] ?? 0, targets[i] ?? 0]);
        }
        return accepts ? { accepts: true, next } : { next };
      }),
    { minLength: size, maxLength: size },
  ),
);
const text = fc.string({ unit: fc.constantFrom(...edges.map((unit) => String.fromCharCode(unit))), maxLength: 6 });

it("a compiled automaton accepts what walking its states accepts", () => {
  fc.assert(
    fc.property(automaton, fc.array(text, { minLength: 10, maxLength: 10 }), (states, texts) => {
      const matches = compileAutomaton(states);
      for (const given of texts) expect(matches(given), JSON.stringify(given)).toBe(walk(states, given));
    }),
    { numRuns: 2_000 },
  );
});

it("a compiled automaton stops reading when the answer is certain", () => {
  const startsWithA = compileAutomaton([{ next: [[97, 97, 1]] }, { accepts: true, next: [[0, 0xffff, 1]] }]);
  const read = (start: string): number => {
    let units = 0;
    const counting = {
      length: 100_000,
      charCodeAt: (index: number) => {
        units++;
        return start.charCodeAt(index);
      },
    };
    startsWithA(counting as string);
    return units;
  };
  expect(read("a")).toBe(1);
  expect(read("b")).toBe(1);
});

it("an automaton with a transition to nowhere is refused", () => {
  expect(() => compileAutomaton([{ next: [[0, 9, 7]] }])).toThrow("the automaton has no state 7");
  expect(() => compileAutomaton([])).toThrow("the automaton has no state 0");
});
