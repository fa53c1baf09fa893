/**
 * Where an answer is held to its end before it is passed on: while a gate is to decide on it, or a later `else` takes
 * failures that only its end shows. There a stream can fail after its first content, as runtime/plan/frames.ts has it.
 */
import { type ElseExpression, type Expression, type Failure, partsOf } from "../../runtime/table/artifact.ts";

const BY_CONTENT: readonly Failure[] = ["filtered", "refused"];

/** Whether one of these failures is known only at the end of an answer. */
export function isByContent(failures: readonly Failure[]): boolean {
  return failures.some((failure) => BY_CONTENT.includes(failure));
}

/** Whether an `else` chain holds the answers of what stands before its branch `next`. */
export function isWatched(then: ElseExpression["then"], next: number): boolean {
  return then.some(({ on }, i) => i >= next && isByContent(on));
}

/** The plans whose answer is held somewhere in `runs`; and those that stand nowhere in them, and so may stand anywhere. */
export function heldPlans(
  plans: ReadonlyMap<string, Expression | undefined>,
  runs: readonly Expression[],
): ReadonlySet<string> {
  const met = new Set<string>();
  const held = new Set<string>();
  const visit = (expression: Expression, isHeld: boolean): void => {
    switch (expression.kind) {
      case "plan":
        visitPlan(expression.plan, isHeld);
        break;
      case "else":
        visit(expression.first, isHeld || isWatched(expression.then, 0));
        for (const [i, { run }] of expression.then.entries()) visit(run, isHeld || isWatched(expression.then, i + 1));
        break;
      case "cascade":
        for (const { run, accept } of expression.steps) visit(run, isHeld || accept !== undefined);
        break;
      default:
        for (const part of partsOf(expression)) visit(part, isHeld);
    }
  };
  const visitPlan = (name: string, isHeld: boolean): void => {
    const known = isHeld ? held : met;
    if (known.has(name)) return;
    known.add(name);
    const run = plans.get(name);
    if (run !== undefined) visit(run, isHeld);
  };
  for (const run of runs) visit(run, false);
  for (const name of plans.keys()) if (!met.has(name) && !held.has(name)) visitPlan(name, true);
  return held;
}
