/** The search for a request of which a finding is, among those that a rule decides. */
import { type Box, boxesOf, intersectBoxes } from "../analysis/boxes.ts";
import type { Witness } from "../diagnostics/index.ts";
import { mayContinue } from "../program/interruption.ts";
import type { Condition } from "../program/program.ts";
import type { Ground, Section } from "../proofs/ground.ts";
import { decidedBy, type Part, TooManyCases } from "../proofs/search.ts";
import { witnessOf } from "../proofs/witness.ts";
import type { Arrow, Target } from "./arrows.ts";

/** Boxes that are searched for one finding. */
const MOST_SEARCHES = 5_000;

export interface Reached {
  readonly arrow: Arrow;
  readonly witness: Witness;
}

/**
 * A request that comes to a target and lies in one of the boxes that `narrow` makes of those of a rule; undefined when
 * there is none. The first box that is reached is shown.
 *
 * @param largest the largest requests of a box show it.
 * @throws {TooManyCases}
 */
export function reachedBy(
  { arrows }: Target,
  ground: Ground,
  narrow: (box: Box, ground: Ground) => Iterable<Box>,
  largest = false,
): Reached | undefined {
  let searches = 0;
  for (const arrow of arrows) {
    mayContinue();
    const section = ground.routes.find(({ route }) => route === arrow.route) as Section;
    for (const box of section.rules[arrow.index] ?? []) {
      const part: Part = { section, index: arrow.index, rule: arrow.rule, box };
      for (const narrowed of narrow(box, ground)) {
        if (++searches > MOST_SEARCHES) throw new TooManyCases();
        const shown = decidedBy(part, narrowed, ground);
        if (shown === undefined) continue;
        const violation = { shown, said: "", trail: undefined, ...(largest && { largest: true }) };
        return { arrow, witness: witnessOf(violation, { kind: "always" }, ground) };
      }
    }
  }
  return undefined;
}

/** What of a box a condition accepts; all where there is none. */
export function among(box: Box, scope: Condition | undefined, { space }: Ground): readonly Box[] {
  if (scope === undefined) return [box];
  return boxesOf(scope, space)
    .map((other) => intersectBoxes(box, other))
    .filter((both) => both !== undefined);
}
