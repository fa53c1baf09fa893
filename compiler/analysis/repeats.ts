/** Rules that repeat what later ones say: without one of them every request that it decides is served as before. */

import { mayContinue } from "../program/interruption.ts";
import type { Route } from "../program/program.ts";
import { type Box, intersectBoxes } from "./boxes.ts";
import { uncovered } from "./cover.ts";
import { MOST_STEPS } from "./dead-parts.ts";
import { pointOf } from "./points.ts";
import type { RuleBox, RuleBoxes } from "./rule-boxes.ts";

export interface Repeat {
  readonly rule: number;
  /** The later rules that take its requests. */
  readonly by: readonly number[];
}

/**
 * The rules of a route that repeat later ones, the last first: they can be removed together.
 *
 * @param boxes of each rule, the requests that it accepts.
 * @param decided of each rule, some requests that it does decide.
 * @throws {NotDecided}
 */
export function repeatsIn(route: Route, boxes: RuleBoxes, decided: readonly (Box | undefined)[]): Repeat[] {
  const said = route.rules.map(({ run }) => JSON.stringify(run));
  const gone = new Set<number>();
  const repeats: Repeat[] = [];
  for (let rule = route.rules.length - 1; rule >= 0; rule--) {
    mayContinue();
    const own = decided[rule];
    if (own === undefined) continue;
    const isSame = (other: number): boolean => said[other] === said[rule];
    const end = endOf(route, rule);
    // Most rules say something else than what comes next, and one of their requests shows it.
    const next = boxes.ruleAt(pointOf(own, boxes.space), rule + 1, end, (other) => !gone.has(other));
    if (next === undefined || !isSame(next)) continue;
    const by = takersOf(rule, end, isSame, gone, boxes);
    if (by === undefined) continue;
    gone.add(rule);
    repeats.push({ rule, by });
  }
  return repeats;
}

/** One past the last rule that may take the requests of a rule: a `match` decides by its own arms all that reaches it. */
function endOf({ rules, matches }: Route, rule: number): number {
  return matches.find(({ first, end }) => first <= rule && rule < end)?.end ?? rules.length;
}

/** The rules that take what a rule decides once it is gone; undefined where one of them says something else. */
function takersOf(
  rule: number,
  end: number,
  isSame: (other: number) => boolean,
  gone: ReadonlySet<number>,
  boxes: RuleBoxes,
): number[] | undefined {
  const takers = new Set<number>();
  const isThere = (other: RuleBox): boolean => other.rule !== rule && !gone.has(other.rule);
  for (const own of boxes.of[rule] ?? []) {
    const near = boxes.near(own, 0, end).filter(isThere);
    const before: Box[] = [];
    for (const other of near) {
      if (other.rule > rule && !takers.has(other.rule)) {
        const both = intersectBoxes(own, other.box) ?? own;
        if (uncovered(both, before, boxes.space, MOST_STEPS) !== undefined) {
          if (!isSame(other.rule)) return undefined;
          takers.add(other.rule);
        }
      }
      before.push(other.box);
    }
    if (uncovered(own, before, boxes.space, MOST_STEPS) !== undefined) return undefined;
  }
  return [...takers].sort((a, b) => a - b);
}
