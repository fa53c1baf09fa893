/** Pairs of rules that can both match a request and run different things, so that their order decides. */
import type { Witness } from "../diagnostics/index.ts";
import { holds, interpret } from "../program/interpret.ts";
import { mayContinue } from "../program/interruption.ts";
import type { Program, Route, Rule } from "../program/program.ts";
import type { Analysis } from "./analyse.ts";
import { BoxIndex } from "./box-index.ts";
import { type Box, intersectBoxes, type Space } from "./boxes.ts";
import { NotDecided, uncovered } from "./cover.ts";
import { toWitness, valuesIn } from "./witness.ts";

export interface Overlap {
  readonly route: string;
  readonly first: number;
  readonly second: number;
  readonly rules: readonly [first: Rule, second: Rule];
  /** A request that both match, and no rule before them; undefined where that is not decided. */
  readonly witness: Witness | undefined;
  /** Both test signals, which are taken as independent of each other: the request is one if they can be so at once. */
  readonly assumed: boolean;
}

/**
 * The pairs, in the order of the rules. A later rule that matches all that the earlier one does, such as `otherwise`, is no
 * pair with it: the earlier one is an exception from it, and stands before it for that.
 */
export function* overlapsIn({ routes, space }: Analysis, program: Program): Generator<Overlap> {
  const signals = program.signals.flatMap(({ facts }) => space.indexOf.get(facts.name) ?? []);
  for (const analysed of routes) {
    const { route, inScope: boxes } = analysed;
    const said = route.rules.map(({ run }) => JSON.stringify(run));
    const index = new BoxIndex(space);
    for (const [first, own] of boxes.entries()) {
      mayContinue();
      for (let second = first + 1; second < boxes.length; second++) {
        const others = boxes[second] as readonly Box[];
        if (said[first] === said[second]) continue;
        const common = commonTo(own, others, index, space);
        if (common === undefined) continue;
        yield {
          route: String(route.names[0]),
          first,
          second,
          rules: [route.rules[first] as Rule, route.rules[second] as Rule],
          witness: common === "undecided" ? undefined : witnessOf(common, first, second, route, space, program),
          assumed: testsOneOf(own, signals) && testsOneOf(others, signals),
        };
      }
      for (const box of own) index.add(box);
    }
  }
}

/** Requests that both accept and no earlier rule does; none where the one is an exception from the other. */
function commonTo(
  own: readonly Box[],
  others: readonly Box[],
  earlier: BoxIndex,
  space: Space,
): Box | "undecided" | undefined {
  try {
    if (own.every((box) => uncovered(box, others, space) === undefined)) return undefined;
    for (const box of own)
      for (const other of others) {
        const both = intersectBoxes(box, other);
        const part = both && uncovered(both, earlier.near(both), space);
        if (part !== undefined) return part;
      }
    return undefined;
  } catch (error) {
    if (error instanceof NotDecided) return "undecided";
    throw error;
  }
}

function testsOneOf(boxes: readonly Box[], indices: readonly number[]): boolean {
  return boxes.some((box) => indices.some((index) => box[index] !== undefined));
}

/** @throws {Error} where the interpreter decides otherwise: a fault of ours. */
function witnessOf(box: Box, first: number, second: number, route: Route, space: Space, program: Program): Witness {
  const values = valuesIn(box, space, route);
  const other = route.rules[second] as Rule;
  if (interpret(route, values) !== first || !holds(other.condition, values))
    throw new Error(`the overlaps of route ${route.names[0]} and its interpretation disagree`);
  return toWitness(String(values.get("model") ?? route.names[0]), values, box, space, program);
}
