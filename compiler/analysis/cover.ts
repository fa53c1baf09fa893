/**
 * The one exact procedure behind every claim about all requests: find a request that a box accepts and no other box of
 * a list does, or know that there is none (design notes "analysis", cofactor search). No solver: attributes are
 * independent, so a box minus a box is a few boxes.
 */
import { type Box, boxContains, boxesDisjoint, regionsAt, type Space, withRegions } from "./boxes.ts";
import { intersect, isSubset, type Regions, subtract } from "./regions.ts";

/** Steps after which a question counts as not decided. Real policies need tens; see docs/architecture.md. */
export const MOST_STEPS = 200_000;

/** A search took more than `MOST_STEPS`. */
export class NotDecided extends Error {}

/**
 * A part of `box` that none of `covers` touches; undefined when they cover it whole.
 * @throws {NotDecided}
 */
export function uncovered(box: Box, covers: readonly Box[], space: Space): Box | undefined {
  let steps = 0;

  const search = (part: Box, candidates: readonly Box[]): Box | undefined => {
    if (++steps > MOST_STEPS) throw new NotDecided();
    const live = candidates.filter((candidate) => !boxesDisjoint(part, candidate));
    // Taken apart first: the one that leaves fewest attributes to split, since one such only shrinks the part.
    let next: Box | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const candidate of live) {
      const sticking = stickingOut(part, candidate, fewest);
      if (sticking === 0) return undefined;
      if (sticking < fewest) {
        fewest = sticking;
        next = candidate;
      }
    }
    if (next === undefined) return part;
    const others = live.filter((candidate) => candidate !== next);
    let inside = part;
    for (const [index, regions] of next.entries()) {
      const own = inside[index];
      if (regions === undefined || (own !== undefined && isSubset(own, regions))) continue;
      const mine = regionsAt(inside, index, space);
      const outside = subtract(mine, regions);
      const found = search(withRegions(inside, index, outside, space), others);
      if (found !== undefined) return found;
      inside = withRegions(inside, index, intersect(mine, regions), space);
    }
    return undefined;
  };

  return search(box, covers);
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
  const covers = (kept: readonly [T, readonly Box[]][]): boolean => {
    const covering = kept.flatMap(([, group]) => group);
    return boxes.every((box) => uncovered(box, covering, space) === undefined);
  };
  const alone = groups.find((group) => boxes.every((box) => group[1].some((cover) => boxContains(cover, box))));
  if (alone !== undefined) return [alone[0]];
  let kept = groups.filter(([, group]) => group.some((cover) => boxes.some((box) => !boxesDisjoint(cover, box))));
  for (const group of kept.toReversed()) {
    const without = kept.filter((other) => other !== group);
    if (covers(without)) kept = without;
  }
  return kept.map(([name]) => name);
}
