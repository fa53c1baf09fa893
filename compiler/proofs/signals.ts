/** What is asked of others so that a route can decide. */
import { type Box, intersectBoxes, type Space } from "../analysis/boxes.ts";
import type { Program, Signal } from "../program/program.ts";

/** A signal may have to be had for these requests, unless a rule before the one that tests it decides. */
export interface Demand {
  readonly signal: Signal;
  /** The rule that tests it. */
  readonly rule: number;
  readonly box: Box;
}

/**
 * The demands of a route's rules for signals that ask somebody. Signals come after all else, in the order in which
 * they are declared: of one that comes earlier in a box, the value must be one that the box accepts.
 */
export function demandsOf(rules: readonly (readonly Box[])[], { signals }: Program, space: Space): Demand[] {
  const tested = signals.flatMap((signal) => {
    const index = space.indexOf.get(signal.facts.name);
    return index === undefined ? [] : [{ signal, index }];
  });
  return rules.flatMap((boxes, rule) =>
    boxes.flatMap((box) => {
      const inBox = tested.filter(({ index }) => box[index] !== undefined);
      return inBox.flatMap(({ signal }, i): Demand[] => {
        if (!asks(signal)) return [];
        const open = new Set(inBox.slice(i).map(({ index }) => index));
        return [{ signal, rule, box: box.map((regions, index) => (open.has(index) ? undefined : regions)) }];
      });
    }),
  );
}

function asks({ facts: { source } }: Signal): boolean {
  return ["ask", "similar", "http", "module"].includes(source.kind);
}

/** The model that a signal asks. */
export function askedBy({ facts: { source } }: Signal): string | undefined {
  if (source.kind === "ask") return source.model;
  return source.kind === "similar" ? source.embedder : undefined;
}

/** How a signal's call is told of. */
export function sayAsking(signal: Signal): string {
  const { name, source } = signal.facts;
  const asked = source.kind === "http" ? source.url : source.kind === "module" ? source.file : askedBy(signal);
  return `${name} asks ${asked}`;
}

/** The boxes that decide before a demand is made: earlier rules, and what of its own rule tests no signal. */
export function decidedBefore(
  { rule }: Demand,
  rules: readonly (readonly Box[])[],
  { signals }: Program,
  space: Space,
): readonly Box[] {
  const indices = signals.flatMap(({ facts }) => space.indexOf.get(facts.name) ?? []);
  const own = (rules[rule] ?? []).filter((box) => indices.every((index) => box[index] === undefined));
  return [...rules.slice(0, rule).flat(), ...own];
}

/** The demands that can be made of requests in a box which the rule `rule` decides. */
export function demandsIn(box: Box, rule: number, demands: readonly Demand[]): readonly Demand[] {
  return demands.filter((demand) => demand.rule <= rule && intersectBoxes(demand.box, box) !== undefined);
}
