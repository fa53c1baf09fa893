/**
 * The one exact procedure behind every claim about all requests: find a request that a box accepts and no other box of
 * a list does, or know that there is none (design notes "analysis", cofactor search). No solver: attributes are
 * independent, so a box minus a box is a few boxes.
 */

import { mayContinue } from "../program/interruption.ts";
import { type Box, boxContains, boxesDisjoint, intersectBoxes, regionsAt, type Space, withRegions } from "./boxes.ts";
import { type Masks, masksOf } from "./masks.ts";
import { halves, isSubset, overlap, type Regions, size, subtract } from "./regions.ts";

/** Parts looked at after which a question counts as not decided. Real policies need tens; see docs/architecture.md. */
export const MOST_STEPS = 200_000;

/** A search took more than `MOST_STEPS`. */
export class NotDecided extends Error {}

/** Above this many boxes that touch a part, halving the part is tried before boxes are taken out of it. */
const MANY = 256;

interface Limit {
  /** Steps that are left. */
  steps: number;
}

/**
 * A part of `box` that none of `covers` touches; undefined when they cover it whole.
 * @param mostSteps the bound of a question that is worth less.
 * @param used takes up covers that cover it by themselves, when they do.
 * @throws {NotDecided}
 */
export function uncovered(
  box: Box,
  covers: readonly Box[],
  space: Space,
  mostSteps = MOST_STEPS,
  used?: Set<Box>,
): Box | undefined {
  const limit: Limit = { steps: mostSteps };
  /** What is still to be covered, the next part last, each with the boxes that may do it. */
  const open: Question[] = [{ part: box, candidates: covers }];
  for (let question = open.pop(); question !== undefined; question = open.pop()) {
    const { part, candidates } = question;
    const live = candidates.filter((candidate) => !boxesDisjoint(part, candidate));
    if (live.length === 0) return part;
    const alone = live.find((candidate) => boxContains(candidate, part));
    if (alone !== undefined) {
      used?.add(alone);
      continue;
    }
    const [only] = live;
    if (only !== undefined && live.length === 1) return outside(part, only, space);
    const at = live.length > MANY ? tellsApart(part, live, space) : undefined;
    const masks = at === undefined ? masksOf(part, live, space) : undefined;
    if (masks === undefined) {
      takeStep(limit);
      for (const half of halved(part, at ?? widest(part, space), space)) open.push({ part: half, candidates: live });
      continue;
    }
    const found = uncoveredByMasks(masks, live, limit, used);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Question {
  readonly part: Box;
  readonly candidates: readonly Box[];
}

/** Steps between two looks at whether to go on. */
const STEPS_AT_ONCE = 2048;

function takeStep(limit: Limit): void {
  if (--limit.steps < 0) throw new NotDecided();
  if (limit.steps % STEPS_AT_ONCE === 0) mayContinue();
}

/** Some of what `part` accepts and `box`, which does not contain it, does not. */
function outside(part: Box, box: Box, space: Space): Box {
  const index = box.findIndex((regions, i) => regions !== undefined && !isSubset(regionsAt(part, i, space), regions));
  return withRegions(part, index, subtract(regionsAt(part, index, space), box[index] as Regions), space);
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

function widest(part: Box, space: Space): number {
  const sizes = part.map((_, index) => size(regionsAt(part, index, space)));
  return sizes.indexOf(Math.max(...sizes));
}

/** The upper half first. */
function halved(part: Box, index: number, space: Space): Box[] {
  return halves(regionsAt(part, index, space))
    .map((half) => withRegions(part, index, half, space))
    .toReversed();
}

/** The same search on bits, without an allocation for a part. */
function uncoveredByMasks(
  masks: Masks,
  covers: readonly Box[],
  limit: Limit,
  used: Set<Box> | undefined,
): Box | undefined {
  const { words, ends, rows } = masks;
  const attributes = ends.length;
  /** Parts still to be covered, the next one last. */
  let parts = new Int32Array(words * 64);
  /** Where the candidates of each part end; they begin where those of another part end that is done later. */
  const froms: number[] = [0];
  const tos: number[] = [covers.length];
  /** Lists of candidates; those of later parts stand behind those of earlier ones. */
  let lists = new Int32Array(covers.length * 8);
  for (let i = 0; i < covers.length; i++) lists[i] = i;
  parts.set(masks.part);
  const part = new Int32Array(words);
  for (let depth = 0; depth >= 0; ) {
    takeStep(limit);
    part.set(parts.subarray(depth * words, (depth + 1) * words));
    let from = froms[depth] as number;
    let to = tos[depth] as number;
    depth--;
    const top = to;
    if (top + covers.length > lists.length) lists = grown(lists);
    let covered = false;
    let next = -1;
    for (let shrunk = true; shrunk && !covered; ) {
      shrunk = false;
      let kept = top;
      let fewest = attributes + 1;
      next = -1;
      candidates: for (let at = from; at < to; at++) {
        const candidate = lists[at] as number;
        const row = candidate * words;
        let sticking = 0;
        let where = 0;
        let word = 0;
        for (let a = 0; a < attributes; a++) {
          const end = ends[a] as number;
          let meets = 0;
          let out = 0;
          for (; word < end; word++) {
            const mine = part[word] as number;
            const accepted = rows[row + word] as number;
            meets |= mine & accepted;
            out |= mine & ~accepted;
          }
          if (meets === 0) continue candidates;
          if (out !== 0) {
            sticking++;
            where = a;
          }
        }
        if (sticking <= 1) used?.add(covers[candidate] as Box);
        if (sticking === 0) {
          covered = true;
          break;
        }
        if (sticking === 1) {
          // It takes a slice off the part, which is smaller then for all others.
          for (let word = where === 0 ? 0 : (ends[where - 1] as number); word < (ends[where] as number); word++)
            part[word] = (part[word] as number) & ~(rows[row + word] as number);
          shrunk = true;
          continue;
        }
        lists[kept++] = candidate;
        if (sticking < fewest) {
          fewest = sticking;
          next = candidate;
        }
      }
      from = top;
      to = kept;
    }
    if (covered) continue;
    if (next < 0) return masks.toBox(part);
    used?.add(covers[next] as Box);
    // What the part has and the next one has not, attribute by attribute, as parts that have nothing in common.
    const row = next * words;
    for (let a = attributes - 1, end = words; a >= 0; a--) {
      const start = a === 0 ? 0 : (ends[a - 1] as number);
      let out = 0;
      for (let word = start; word < end; word++) out |= (part[word] as number) & ~(rows[row + word] as number);
      if (out !== 0) {
        depth++;
        if ((depth + 1) * words > parts.length) parts = grown(parts);
        const base = depth * words;
        for (let word = 0; word < words; word++) {
          const mine = part[word] as number;
          const accepted = rows[row + word] as number;
          parts[base + word] = word < start ? mine & accepted : word < end ? mine & ~accepted : mine;
        }
        froms[depth] = from;
        tos[depth] = to;
      }
      end = start;
    }
  }
  return undefined;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * A small set of `groups` whose boxes cover all of `boxes` together, given that all of them do: greedily without those
 * that the rest does not need, the first-named dropped last.
 */
export function smallestCover<T>(boxes: readonly Box[], groups: readonly [T, readonly Box[]][], space: Space): T[] {
  const alone = groups.find((group) => boxes.every((box) => group[1].some((cover) => boxContains(cover, box))));
  if (alone !== undefined) return [alone[0]];
  let kept = neededOf(boxes, groups, space);
  for (const group of kept.toReversed()) {
    const rest = kept.filter((other) => other !== group);
    const covering = rest.flatMap(([, others]) => others);
    // What the rest leaves uncovered, if anything, lies in this group's own boxes.
    const own = group[1].flatMap((cover) => boxes.map((box) => intersectBoxes(box, cover)));
    if (own.every((part) => part === undefined || uncovered(part, covering, space) === undefined)) kept = rest;
  }
  return kept.map(([name]) => name);
}

/** Those of which one search for what they leave uncovered had a use: they cover it without the others. */
function neededOf<T>(
  boxes: readonly Box[],
  groups: readonly [T, readonly Box[]][],
  space: Space,
): (readonly [T, readonly Box[]])[] {
  const used = new Set<Box>();
  const covers = groups.flatMap(([, others]) => others);
  for (const box of boxes) uncovered(box, covers, space, MOST_STEPS, used);
  return groups.filter(([, others]) => others.some((cover) => used.has(cover)));
}
