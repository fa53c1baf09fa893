/** What is asked of others so that a route can decide. */
import { type Box, intersectBoxes, type Space } from "../analysis/boxes.ts";
import type { Program, Route, Signal } from "../program/program.ts";
import { attributesIn } from "./tested.ts";

/** A signal may have to be had for these requests, unless something before it decides. */
export interface Demand {
  readonly signal: Signal;
  /** The rule that asks for it. */
  readonly rule: number;
  readonly box: Box;
  /** What its rule decides without it. */
  readonly without: readonly Box[];
}

/**
 * The demands of a route's rules for signals that ask somebody. Signals come after all else, rule by rule and in each from
 * left to right, as runtime/table/demand.ts has it: of one that comes earlier in a box, the value must be one that the box
 * accepts. A rule asks for what it tests also where no more than a later rule hangs on it.
 */
export function demandsOf(
  { rules }: Route,
  boxes: readonly (readonly Box[])[],
  { signals }: Program,
  space: Space,
): Demand[] {
  const byName = new Map(signals.map((signal) => [signal.facts.name, signal]));
  const tests = (box: Box, all: readonly number[]): boolean => all.some((index) => box[index] !== undefined);
  const demands: Demand[] = [];
  const later = new Set<number>();
  for (const [rule, { condition }] of [...rules.entries()].toReversed()) {
    const own = boxes[rule] ?? [];
    const order = [...attributesIn(condition)].flatMap(({ name }) =>
      byName.has(name) ? [space.indexOf.get(name) as number] : [],
    );
    for (const [i, index] of order.entries()) {
      const { attribute } = space.partitions[index] as Space["partitions"][number];
      const signal = byName.get(attribute.name) as Signal;
      const open = order.slice(i);
      if (asks(signal))
        for (const box of own)
          if (tests(box, [index]) || (later.has(index) && tests(box, open)))
            demands.push({
              signal,
              rule,
              box: box.map((regions, at) => (open.includes(at) ? undefined : regions)),
              without: own.filter((other) => !tests(other, open)),
            });
    }
    for (const index of order) if (own.some((box) => tests(box, [index]))) later.add(index);
  }
  return demands.reverse();
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

/** The boxes that decide before a demand is made. */
export function decidedBefore({ rule, without }: Demand, rules: readonly (readonly Box[])[]): readonly Box[] {
  return [...rules.slice(0, rule).flat(), ...without];
}

/** The demands that can be made of requests in a box which the rule `rule` decides. */
export function demandsIn(box: Box, rule: number, demands: readonly Demand[]): readonly Demand[] {
  return demands.filter((demand) => demand.rule <= rule && intersectBoxes(demand.box, box) !== undefined);
}
