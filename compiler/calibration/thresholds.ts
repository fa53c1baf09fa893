/** The numbers of a policy that can be calibrated: what rules compare signals with, and gates the facts of answers. */
import type { GateCondition, GateTest, Expression as TableExpression } from "../../runtime/table/artifact.ts";
import { ANSWER } from "../program/answers.ts";
import type { Condition, Program, ProgramFile, Route } from "../program/program.ts";
import { isNumber, isWhole, type Type } from "../program/types.ts";
import type { Expression, Rule, Span, Step, Condition as TreeCondition, Value } from "../syntax/tree.ts";

export type Order = "<" | "<=" | ">" | ">=";

export interface Threshold {
  /** As written: `confidence`, `judge`, or the name of a signal. */
  readonly of: string;
  /** Whether it is of an answer, and not of the request. */
  readonly isGate: boolean;
  readonly op: Order;
  /** The number in the policy, in the units of the table. */
  readonly value: number;
  readonly type: Type;
  readonly range: readonly [min: number, max: number];
  readonly file: ProgramFile;
  /** The literal. */
  readonly literal: Span;
  /** The comparison that it stands in. */
  readonly comparison: Span;
}

/** Where conditions have their thresholds. */
export interface Thresholds {
  readonly all: readonly Threshold[];
  /** By the identity of a condition's atom, or of a gate's test. */
  readonly at: ReadonlyMap<object, number>;
  /** Whether requests can come to a gate or a signal at all: then outcomes say something of the route, numbers or none. */
  readonly asks: boolean;
}

export function passes(op: Order, value: number, threshold: number): boolean {
  switch (op) {
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
  }
}

/**
 * The thresholds that requests of a route can come to.
 *
 * @param only names of facts and signals: others keep the number that they have; undefined where all are meant
 */
export function thresholdsOf(program: Program, route: Route, only: readonly string[] | undefined): Thresholds {
  const written = comparisonsIn(program);
  const all: Threshold[] = [];
  const at = new Map<object, number>();
  const byLiteral = new Map<Span, number>();
  let asks = false;
  const add = (node: object, threshold: Threshold): void => {
    if (only !== undefined && !only.includes(threshold.of)) return;
    // A `let` that two rules name is one number.
    const index = byLiteral.get(threshold.literal) ?? all.push(threshold) - 1;
    byLiteral.set(threshold.literal, index);
    at.set(node, index);
  };
  const addCondition = (condition: Condition): void => {
    if (condition.kind === "and" || condition.kind === "or") condition.operands.forEach(addCondition);
    else if (condition.kind === "not") addCondition(condition.operand);
    else if (condition.kind === "atom" && condition.attribute.source.from === "signal") {
      asks = true;
      const { attribute, node } = condition;
      const place = node && written.get(node);
      if (place === undefined || !isNumber(attribute.type)) return;
      const { name: of, type, range } = attribute;
      add(condition, { of, isGate: false, type, range, ...place });
    }
  };
  const plans = new Map(program.plans.map(({ name, run }) => [name, run]));
  const gates = gatesIn(program);
  const addGates = (run: TableExpression, seen: readonly string[]): void => {
    if (run.kind === "plan") {
      const plan = plans.get(run.plan);
      if (plan !== undefined && !seen.includes(run.plan)) addGates(plan, [...seen, run.plan]);
    } else if (run.kind === "cascade")
      for (const step of run.steps) {
        addGates(step.run, seen);
        if (step.accept !== undefined) addGate(step.accept);
      }
    else if (run.kind === "else") addGates(run.first, seen);
    else if (run.kind === "hedge") addGates(run.first, seen);
    else if (run.kind === "split") for (const side of run.sides) addGates(side.run, seen);
  };
  const addGate = (gate: GateCondition): void => {
    asks = true;
    if (gate.kind !== "test") gate.of.forEach(addGate);
    else {
      const place = gates.get(gate);
      if (place !== undefined) add(gate, { of: gate.fact, isGate: true, ...place });
    }
  };
  for (const { condition, run } of route.rules) {
    addCondition(condition);
    addGates(run, []);
  }
  return { all, at, asks };
}

type Written = Pick<Threshold, "op" | "value" | "file" | "literal" | "comparison">;

/** The comparisons of rules, `let`s and arms with a number, by the very span that the checked condition has of them. */
function comparisonsIn({ files }: Program): ReadonlyMap<Span, Written> {
  const found = new Map<Span, Written>();
  for (const file of files) {
    const add = (comparison: Span, op: string, value: Value): void => {
      const written = writtenAs(comparison, op, value, file);
      if (written !== undefined) found.set(comparison, written);
    };
    const inCondition = (node: TreeCondition): void => {
      if (node.kind === "parens") inCondition(node.condition);
      else if (node.kind === "not") inCondition(node.operand);
      else if (node.kind === "and" || node.kind === "or") node.operands.forEach(inCondition);
      else if (node.kind === "comparison" && node.test?.kind === "compare")
        add(node.span, node.test.op, node.test.value);
    };
    const inRules = (rules: readonly Rule[]): void => {
      for (const rule of rules) {
        if (rule.kind === "when" || rule.kind === "group") inCondition(rule.condition);
        if (rule.kind === "group") inRules(rule.rules);
        if (rule.kind === "match")
          for (const { alternatives } of rule.arms.flatMap(({ patterns }) => patterns))
            for (const each of alternatives) if (each.kind === "bound") add(each.span, each.op, each.value);
      }
    };
    for (const declaration of file.tree.declarations) {
      if (declaration.kind === "let") inCondition(declaration.condition);
      if (declaration.kind === "route") inRules(declaration.rules);
    }
  }
  return found;
}

