/** Cascades that a streaming request can reach: its client sees nothing until a gate has read a whole answer. */
import { type Expression, partsOf } from "../../runtime/table/artifact.ts";
import { type Box, regionsAt, withRegions } from "../analysis/boxes.ts";
import { intersect } from "../analysis/regions.ts";
import type { Place } from "../diagnostics/index.ts";
import { type Facts, factsOf, named } from "../proofs/facts.ts";
import { indexOf } from "../proofs/fit.ts";
import type { Ground } from "../proofs/ground.ts";
import { placeOfPlan, type Target, targetsOf } from "./arrows.ts";
import type { Plans } from "./plans.ts";
import { reachedBy } from "./reached.ts";

/** Warns once of each plan, and of each arrow that has such a cascade itself. */
export function warnOfStreams({ program, report, ground }: Plans): void {
  const facts = factsOf(program);
  const told = new Set<string>();
  for (const target of targetsOf(program)) {
    const untold = cascadesIn(target, facts).filter((plan) => !told.has(plan ?? ""));
    if (untold.length === 0) continue;
    const streaming = reachedBy(target, ground(), streamsIn);
    if (streaming === undefined) continue;
    for (const plan of untold) {
      if (plan !== undefined) told.add(plan);
      const place: Place = plan === undefined ? target.place : placeOfPlan(plan, program);
      const who = plan === undefined ? "this cascade" : `the cascade of plan \`${plan}\``;
      report.warning("RT3013", place.file, place.span, `a streaming request can reach ${who}`, {
        help: "it gets nothing until a gate has read a whole answer: decide it before, by `when stream -> …`",
        certainty: "proved",
        witness: streaming.witness,
      });
    }
  }
}

function streamsIn(box: Box, { space }: Ground): Box[] {
  const index = indexOf("stream", space);
  const streaming = intersect(regionsAt(box, index, space), [[1, 1]]);
  return streaming.length === 0 ? [] : [withRegions(box, index, streaming, space)];
}

/** The plans that have a cascade among what a target runs; undefined for what stands at an arrow. */
function cascadesIn({ run }: Target, facts: Facts): (string | undefined)[] {
  const found = new Set<string | undefined>();
  const seen = new Set<string>();
  const visit = (expression: Expression, plan: string | undefined): void => {
    if (expression.kind === "cascade" && expression.steps.some(({ accept }) => accept !== undefined)) found.add(plan);
    for (const part of partsOf(expression)) visit(part, plan);
    if (expression.kind !== "plan" || seen.has(expression.plan)) return;
    seen.add(expression.plan);
    visit(named(expression.plan, facts.plans), expression.plan);
  };
  visit(run, undefined);
  return [...found];
}
