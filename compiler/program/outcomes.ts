/** What can come out of expressions: who may answer, and how they can fail; and what nothing can ever lead to. */
import { type Expression, FAILURES, type Failure, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import type { Cascade, Condition, ElseBranch, Hedge, Step, Expression as TreeExpression } from "../syntax/index.ts";
import { confidenceIn } from "./gates.ts";
import { heldPlans, isWatched } from "./held.ts";
import { isFaulty } from "./model-facts.ts";
import type { Declared } from "./names.ts";
import type { DeclaredModel, ProgramFile } from "./program.ts";
import type { Scope } from "./scope.ts";

type DeclaredPlan = Extract<Declared, { kind: "plan" }>;

export interface Outcome {
  readonly failures: ReadonlySet<Failure>;
  /** How it can fail once content of it has been let out and is held around it: a hedge has called off its other sides. */
  readonly breaks: ReadonlySet<Failure>;
  /** Every model that an answer can be of. */
  readonly models: ReadonlySet<string>;
}

/** The outcome of a named plan. */
export type PlanOutcomes = (plan: string) => Outcome;

/** Nothing is claimed of what is faulty: it may fail in every way. */
const UNKNOWN: Outcome = { failures: new Set(FAILURES), breaks: new Set(), models: new Set() };

/**
 * What can come out of each plan; reports plans that lead back to themselves, and what `checkOutcome` does, of a plan that
 * stands in several places what is so in all of them.
 *
 * @param runs of all rules.
 */
export function planOutcomes(
  plans: readonly DeclaredPlan[],
  expressions: ReadonlyMap<string, Expression | undefined>,
  runs: readonly Expression[],
  scope: Scope,
): PlanOutcomes {
  const held = heldPlans(expressions, runs);
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
    const walk = { plans: visit, file: plan.file, scope, asked: [], held: held.has(name) };
    const outcome = expressionOutcome(plan.declaration.run, run, walk);
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
 * @param asked the models of which one is asked for where `model` stands.
 */
export function checkOutcome(
  node: TreeExpression,
  resolved: Expression,
  plans: PlanOutcomes,
  file: ProgramFile,
  scope: Scope,
  asked: readonly DeclaredModel[] = [],
): void {
  expressionOutcome(node, resolved, { plans, file, scope, asked, held: false });
}

interface Walk {
  readonly plans: PlanOutcomes;
  readonly file: ProgramFile;
  readonly scope: Scope;
  readonly asked: readonly DeclaredModel[];
  /** Whether the answer is held, so that its stream can fail after its first content. */
  readonly held: boolean;
}

/** A failure goes to the first later branch that takes it; what none takes comes out. */
function expressionOutcome({ first, branches }: TreeExpression, resolved: Expression, walk: Walk): Outcome {
  if (branches.length === 0 || resolved.kind !== "else") return stepOutcome(first, resolved, walk);
  const { then } = resolved;
  const before = (next: number, step: Step, run: Expression): Outcome =>
    isWatched(then, next) ? keptOutcome(step, run, walk) : stepOutcome(step, run, walk);
  let { failures, breaks, models } = before(0, first, resolved.first);
  for (const [index, { on, run }] of then.entries()) {
    const branch = branches[index] as ElseBranch;
    const isBroken = on.some((failure) => breaks.has(failure));
    const isFailed = on.some((failure) => failures.has(failure));
    if (!isFailed && !isBroken) reportNeverTaken(branch, whyNever(union(failures, breaks), index), walk);
    else if (on.every((failure) => failure === "over_budget")) checkBudgets(branch, models, walk);
    // Also of one that is never taken: what follows from that mistake is no other one.
    const next = before(index + 1, branch.step, run);
    failures = union(without(failures, on), isFailed || !isBroken ? next.failures : new Set());
    breaks = union(without(breaks, on), isBroken ? union(next.breaks, next.failures) : next.breaks);
    models = union(models, next.models);
  }
  return { failures, breaks, models };
}

/** Of a step whose answer is held right there. */
function keptOutcome(step: Step, resolved: Expression, walk: Walk): Outcome {
  const { failures, breaks, models } = stepOutcome(step, resolved, { ...walk, held: true });
  return { failures: union(failures, breaks), breaks: new Set(), models };
}

function without(failures: ReadonlySet<Failure>, on: readonly Failure[]): ReadonlySet<Failure> {
  return new Set([...failures].filter((failure) => !on.includes(failure)));
}

function union<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...one, ...other]);
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

