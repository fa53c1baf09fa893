/** What can come out of expressions: who may answer, and how they can fail; and what nothing can ever lead to. */
import { type Expression, FAILURES, type Failure, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import type { Cascade, Condition, ElseBranch, Hedge, Step, Expression as TreeExpression } from "../syntax/index.ts";
import { confidenceIn } from "./gates.ts";
import { isFaulty } from "./model-facts.ts";
import type { Declared } from "./names.ts";
import type { ProgramFile } from "./program.ts";
import type { Scope } from "./scope.ts";

type DeclaredPlan = Extract<Declared, { kind: "plan" }>;

export interface Outcome {
  readonly failures: ReadonlySet<Failure>;
  /** Every model that an answer can be of. */
  readonly models: ReadonlySet<string>;
}

/** The outcome of a named plan. */
export type PlanOutcomes = (plan: string) => Outcome;

/** Nothing is claimed of what is faulty: it may fail in every way. */
const UNKNOWN: Outcome = { failures: new Set(FAILURES), models: new Set() };

/** What can come out of each plan; reports plans that lead back to themselves, and what `checkOutcome` does. */
export function planOutcomes(
  plans: readonly DeclaredPlan[],
  expressions: ReadonlyMap<string, Expression | undefined>,
  scope: Scope,
): PlanOutcomes {
  const byName = new Map(plans.map((plan) => [plan.name.text, plan]));
  const done = new Map<string, Outcome>();
  const open: string[] = [];
  const visit: PlanOutcomes = (name) => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const plan = byName.get(name);
    const run = expressions.get(name);
    if (plan === undefined || run === undefined) return UNKNOWN;
    const at = open.indexOf(name);
    if (at >= 0) {
      const round = [...open.slice(at), name].map((part) => `\`${part}\``).join(" → ");
      const message = `plan \`${name}\` leads back to itself: ${round}`;
      scope.report.error("RT3003", plan.file.name, plan.name.span, message);
      for (const part of open.slice(at)) done.set(part, UNKNOWN);
      return UNKNOWN;
    }
    open.push(name);
    const outcome = checkOutcome(plan.declaration.run, run, visit, plan.file, scope);
    open.pop();
    if (!done.has(name)) done.set(name, outcome);
    return done.get(name) ?? outcome;
  };
  for (const { name } of plans) visit(name.text);
  return visit;
}

/**
 * Reports what can never be of use in an expression: an `else` to which no failure leads, a side of a `hedge` that never
 * starts, and a gate on a step that never answers, or by a confidence that its models do not give.
 *
 * @param resolved what the tree became.
 */
export function checkOutcome(
  node: TreeExpression,
  resolved: Expression,
  plans: PlanOutcomes,
  file: ProgramFile,
  scope: Scope,
): Outcome {
  return expressionOutcome(node, resolved, { plans, file, scope });
}

interface Walk {
  readonly plans: PlanOutcomes;
  readonly file: ProgramFile;
  readonly scope: Scope;
}

/** A failure goes to the first later branch that takes it; what none takes comes out. */
function expressionOutcome({ first, branches }: TreeExpression, resolved: Expression, walk: Walk): Outcome {
  if (branches.length === 0 || resolved.kind !== "else") return stepOutcome(first, resolved, walk);
  let { failures, models } = stepOutcome(first, resolved.first, walk);
  for (const [index, { on, run }] of resolved.then.entries()) {
    const branch = branches[index] as ElseBranch;
    if (!on.some((failure) => failures.has(failure))) reportNeverTaken(branch, whyNever(failures, index), walk);
    // Also of one that is never taken: what follows from that mistake is no other one.
    const next = stepOutcome(branch.step, run, walk);
    failures = new Set([...[...failures].filter((failure) => !on.includes(failure)), ...next.failures]);
    models = new Set([...models, ...next.models]);
  }
  return { failures, models };
}

function whyNever(failures: ReadonlySet<Failure>, index: number): string {
  if (failures.size > 0) return "no step before it fails in such a way";
  return index === 0
    ? "what stands before it only rejects"
    : "earlier ones take every failure, and what stands before it only rejects";
}