function writtenAs(comparison: Span, op: string, value: Value, file: ProgramFile): Written | undefined {
  if (op === "==" || op === "!=" || value.kind === "word" || typeof value.value !== "number") return undefined;
  return { op: op as Order, value: value.value, file, literal: value.span, comparison };
}

/** The tests of gates with a number, by identity: the tree of each cascade walked beside what was made of it. */
function gatesIn({
  files,
  plans,
  routes,
}: Program): ReadonlyMap<GateTest, Written & Pick<Threshold, "type" | "range">> {
  const found = new Map<GateTest, Written & Pick<Threshold, "type" | "range">>();
  const runs = new Map(plans.map(({ name, run }) => [name, run]));
  for (const file of files) {
    const inGate = (node: TreeCondition, gate: GateCondition): void => {
      if (node.kind === "parens") inGate(node.condition, gate);
      else if (node.kind === "not" && gate.kind === "not") inGate(node.operand, gate.of[0] as GateCondition);
      else if ((node.kind === "and" || node.kind === "or") && gate.kind === node.kind)
        node.operands.forEach((operand, index) => {
          inGate(operand, gate.of[index] as GateCondition);
        });
      else if (node.kind === "comparison" && node.test?.kind === "compare" && gate.kind === "test") {
        const written = writtenAs(node.span, node.test.op, node.test.value, file);
        const { type = SCORE, range = [0, 1] } = ANSWER.get(gate.fact) ?? {};
        if (written !== undefined) found.set(gate, { ...written, type, range });
      }
    };
    const inExpression = (node: Expression, run: TableExpression): void => {
      if (node.branches.length === 0) inStep(node.first, run);
      else if (run.kind === "else") inStep(node.first, run.first);
    };
    const inStep = ({ target }: Step, run: TableExpression): void => {
      if (target.kind === "parens") inExpression(target.expression, run);
      else if (target.kind === "split" && run.kind === "split")
        target.sides.forEach((side, index) => {
          inExpression(side.run, run.sides[index]?.run as TableExpression);
        });
      else if (target.kind === "hedge" && run.kind === "hedge") inExpression(target.first, run.first);
      else if (target.kind === "cascade" && run.kind === "cascade")
        target.steps.forEach(({ step, accept }, index) => {
          const made = run.steps[index];
          if (made === undefined) return;
          inStep(step, made.run);
          if (accept !== undefined && made.accept !== undefined) inGate(accept, made.accept);
        });
    };
    for (const declaration of file.tree.declarations) {
      if (declaration.kind === "plan") {
        const run = runs.get(declaration.name.text);
        if (run !== undefined) inExpression(declaration.run, run);
      }
      if (declaration.kind !== "route") continue;
      const arrows = declaration.run === undefined ? arrowsOf(declaration.rules) : [declaration.run];
      // Each model of a `route each` has a route of its own, made from the same arrows.
      for (const route of routes)
        if (route.place.file === file.name && route.place.span.start === declaration.keyword.start)
          arrows.forEach((arrow, index) => {
            const rule = route.rules[index];
            if (rule !== undefined) inExpression(arrow, rule.run);
          });
    }
  }
  return found;
}

const SCORE: Type = { kind: "score" };

/** As rules are numbered: depth first. */
function arrowsOf(rules: readonly Rule[]): Expression[] {
  return rules.flatMap((rule) => {
    if (rule.kind === "group") return arrowsOf(rule.rules);
    return rule.kind === "match" ? rule.arms.map(({ run }) => run) : [rule.run];
  });
}

/** Longer than any number that a policy has. */
const [MOST_DIGITS, LEAST_DIGITS] = [15, -17];

/**
 * The number with the fewest digits, near the middle, that tells the values up to `below` from those from `above` on.
 * Undefined where the type has none: nothing is above the largest value, nor below the least. An end that is undefined is
 * the edge of the type, and the number is that edge where it will do.
 */
export function cutBetween(
  { op, type, range: [min, max] }: Pick<Threshold, "op" | "type" | "range">,
  below: number | undefined,
  above: number | undefined,
): number | undefined {
  // With `>=` and `<` the number itself belongs to the upper side.
  const upper = op === ">=" || op === "<";
  const fits = (cut: number): boolean =>
    cut >= min &&
    cut <= max &&
    (below === undefined || (upper ? below < cut : below <= cut)) &&
    (above === undefined || (upper ? cut <= above : cut < above));
  if (below === undefined && fits(min)) return min;
  if (above === undefined && fits(max)) return max;
  const middle = ((below ?? min) + (above ?? max)) / 2;
  for (let digits = MOST_DIGITS; digits >= (isWhole(type) ? 0 : LEAST_DIGITS); digits--) {
    const unit = 10 ** Math.abs(digits);
    const cut =
      digits >= 0 ? Math.round(middle / unit) * unit : Number((Math.round(middle * unit) / unit).toFixed(-digits));
    if (fits(cut)) return cut;
  }
  return [below, above].find((end): end is number => end !== undefined && fits(end));
}
