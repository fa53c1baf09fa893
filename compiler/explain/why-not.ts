/** Why a request was not taken by a rule, or not answered by a plan or model, that somebody had in mind. */
import { type Expression, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import type { Program, Route } from "../program/program.ts";
import { type KnownValues, type RuleTrace, traceRule } from "./why.ts";

/** A rule that would do what was asked for, and did not. */
export interface Missed extends RuleTrace {
  /** The rule before it that took the request; undefined where it would not have taken it itself. */
  readonly takenBy: number | undefined;
}

export type WhyNot =
  | { readonly kind: "rules"; readonly missed: readonly Missed[] }
  /** The rule that decided does it. */
  | { readonly kind: "decided" }
  /** No rule of the route does it. */
  | { readonly kind: "nowhere" };

/** The indices of the rules that run `wanted`: a rule's own index, or the name of a plan or model. Undefined: no such thing. */
export function rulesFor(wanted: string, route: Route, program: Program): readonly number[] | undefined {
  if (/^\d+$/.test(wanted)) return route.rules[Number(wanted)] === undefined ? undefined : [Number(wanted)];
  const plans = new Map(program.plans.map(({ name, run }) => [name, run]));
  if (!plans.has(wanted) && program.models.every(({ facts }) => facts.name !== wanted)) return undefined;
  return [...route.rules.keys()].filter((index) => runs(route.rules[index]?.run as Expression, wanted, plans));
}

export function whyNot(indices: readonly number[], decided: number, route: Route, values: KnownValues): WhyNot {
  if (indices.length === 0) return { kind: "nowhere" };
  if (indices.includes(decided)) return { kind: "decided" };
  const missed = indices.map((index): Missed => {
    const trace = traceRule(route, index, values);
    return { ...trace, takenBy: index > decided ? decided : undefined };
  });
  return { kind: "rules", missed };
}

function runs(run: Expression, wanted: string, plans: ReadonlyMap<string, Expression>): boolean {
  if (modelsIn(run).includes(wanted)) return true;
  if (run.kind === "plan") {
    const inner = plans.get(run.plan);
    return run.plan === wanted || (inner !== undefined && runs(inner, wanted, plans));
  }
  return partsOf(run).some((part) => runs(part, wanted, plans));
}
