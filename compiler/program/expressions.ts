/** What arrows and plans point at: steps and their alternatives, with names resolved. */
import { type Expression, FAILED } from "../../runtime/table/artifact.ts";
import type { Cascade, Hedge, Name, Span, Split, Step, Target, Expression as TreeExpression } from "../syntax/index.ts";
import { checkAdaptive, checkSelector, checkShares, checkSpread, checkSticky, firstWord } from "./choices.ts";
import { checkFailures } from "./failures.ts";
import { checkGate } from "./gates.ts";
import { checkOptions, LONGEST_WAIT } from "./options.ts";
import type { ProgramFile } from "./program.ts";
import type { Report } from "./report.ts";
import type { PlanContext, Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

type Rejection = Extract<Target, { kind: "reject" }>;

/** The expression with its names resolved; undefined when a part of it is faulty, after reporting. */
export function checkExpression(
  node: TreeExpression,
  file: ProgramFile,
  scope: Scope,
  context: PlanContext,
): Expression | undefined {
  const first = checkStep(node.first, file, scope, context);
  const branches = node.branches.map((branch) => {
    const on = branch.on === undefined ? FAILED : checkFailures(branch.on, file, scope);
    const run = checkStep(branch.step, file, scope, context);
    return on && run && { on: [...on], run };
  });
  if (first === undefined || !allKnown(branches)) return undefined;
  return branches.length === 0 ? first : { kind: "else", first, then: branches };
}

function allKnown<T>(items: (T | undefined)[]): items is T[] {
  return !items.includes(undefined);
}

function checkStep(step: Step, file: ProgramFile, scope: Scope, context: PlanContext): Expression | undefined {
  const options = step.with && checkOptions(step.with, file, scope);
  const target = checkTarget(step.target, file, scope, context);
  if (target === undefined || (step.with !== undefined && options === undefined)) return undefined;
  if (options === undefined || target.kind === "reject") return target;
  // What stands nearer to a step wins.
  return { ...target, with: { ...options, ...target.with } };
}

function checkTarget(node: Target, file: ProgramFile, scope: Scope, context: PlanContext): Expression | undefined {
  switch (node.kind) {
    case "name":
      return checkName(node.name, file, scope, context);
    case "reject":
      return checkReject(node, file, scope);
    case "parens":
      return checkExpression(node.expression, file, scope, context);
    case "selector":
      return checkSelector(node, file, scope);
    case "spread":
      return checkSpread(node, file, scope, context.name);
    case "adaptive":
      return checkAdaptive(node, file, scope);
    case "split":
      return checkSplit(node, file, scope, context);
    case "cascade":
      return checkCascade(node, file, scope, context);
    case "hedge":
      return checkHedge(node, file, scope, context);
  }
}

function checkName(
  name: Name,
  file: ProgramFile,
  { names, report }: Scope,
  { asked }: PlanContext,
): Expression | undefined {
  if (name.text === "model") {
    if (asked !== undefined) return { kind: "call", model: asked };
    report.error("RT2011", file.name, name.span, "`model` is the model asked for, in a `route each` only", {
      help: "name a model or a plan",
    });
    return undefined;
  }
  const declared = names.resolve(name, file, ["model", "plan"], report);
  if (declared === undefined) return undefined;
  return declared.kind === "model"
    ? { kind: "call", model: declared.name.text }
    : { kind: "plan", plan: declared.name.text };
}

function checkReject({ status, text }: Rejection, file: ProgramFile, { report }: Scope): Expression | undefined {
  if (status.kind === "int" && status.value >= 400 && status.value <= 599)
    return { kind: "reject", status: status.value, ...(text && { text: text.text }) };
  report.error("RT2004", file.name, status.span, "`reject` takes an HTTP status from 400 to 599");
  return undefined;
}

function checkSplit(node: Split, file: ProgramFile, scope: Scope, context: PlanContext): Expression | undefined {
  const { name } = context;
  const shares = checkShares(
    node.sides.map(({ share }) => share),
    1,
    firstWord("split", node.span),
    file,
    scope.report,
  );
  const by = checkSticky(node.by, file, scope);
  // A draw within a side has a name of its own: by the same one it would always fall like this one.
  const runs = node.sides.map(({ run }, i) =>
    checkExpression(run, file, scope, { ...context, name: `${name}/${i + 1}` }),
  );
  if (shares === undefined || by === undefined || !allKnown(runs)) return undefined;
  return { kind: "split", name, ...by, sides: runs.map((run, i) => ({ share: shares[i] as number, run })) };
}

function checkCascade(node: Cascade, file: ProgramFile, scope: Scope, context: PlanContext): Expression | undefined {
  const { report } = scope;
  const steps = node.steps.map(({ step, accept, span }, i) => {
    const run = checkStep(step, file, scope, context);
    const gate = accept && checkGate(accept, file, scope);
    const last = i === node.steps.length - 1;
    if (run === undefined || (accept !== undefined && gate === undefined)) return undefined;
    if (last === (gate === undefined)) return { run, ...(gate && { accept: gate }) };
    if (accept !== undefined)
      report.error("RT3008", file.name, accept.span, "the last step of a `cascade` has no gate: nothing follows it", {
        help: "add a step after it, or remove its `accept when …`",
      });
    else
      report.error("RT3008", file.name, span, "every step of a `cascade` but the last has a gate: this one has none", {
        help: "say when its answer will do: `accept when not refused`",
      });
    return undefined;
  });
  if (steps.length === 0) report.error("RT3007", file.name, node.span, "this `cascade` has no step");
  if (steps.length === 1)
    warnOfOne(
      node,
      node.steps[0]?.step,
      "a `cascade` of one step is that step: there is none to go on to",
      file,
      report,
    );
  return steps.length > 0 && allKnown(steps) ? { kind: "cascade", steps } : undefined;
}

function warnOfOne(
  node: Cascade | Hedge,
  only: { readonly span: Span } | undefined,
  message: string,
  file: ProgramFile,
  report: Report,
): void {
  if (only === undefined) return;
  const text = file.text.slice(only.span.start, only.span.end);
  report.warning("RT3015", file.name, firstWord(node.kind, node.span), message, {
    fix: {
      title: `write \`${text}\``,
      edits: [{ file: file.name, span: node.span, text: `(${text})` }],
      unsafe: true,
    },
  });
}

function checkHedge(node: Hedge, file: ProgramFile, scope: Scope, context: PlanContext): Expression | undefined {
  const first = checkExpression(node.first, file, scope, context);
  if (node.then.length === 0)
    warnOfOne(node, node.first, "a `hedge` of one side is that side: there is none to start", file, scope.report);
  const then = node.then.map(({ after, run }) => {
    const delay = checkValue(after, { kind: "duration" }, [1, LONGEST_WAIT], file.name, scope.report);
    const checked = checkExpression(run, file, scope, context);
    return typeof delay === "number" && checked !== undefined ? { after: delay, run: checked } : undefined;
  });
  return first !== undefined && allKnown(then) ? { kind: "hedge", first, then } : undefined;
}
