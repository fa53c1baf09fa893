/** Splits that are sticky: whoever comes again comes to the same side. */
import { type Place, partPlace, placeOfPlan, placeOfRule } from "../../../runtime/simulation/places.ts";
import { type Expression, partsOf, type Value } from "../../../runtime/table/artifact.ts";
import type { Program } from "../../program/program.ts";
import type { SharedInvariant } from "./invariant.ts";

interface StickySplit {
  readonly place: Place;
  readonly by: string;
  readonly sides: readonly Place[];
}

export function stickyInvariant(program: Program): SharedInvariant {
  const splits = splitsIn(program);
  if (splits.length === 0) return () => undefined;
  return (observed) => {
    for (const { place, by, sides } of splits) {
      const seen = new Map<Value, Place>();
      for (const { request, traces } of observed)
        for (const { reached, values } of traces) {
          const value = values.get(by) ?? request.attributes?.get(by);
          const side = reached.has(place) ? sides.find((each) => reached.has(each)) : undefined;
          if (value === undefined || side === undefined) continue;
          const before = seen.get(value);
          seen.set(value, side);
          if (before !== undefined && before !== side)
            return {
              invariant: "a sticky split is sticky",
              said: `two requests of one \`${by}\` come to different sides of a split by it`,
            };
        }
    }
    return undefined;
  };
}

function splitsIn({ plans, routes }: Program): readonly StickySplit[] {
  const found: StickySplit[] = [];
  const visit = (run: Expression, place: Place): void => {
    const parts = partsOf(run);
    if (run.kind === "split" && run.by !== undefined)
      found.push({ place, by: run.by, sides: parts.map((_, index) => partPlace(place, index)) });
    for (const [index, part] of parts.entries()) visit(part, partPlace(place, index));
  };
  for (const { name, run } of plans) visit(run, placeOfPlan(name));
  for (const { names, rules } of routes)
    for (const [index, { run }] of rules.entries()) visit(run, placeOfRule(names[0] ?? "", index));
  return found;
}
