/** The search for a request that shows that a claim does not hold. */

import { type Box, boxesOf, intersectBoxes, type Space, within, withRegions } from "../analysis/boxes.ts";
import { MOST_STEPS, uncovered } from "../analysis/cover.ts";
import type { Condition, Proof, Rule } from "../program/program.ts";
import { canServe, indexOf, partsByRegion } from "./fit.ts";
import type { Ground, Section } from "./ground.ts";
import type { Outcomes } from "./outcomes.ts";
import { type Demand, decidedBefore, demandsIn } from "./signals.ts";

/** A claim's question took more steps than are allowed, or has more cases. */
export class TooManyCases extends Error {}

/** Parts of one box that are looked at one by one. */
const MOST_CASES = 20_000;

/** Requests of which something is to be told, and the rule that decides them, or that asks for a signal. */
export interface Shown {
  readonly section: Section;
  readonly rule: number;
  /** All of these requests show it. */
  readonly box: Box;
  /** It is what of these requests none of the boxes `before` decides; whatever else is so shows it as well. */
  readonly of: Box;
  readonly before: readonly Box[];
}

/** The requests of a proof that a rule may decide, with all that depends on them. */
export interface Part {
  readonly section: Section;
  readonly index: number;
  readonly rule: Rule;
  readonly box: Box;
}

export function sectionsOf({ on }: Proof, { routes }: Ground): readonly Section[] {
  return routes.filter(({ route }) => on.length === 0 || route.names.some((name) => on.includes(name)));
}

/** Rule by rule what of the premise each accepts; earlier rules may decide some of it. */
export function* partsOfPremise(proof: Proof, premise: readonly Box[], ground: Ground): Generator<Part> {
  for (const section of sectionsOf(proof, ground))
    for (const [index, rule] of section.route.rules.entries())
      for (const box of within(premise, section.rules[index] ?? [])) yield { section, index, rule, box };
}

export function premiseOf({ premise }: { premise: Condition }, { space }: Ground): readonly Box[] {
  return boxesOf(premise, space);
}

/** Requests of `of` that nothing in `before` decides, if there are any. */
function shownIn(section: Section, rule: number, of: Box, before: readonly Box[], space: Space): Shown | undefined {
  const box = uncovered(of, before, space);
  return box && { section, rule, box, of, before };
}

/** Requests in `box` that `part`'s rule decides; undefined when earlier rules decide all. */
export function decidedBy({ section, index }: Part, box: Box, { space }: Ground): Shown | undefined {
  return shownIn(section, index, box, section.rules.slice(0, index).flat(), space);
}

/** Parts of a box for which the outcome of a rule's plan is one and the same, with `also` in one region each. */
export function* casesOf(
  { rule, box }: Part,
  also: readonly string[],
  outcomes: Outcomes,
  { facts, space, tested }: Ground,
): Generator<Box> {
  const { attributes, models } = outcomes.asks(rule.run);
  let part = box;
  const lacking = new Set<string>();
  const told = attributes.filter((attribute) => {
    if (!attribute.startsWith("needs.") || tested.has(attribute)) return true;
    // Of needs that nothing tests and that the same models cannot serve, one stands for all.
    const whose = [...models].filter((model) => !canServe(model, attribute, facts)).join();
    const isFirst = !lacking.has(whose);
    lacking.add(whose);
    if (!isFirst) part = withRegions(part, indexOf(attribute, space), [[0, 0]], space);
    return isFirst;
  });
  let cases = 0;
  for (const each of partsByRegion(part, [...also, ...told], space)) {
    if (++cases > MOST_CASES) throw new TooManyCases();
    yield each;
  }
}

/** Requests of the premise for which a demand is made, if there are any. */
export function demandMade(
  demand: Demand,
  section: Section,
  premise: readonly Box[],
  { space }: Ground,
): Shown | undefined {
  const before = decidedBefore(demand, section.rules);
  for (const of of within(premise, [demand.box])) {
    const shown = shownIn(section, demand.rule, of, before, space);
    if (shown !== undefined) return shown;
  }
  return undefined;
}

/** Requests for which `demands` are made, and how much they weigh. */
export interface Demanding {
  readonly shown: Shown;
  readonly weight: number;
  readonly demands: readonly Demand[];
}

/**
 * Requests in `box` that `part`'s rule decides and for which signals are asked that weigh more than `over` together;
 * undefined when there are none. Signals are asked at most once.
 */
export function heavierThan(
  over: number,
  part: Part,
  box: Box,
  weigh: (demand: Demand) => number,
  ground: Ground,
): Demanding | undefined {
  const { section, index } = part;
  const possible = demandsIn(box, index, section.demands).filter((demand) => weigh(demand) > 0);
  const bySignal = [...Map.groupBy(possible, ({ signal }) => signal).values()];
  let steps = 0;
  const search = (of: Box, next: number, weight: number, demands: readonly Demand[]): Demanding | undefined => {
    const left = bySignal.slice(next).reduce((sum, [demand]) => sum + weigh(demand as Demand), 0);
    if (weight + left <= over) return undefined;
    if (++steps > MOST_STEPS / 100) throw new TooManyCases();
    const group = bySignal[next];
    if (group === undefined) {
      const own = demands.filter(({ rule }) => rule === index);
      const without = own.flatMap((demand) => demand.without);
      const before = [...section.rules.slice(0, index).flat(), ...new Set(without)];
      const shown = shownIn(section, index, of, before, ground.space);
      return shown && { shown, weight, demands };
    }
    for (const demand of group) {
      const both = intersectBoxes(of, demand.box);
      const found = both && search(both, next + 1, weight + weigh(demand), [...demands, demand]);
      if (found !== undefined) return found;
    }
    return search(of, next + 1, weight, demands);
  };
  return search(box, 0, 0, []);
}
