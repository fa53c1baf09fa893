/** Which earlier rules to name for a rule that can never match. */
import type { Rule } from "../program/program.ts";
import { type Box, intersectBoxes, regionsAt, type Space, within } from "./boxes.ts";
import { NotDecided, smallestCover, uncovered } from "./cover.ts";
import { size } from "./regions.ts";

type Earlier = [rule: Rule, boxes: readonly Box[]];

export interface Blockers {
  /** A small set that takes all that the rule could match, those that take most of it first. */
  readonly rules: readonly Rule[];
  /** Where those all run what the rule does: an earlier one that takes some of its requests and runs something else. */
  readonly other?: Rule;
}

/** Steps to look for a rule that runs something else: without it the finding is as true, if less telling. */
const MOST_STEPS = 2_000;

/**
 * @param own the requests that the rule could match.
 * @param earlier all rules before it that are reached, in their order; together they take all of `own`.
 * @param takers those of their boxes that a proof of this needed.
 */
export function blockersOf(
  rule: Rule,
  own: readonly Box[],
  earlier: readonly Earlier[],
  takers: ReadonlySet<Box>,
  space: Space,
): Blockers {
  const taking = earlier.filter(([, boxes]) => boxes.some((box) => takers.has(box)));
  const chosen = new Set(smallestCover(own, taking, space));
  const shares = taking
    .filter(([taker]) => chosen.has(taker))
    .map(([taker, boxes]) => ({ taker, share: shareOf(own, boxes, space) }));
  const rules = shares.toSorted((a, b) => b.share - a.share).map(({ taker }) => taker);
  const runs = JSON.stringify(rule.run);
  const differs = (taker: Rule): boolean => JSON.stringify(taker.run) !== runs;
  const other = rules.some(differs) ? undefined : decidingOtherwise(own, earlier, differs, space);
  return { rules, ...(other !== undefined && { other }) };
}

/** Of all values of attributes that `own` accepts, the part that `boxes` do; what two boxes share counts twice. */
function shareOf(own: readonly Box[], boxes: readonly Box[], space: Space): number {
  let share = 0;
  for (const outer of own)
    for (const box of boxes) {
      const both = intersectBoxes(outer, box);
      if (both === undefined) continue;
      share += both.reduce((product, regions, index) => {
        return regions === undefined ? product : (product * size(regions)) / size(regionsAt(outer, index, space));
      }, 1);
    }
  return share;
}

/** The first earlier rule that `differs` and decides some of `own`. */
function decidingOtherwise(
  own: readonly Box[],
  earlier: readonly Earlier[],
  differs: (rule: Rule) => boolean,
  space: Space,
): Rule | undefined {
  const before: Box[] = [];
  for (const [rule, boxes] of earlier) {
    const parts = within(own, boxes);
    if (parts.length > 0 && differs(rule) && parts.some((part) => isLeft(part, before, space))) return rule;
    before.push(...parts);
  }
  return undefined;
}

function isLeft(part: Box, before: readonly Box[], space: Space): boolean {
  try {
    return uncovered(part, before, space, MOST_STEPS) !== undefined;
  } catch (error) {
    if (error instanceof NotDecided) return false;
    throw error;
  }
}