/** Warns of an `else` for what only a budget brings about, where none counts the calls before it. */
function checkBudgets({ on = [], span }: ElseBranch, models: ReadonlySet<string>, { file, scope }: Walk): void {
  const counted = [...scope.names.all].some((declared) => {
    if (declared.kind !== "meter" || declared.declaration.meter !== "budget") return false;
    // Of a budget that could not be understood anything may be so.
    const only = scope.meterOf(declared)?.facts.on ?? [];
    return only.length === 0 || [...models].some((name) => covers(only, name, scope));
  });
  if (counted) return;
  const where = { start: on[0]?.span.start ?? span.start, end: on.at(-1)?.span.end ?? span.end };
  scope.report.warning("RT3015", file.name, where, "no call before this fails so: no budget counts it", {
    help: "a `budget` without `on` counts all calls",
  });
}

function covers(on: readonly string[], name: string, { models }: Scope): boolean {
  return on.includes(name) || on.includes(models.get(name)?.facts.provider ?? name);
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
      return { failures: new Set(), breaks: new Set(), models: new Set() };
    default:
      if (resolved.kind === "plan") {
        const outcome = walk.plans(resolved.plan);
        return walk.held ? outcome : { ...outcome, breaks: new Set() };
      }
      return {
        failures: new Set(FAILURES),
        breaks: new Set(walk.held ? FAILURES : []),
        models: new Set(
          target.kind === "name" && target.name.text === "model"
            ? walk.asked.map(({ facts }) => facts.name)
            : modelsIn(resolved),
        ),
      };
  }
}

function anyOf(outcomes: readonly Outcome[]): Outcome {
  return {
    failures: new Set(outcomes.flatMap(({ failures }) => [...failures])),
    breaks: new Set(outcomes.flatMap(({ breaks }) => [...breaks])),
    models: new Set(outcomes.flatMap(({ models }) => [...models])),
  };
}

function onlyRejects({ failures, models }: Outcome): boolean {
  return failures.size === 0 && models.size === 0;
}

/** A step that fails only does not accept, so that the last one alone decides how the whole fails. */
function cascadeOutcome({ steps }: Cascade, parts: readonly Expression[], walk: Walk): Outcome {
  const outcomes = steps.map(({ step, accept }, i) => {
    const run = parts[i] as Expression;
    const outcome = accept === undefined ? stepOutcome(step, run, walk) : keptOutcome(step, run, walk);
    if (accept !== undefined && onlyRejects(outcome)) reportGateOfNothing(step, walk);
    else if (accept !== undefined) checkConfidence(accept, outcome, walk);
    return outcome;
  });
  return { ...(outcomes.at(-1) ?? UNKNOWN), models: anyOf(outcomes).models };
}

function reportGateOfNothing({ span }: Step, { file, scope }: Walk): void {
  scope.report.error("RT3008", file.name, span, "this step only rejects: it gives no answer that a gate could accept", {
    help: "let it be the last step of the `cascade`, which has no gate",
  });
}

/** Of more models than this only so many are told. */
const MOST_TOLD = 5;

function checkConfidence(gate: Condition, { models }: Outcome, { file, scope, asked }: Walk): void {
  const span = confidenceIn(gate);
  if (span === undefined) return;
  const without = [...models].flatMap((name) => {
    const model = scope.models.get(name) ?? asked.find(({ facts }) => facts.name === name);
    return model === undefined || model.facts.can.includes("logprobs") || isFaulty(name, scope) ? [] : [model];
  });
  if (without.length === 0) return;
  const told = without.slice(0, MOST_TOLD);
  const rest = without.length > told.length ? ` and ${without.length - told.length} more` : "";
  const names = `${told.map(({ facts }) => `\`${facts.name}\``).join(", ")}${rest}`;
  const message = `${names} ${without.length === 1 ? "gives" : "give"} no \`confidence\`: it is computed from log-probabilities of tokens`;
  scope.report.error("RT2016", file.name, span, message, {
    help: 'where a provider returns them, its models say `can [logprobs]`; `judge(model, "file")` works with every model',
    related: told.map(({ facts, place }) => ({ ...place, message: `\`${facts.name}\` does not say that it can` })),
  });
}

/** It fails when all sides have failed, or one that has called off the others. */
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
  const { breaks } = anyOf(last < 0 ? outcomes : outcomes.slice(0, last));
  return { failures: outcomes.every((side) => side.failures.size > 0) ? failures : new Set(), breaks, models };
}
