/** What is written for the parts of a program that are counted: trees beside what they mean. */

import { type Place as PlanPlace, partPlace, placeOfPlan, placeOfRule } from "../../runtime/simulation/places.ts";
import { type Expression, partsOf } from "../../runtime/table/artifact.ts";
import type { Place } from "../diagnostics/index.ts";
import type { Program } from "../program/program.ts";
import type {
  Span,
  Step,
  Condition as TreeCondition,
  Expression as TreeExpression,
  Rule as TreeRule,
} from "../syntax/tree.ts";

/** A step of a plan, or a gate of one. */
export interface WrittenStep extends Place {
  readonly kind: "step" | "gate";
  readonly at: PlanPlace;
}

/**
 * The steps of all plans and rules: each that asks a model, chooses from a set, rejects or runs a plan; and the gates of
 * cascades. A rule that has one step only is that step.
 */
export function writtenSteps(program: Program): readonly WrittenStep[] {
  const plans = new Map(program.plans.map((plan) => [plan.name, plan.run]));
  const arrows = new Map<string, TreeExpression>();
  const found: WrittenStep[] = [];
  for (const { name: file, tree } of program.files)
    for (const node of tree.declarations) {
      const run = node.kind === "plan" ? plans.get(node.name.text) : undefined;
      if (node.kind === "plan" && run !== undefined)
        found.push(...stepsOf(node.run, run, placeOfPlan(node.name.text), file));
      if (node.kind !== "route") continue;
      // A short form stands for itself; rules are known by their spans.
      if (node.run !== undefined) arrows.set(keyOf({ file, span: node.run.span }), node.run);
      for (const { span, run } of arrowsIn(node.rules)) arrows.set(keyOf({ file, span }), run);
    }
  for (const { names, rules } of program.routes)
    for (const [index, { place, run }] of rules.entries()) {
      const arrow = arrows.get(keyOf(place));
      if (arrow === undefined || partsOf(run).length === 0) continue;
      found.push(...stepsOf(arrow, run, placeOfRule(names[0] ?? "", index), place.file));
    }
  return found;
}

export function keyOf({ file, span }: Place): string {
  return `${file}:${span.start}-${span.end}`;
}

function arrowsIn(rules: readonly TreeRule[]): readonly { readonly span: Span; readonly run: TreeExpression }[] {
  return rules.flatMap((rule) =>
    rule.kind === "group" ? arrowsIn(rule.rules) : rule.kind === "match" ? rule.arms : [rule],
  );
}

function stepsOf(node: TreeExpression, run: Expression, at: PlanPlace, file: string): WrittenStep[] {
  if (node.branches.length === 0) return stepOf(node.first, run, at, file);
  const parts = partsOf(run);
  return [node.first, ...node.branches.map(({ step }) => step)].flatMap((step, i) =>
    stepOf(step, parts[i] as Expression, partPlace(at, i), file),
  );
}

function stepOf({ target, span }: Step, run: Expression, at: PlanPlace, file: string): WrittenStep[] {
  const parts = partsOf(run);
  const within = (inner: TreeExpression, i: number): WrittenStep[] =>
    stepsOf(inner, parts[i] as Expression, partPlace(at, i), file);
  switch (target.kind) {
    case "parens":
      return stepsOf(target.expression, run, at, file);
    case "split":
      return target.sides.flatMap((side, i) => within(side.run, i));
    case "hedge":
      return [target.first, ...target.then.map((side) => side.run)].flatMap(within);
    case "cascade":
      return target.steps.flatMap(({ step, accept }, i): WrittenStep[] => {
        const inner = partPlace(at, i);
        const gate: WrittenStep[] = accept === undefined ? [] : [{ kind: "gate", at: inner, file, span: accept.span }];
        return [...stepOf(step, parts[i] as Expression, inner, file), ...gate];
      });
    default:
      return [{ kind: "step", at, file, span }];
  }
}

/** The files in which something is written at a span, by the span: comparisons of conditions, and patterns of arms. */
export function writtenComparisons({ files }: Program): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = ({ start, end }: Span, file: string): void => {
    const key = `${start}-${end}`;
    found.set(key, [...(found.get(key) ?? []), file]);
  };
  const addCondition = (node: TreeCondition, file: string): void => {
    if (node.kind === "parens") addCondition(node.condition, file);
    else if (node.kind === "not") addCondition(node.operand, file);
    else if (node.kind === "comparison") add(node.span, file);
    else if (node.kind !== "can") for (const operand of node.operands) addCondition(operand, file);
  };
  const addRules = (rules: readonly TreeRule[], file: string): void => {
    for (const rule of rules) {
      if (rule.kind === "when" || rule.kind === "group") addCondition(rule.condition, file);
      if (rule.kind === "group") addRules(rule.rules, file);
      if (rule.kind === "match") for (const { patterns } of rule.arms) for (const { span } of patterns) add(span, file);
    }
  };
  for (const { name, tree } of files)
    for (const node of tree.declarations) {
      if (node.kind === "let") addCondition(node.condition, name);
      if (node.kind === "route") addRules(node.rules, name);
    }
  return found;
}