function reportNeverTaken({ span }: ElseBranch, why: string, { file, scope }: Walk): void {
  scope.report.error("RT3004", file.name, span, `this \`else\` can never be taken: ${why}`, {
    fix: { title: "remove it", edits: [{ file: file.name, span, text: "" }], unsafe: true },
  });
}

function stepOutcome({ target }: Step, resolved: Expression, walk: Walk): Outcome {
  const parts = partsOf(resolved);
  switch (target.kind) {
    case "parens":
      return expressionOutcome(target.expression, resolved, walk);
    case "split":
      return anyOf(target.sides.map(({ run }, i) => expressionOutcome(run, parts[i] as Expression, walk)));
    case "cascade":
      return cascadeOutcome(target, parts, walk);
    case "hedge":
      return hedgeOutcome(target, parts, walk);
    case "reject":
      return { failures: new Set(), models: new Set() };
    default:
      return resolved.kind === "plan"
        ? walk.plans(resolved.plan)
        : { failures: new Set(FAILURES), models: new Set(modelsIn(resolved)) };
  }
}

function anyOf(outcomes: readonly Outcome[]): Outcome {
  return {
    failures: new Set(outcomes.flatMap(({ failures }) => [...failures])),
    models: new Set(outcomes.flatMap(({ models }) => [...models])),
  };
}

function onlyRejects({ failures, models }: Outcome): boolean {
  return failures.size === 0 && models.size === 0;
}

/** A step that fails only does not accept, so that the last one alone decides how the whole fails. */
function cascadeOutcome({ steps }: Cascade, parts: readonly Expression[], walk: Walk): Outcome {
  const outcomes = steps.map(({ step, accept }, i) => {
    const outcome = stepOutcome(step, parts[i] as Expression, walk);
    if (accept !== undefined && onlyRejects(outcome)) reportGateOfNothing(step, walk);
    else if (accept !== undefined) checkConfidence(accept, outcome, walk);
    return outcome;
  });
  return { failures: outcomes.at(-1)?.failures ?? UNKNOWN.failures, models: anyOf(outcomes).models };
}

function reportGateOfNothing({ span }: Step, { file, scope }: Walk): void {
  scope.report.error("RT3008", file.name, span, "this step only rejects: it gives no answer that a gate could accept", {
    help: "let it be the last step of the `cascade`, which has no gate",
  });
}

function checkConfidence(gate: Condition, { models }: Outcome, { file, scope }: Walk): void {
  const span = confidenceIn(gate);
  if (span === undefined) return;
  const without = [...models].flatMap((name) => {
    const model = scope.models.get(name);
    return model === undefined || model.facts.can.includes("logprobs") || isFaulty(name, scope) ? [] : [model];
  });
  if (without.length === 0) return;
  const names = without.map(({ facts }) => `\`${facts.name}\``).join(", ");
  const message = `${names} ${without.length === 1 ? "gives" : "give"} no \`confidence\`: it is computed from log-probabilities of tokens`;
  scope.report.error("RT2016", file.name, span, message, {
    help: 'where a provider returns them, its models say `can [logprobs]`; `judge(model, "file")` works with every model',
    related: without.map(({ facts, place }) => ({ ...place, message: `\`${facts.name}\` does not say that it can` })),
  });
}

/** It fails when all sides have failed. */
function hedgeOutcome({ first, then }: Hedge, parts: readonly Expression[], walk: Walk): Outcome {
  const sides = [first, ...then.map(({ run }) => run)];
  const outcomes = sides.map((side, i) => expressionOutcome(side, parts[i] as Expression, walk));
  const last = outcomes.findIndex(onlyRejects);
  const never = then[last];
  if (last >= 0 && never !== undefined)
    walk.scope.report.error(
      "RT3004",
      walk.file.name,
      never.span,
      "this side can never start: what stands before it only rejects",
      { fix: { title: "remove it", edits: [{ file: walk.file.name, span: never.span, text: "" }], unsafe: true } },
    );
  const { failures, models } = anyOf(outcomes);
  return { failures: outcomes.every((side) => side.failures.size > 0) ? failures : new Set(), models };
}
