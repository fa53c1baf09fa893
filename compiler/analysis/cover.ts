/**
 * The one exact procedure behind every claim about all requests: find a request that a box accepts and no other box of
 * a list does, or know that there is none (design notes "analysis", cofactor search). No solver: attributes are
 * independent, so a box minus a box is a few boxes.
 */
import { type Box, boxContains, boxesDisjoint, intersectBoxes, regionsAt, type Space, withRegions } from "./boxes.ts";
import { halves, intersect, isSubset, overlap, type Regions, size, subtract } from "./regions.ts";

/** Parts looked at after which a question counts as not decided. Real policies need tens; see docs/architecture.md. */
export const MOST_STEPS = 200_000;

/** A search took more than `MOST_STEPS`. */
export class NotDecided extends Error {}

/** Above this many boxes that touch a part, halving the part is tried before taking boxes out of it. */
const MANY = 32;

/**
 * A part of `box` that none of `covers` touches; undefined when they cover it whole.
 * @param mostSteps the bound of a question that is worth less.
 * @throws {NotDecided}
 */
export function uncovered(box: Box, covers: readonly Box[], space: Space, mostSteps = MOST_STEPS): Box | undefined {
  /** What is still to be covered, the next part last, each with the boxes that may do it: a stack, since one can be deep. */
  const open: Question[] = [{ part: box, candidates: covers }];
  for (let steps = 1; ; steps++) {
    const question = open.pop();
    if (question === undefined) return undefined;
    if (steps > mostSteps) throw new NotDecided();
    const { part } = question;
    const live = question.candidates.filter((candidate) => !boxesDisjoint(part, candidate));
    // Taken apart first: the one that leaves fewest attributes to split, since one such only shrinks the part.
    let next: Box | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const candidate of live) {
      const sticking = stickingOut(part, candidate, fewest);
      if (sticking < fewest) {
        fewest = sticking;
        next = candidate;
      }
      if (sticking === 0) break;
    }
    if (next === undefined) return part;
    if (fewest === 0) continue;
    const at = live.length > MANY ? tellsApart(part, live, space) : undefined;
    const parts = at === undefined ? without(part, next, space) : halved(part, at, space);
    const candidates = at === undefined ? live.filter((candidate) => candidate !== next) : live;
    for (const each of parts.toReversed()) open.push({ part: each, candidates });
  }
}

interface Question {
  readonly part: Box;
  readonly candidates: readonly Box[];
}

/** What `part` accepts and `box` does not, as boxes that have nothing in common. */
function without(part: Box, box: Box, space: Space): Box[] {
  const parts: Box[] = [];
  let inside = part;
  for (let index = 0; index < box.length; index++) {
    const regions = box[index];
    const own = inside[index];
    if (regions === undefined || (own !== undefined && isSubset(own, regions))) continue;
    const mine = regionsAt(inside, index, space);
    parts.push(withRegions(inside, index, subtract(mine, regions), space));
    inside = withRegions(inside, index, intersect(mine, regions), space);
  }
  return parts;
}

/** The attribute by which most of `boxes` lie apart, if one of its regions meets less than half of them on average. */
function tellsApart(part: Box, boxes: readonly Box[], space: Space): number | undefined {
  let best: number | undefined;
  let least = boxes.length / 2;
  for (let index = 0; index < part.length; index++) {
    const own = regionsAt(part, index, space);
    const regions = size(own);
    let met = 0;
    for (const { [index]: accepted } of boxes) met += accepted === undefined ? 1 : overlap(own, accepted) / regions;
    if (met < least) {
      least = met;
      best = index;
    }
  }
  return best;
}

function halved(part: Box, index: number, space: Space): Box[] {
  return halves(regionsAt(part, index, space)).map((half) => withRegions(part, index, half, space));
}

/** In how many attributes `part` has regions that `cover` has not; counting stops at `enough`. */
function stickingOut(part: Box, cover: Box, enough: number): number {
  let count = 0;
  for (let i = 0; i < part.length && count < enough; i++) {
    const regions = cover[i];
    const own: Regions | undefined = part[i];
    if (regions !== undefined && (own === undefined || !isSubset(own, regions))) count++;
  }
  return count;
}

/**
 * A small set of `groups` whose boxes cover all of `boxes` together, given that all of them do: greedily without those
 * that the rest does not need, the first-named dropped last.
 */
export function smallestCover<T>(boxes: readonly Box[], groups: readonly [T, readonly Box[]][], space: Space): T[] {
  const alone = groups.find((group) => boxes.every((box) => group[1].some((cover) => boxContains(cover, box))));
  if (alone !== undefined) return [alone[0]];
  let kept = groups.filter(([, group]) => group.some((cover) => boxes.some((box) => !boxesDisjoint(cover, box))));
  for (const group of kept.toReversed()) {
    const rest = kept.filter((other) => other !== group);
    const covering = rest.flatMap(([, others]) => others);
    // What the rest leaves uncovered, if anything, lies in this group's own boxes.
    const own = group[1].flatMap((cover) => boxes.map((box) => intersectBoxes(box, cover)));
    if (own.every((part) => part === undefined || uncovered(part, covering, space) === undefined)) kept = rest;
  }
  return kept.map(([name]) => name);
}
