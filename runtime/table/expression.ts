/** What plans are made of, whatever is done with them. */
import type { Expression, GateCondition } from "./decision-table.generated.ts";

/** The expressions directly within an expression, in the order in which they are written. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "else":
      return [expression.first, ...expression.then.map(({ run }) => run)];
    case "split":
      return expression.sides.map(({ run }) => run);
    case "cascade":
      return expression.steps.map(({ run }) => run);
    case "hedge":
      return [expression.first, ...expression.then.map(({ run }) => run)];
    default:
      return [];
  }
}

/** The models that an expression itself names, without those of its parts and of plans that it names: judges too. */
export function modelsIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "call":
      return [expression.model];
    case "select":
    case "adaptive":
      return expression.models;
    case "spread":
      return expression.sides.map(({ model }) => model);
    case "cascade":
      return expression.steps.flatMap(({ accept }) => (accept === undefined ? [] : judgesIn(accept)));
    default:
      return [];
  }
}

function judgesIn(gate: GateCondition): readonly string[] {
  if (gate.kind !== "test") return gate.of.flatMap(judgesIn);
  return gate.judge === undefined ? [] : [gate.judge.model];
}
