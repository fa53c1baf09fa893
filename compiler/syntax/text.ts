/** Nodes of the tree on one line, as findings and tables show them. */
import { canonical, condition, type Spelling } from "./condition-text.ts";
import { lineOf, textOf } from "./pieces.ts";
import { expression } from "./plan-text.ts";
import { arm, rule } from "./rule-text.ts";
import type * as tree from "./tree.ts";

export { asWritten } from "./condition-text.ts";

/** A plan or part of one on one line: `opus else gpt5`. Of literals, `spelling` says how they are written. */
export function formatExpression(node: tree.Expression, spelling: Spelling = canonical): string {
  return textOf(expression(node, spelling));
}

/** A condition on one line: `tier == free and not critical`. */
export function formatCondition(node: tree.Condition, spelling: Spelling = canonical): string {
  return textOf(condition(node, spelling));
}

/** An arm of a `match` on one line: `free, _ -> cheap`. */
export function formatArm(node: tree.Arm, spelling: Spelling = canonical): string {
  return textOf(lineOf(arm(node, undefined, spelling)));
}

/** A rule on one line: `when tier == free -> cheap`. */
export function formatRule(node: tree.Rule, spelling: Spelling = canonical): string {
  return textOf(lineOf(rule(node, spelling)));
}
