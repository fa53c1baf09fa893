/** Conditions that may test only some of what there is: who may call a route, what a meter counts. */
import type { Condition as TreeCondition } from "../syntax/index.ts";
import { checkCondition } from "./conditions.ts";
import type { Attribute, Condition, ProgramFile } from "./program.ts";
import type { Scope } from "./scope.ts";

/** What such a condition may test, and how that is said. */
export interface Allowed {
  readonly test: (attribute: Attribute) => boolean;
  /** "a meter counts by what the request says": the reason, without a full stop. */
  readonly because: string;
}

/** As `checkCondition`; what the condition may not test, in a `let` too, is reported. */
export function checkRestricted(
  node: TreeCondition,
  allowed: Allowed,
  file: ProgramFile,
  scope: Scope,
): Condition | undefined {
  const condition = checkCondition(node, file, scope);
  const other = condition && firstTested(condition, (attribute) => !allowed.test(attribute));
  if (other === undefined) return condition;
  scope.report.error("RT2011", file.name, node.span, `\`${other.name}\` cannot be tested here: ${allowed.because}`);
  return undefined;
}

/** The first attribute, from the left, that a condition tests and that is of a kind. */
function firstTested(condition: Condition, wanted: (attribute: Attribute) => boolean): Attribute | undefined {
  switch (condition.kind) {
    case "always":
      return undefined;
    case "atom":
      return wanted(condition.attribute) ? condition.attribute : undefined;
    case "not":
      return firstTested(condition.operand, wanted);
    default:
      for (const operand of condition.operands) {
        const found = firstTested(operand, wanted);
        if (found !== undefined) return found;
      }
      return undefined;
  }
}
