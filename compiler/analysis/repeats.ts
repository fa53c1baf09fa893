/** Rules that repeat what later ones say: without one of them every request that it decides is served as before. */
import type { Route, Rule } from "../program/program.ts";
import { type Box, boxesDisjoint, intersectBoxes, regionsAt, type Space } from "./boxes.ts";
import { uncovered } from "./cover.ts";
import { MOST_STEPS } from "./dead-parts.ts";

export interface Repeat {
  readonly rule: Rule;
  /** The later rules that take its requests. */
  readonly by: readonly Rule[];
}

/**
 * The rules of a route that repeat later ones, the last first: they can be removed together.
 *
 * @param boxes of each rule, the requests that it accepts.
 * @param left of each rule that decides something, some requests that it does decide.
 * @throws {NotDecided}
 */
export function repeatsIn(
  route: Route,
  boxes: readonly (readonly Box[])[],
  left: readonly (Box | undefined)[],
  space: Space,
): Repeat[] {
  const { rules } = route;
  const said = rules.map(({ run }) => JSON.stringify(run));
  /** Without those of rules that are known to repeat others. */
  const kept = boxes.slice();
  const repeats: Repeat[] = [];
  for (let number = rules.length - 1; number >= 0; number--) {
    const start = left[number];
    const end = endOf(route, number);
    // Most rules say something else than what comes next, and one of their requests shows it.
    const next = start && firstTouching(pointOf(start, space), kept, number + 1);
    if (next === undefined || next >= end || said[next] !== said[number]) continue;
    const takers = takersOf(number, end, said, kept, space);
    if (takers === undefined) continue;
    kept[number] = [];
    repeats.push({ rule: rules[number] as Rule, by: takers.map((taker) => rules[taker] as Rule) });
  }
  return repeats;
}

/** One past the last rule that may take the requests of a rule: a `match` decides by its own arms all that reaches it. */
function endOf({ rules, matches }: Route, number: number): number {
  return matches.find(({ first, end }) => first <= number && number < end)?.end ?? rules.length;
}

function pointOf(box: Box, space: Space): Box {
  return box.map((_, index) => {
    const [region = 0] = regionsAt(box, index, space)[0] ?? [];
    return [[region, region]];
  });
}

function touching(box: Box, boxes: readonly Box[]): Box[] {
  return boxes.filter((other) => !boxesDisjoint(other, box));
}

function firstTouching(box: Box, boxes: readonly (readonly Box[])[], from: number): number | undefined {
  for (let rule = from; rule < boxes.length; rule++)
    if (boxes[rule]?.some((other) => !boxesDisjoint(other, box))) return rule;
  return undefined;
}

/** The rules that take what a rule decides once it is gone; undefined where one of them says something else. */
function takersOf(
  number: number,
  end: number,
  said: readonly string[],
  boxes: readonly (readonly Box[])[],
  space: Space,
): number[] | undefined {
  const takers = new Set<number>();
  for (const own of boxes[number] ?? []) {
    const before = boxes.slice(0, number).flatMap((others) => touching(own, others));
    for (let rule = number + 1; rule < end; rule++) {
      const others = touching(own, boxes[rule] ?? []);
      const takes = others.some(
        (other) => uncovered(intersectBoxes(own, other) ?? own, before, space, MOST_STEPS) !== undefined,
      );
      if (takes && said[rule] !== said[number]) return undefined;
      if (takes) takers.add(rule);
      before.push(...others);
    }
    if (uncovered(own, before, space, MOST_STEPS) !== undefined) return undefined;
  }
  return [...takers].sort((a, b) => a - b);
}
