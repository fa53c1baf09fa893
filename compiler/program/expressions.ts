/** What arrows point at: steps, their alternatives, and what can never be reached in them. */
import type { Expression, Failure, Options } from "../../runtime/table/index.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Name, Options as OptionsNode, Step, Expression as TreeExpression } from "../syntax/index.ts";
import type { Names } from "./names.ts";
import type { ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";
import { checkValue } from "./values.ts";

/** Plain `else` is `else on failed`: every failure but those in which the provider did what it was asked to. */
const FAILED: readonly Failure[] = [
  "rate_limited",
  "timeout",
  "overloaded",
  "server_error",
  "unreachable",
  "over_budget",
  "too_long",
  "unsupported",
  "unauthorized",
];
const ALL_FAILURES: readonly Failure[] = [...FAILED, "filtered", "refused", "invalid"];

/** Options that a later version knows. */
const LATER_OPTIONS = ["idle", "retries", "max_tokens", "temperature", "reasoning", "system", "tools"];

/** Milliseconds in a day: a longer wait is a slip of the unit. */
const LONGEST = 86_400_000;

/** The expression with its names resolved; undefined when a part of it is faulty, after reporting. */
export function checkExpression(
  node: TreeExpression,
  file: ProgramFile,
  names: Names,
  report: Report,
): Expression | undefined {
  const first = checkStep(node.first, file, names, report);
  const branches = node.branches.map((branch) => {
    const on = branch.on === undefined ? FAILED : checkFailures(branch.on, file, report);
    const run = checkStep(branch.step, file, names, report);
    return on && run && { on: [...on], run };
  });
  if (first === undefined || branches.includes(undefined)) return undefined;
  const then = branches.filter((branch) => branch !== undefined);
  return then.length === 0 ? first : { kind: "else", first, then };
}

function checkFailures(names: readonly Name[], file: ProgramFile, report: Report): readonly Failure[] | undefined {
  const found = new Set<Failure>();
  let faulty = false;
  for (const { text, span } of names) {
    const failure = ALL_FAILURES.find((known) => known === text);
    if (failure !== undefined) found.add(failure);
    else if (text === "failed") for (const each of FAILED) found.add(each);
    else {
      faulty = true;
      report.error("RT2001", file.name, span, `\`${text}\` is no failure: expected one of ${ALL_FAILURES.join(", ")}`, {
        ...didYouMean(nearest(text, ["failed", ...ALL_FAILURES])),
      });
    }
  }
  // In the order of the language's own list, so that the same set always gives the same table.
  return faulty ? undefined : ALL_FAILURES.filter((failure) => found.has(failure));
}

function checkStep(step: Step, file: ProgramFile, names: Names, report: Report): Expression | undefined {
  const options = step.with && checkOptions(step.with, file.name, report);
  const target = checkTarget(step, file, names, report);
  if (target === undefined || (step.with !== undefined && options === undefined)) return undefined;
  if (options === undefined || target.kind === "reject") return target;
  // What stands nearer to a step wins.
  return { ...target, with: { ...options, ...target.with } };
}

function checkTarget({ target }: Step, file: ProgramFile, names: Names, report: Report): Expression | undefined {
  switch (target.kind) {
    case "parens":
      return checkExpression(target.expression, file, names, report);
    case "reject": {
      const { status, text } = target;
      if (status.kind !== "int" || status.value < 400 || status.value > 599) {
        report.error("RT2004", file.name, status.span, "`reject` takes an HTTP status from 400 to 599");
        return undefined;
      }
      return { kind: "reject", status: status.value, ...(text && { text: text.text }) };
    }
    case "name": {
      const declared = names.resolve(target.name, file, ["model", "plan"], report);
      if (declared === undefined) return undefined;
      return declared.kind === "model"
        ? { kind: "call", model: declared.name.text }
        : { kind: "plan", plan: declared.name.text };
    }
  }
}

/** What `with { … }` sets; undefined when an option is faulty, after reporting. */
export function checkOptions(node: OptionsNode, file: string, report: Report): Options | undefined {
  const options: Options = {};
  const before = report.diagnostics.length;
  const seen = new Set<string>();
  for (const { name, value, span } of node.options) {
    if (seen.has(name.text)) report.error("RT2008", file, name.span, `\`${name.text}\` is given twice`);
    seen.add(name.text);
    if (name.text === "timeout") {
      const timeout = checkValue(value, { kind: "duration" }, [1, LONGEST], file, report);
      if (timeout !== undefined) options.timeout = timeout as number;
    } else if (LATER_OPTIONS.includes(name.text))
      report.error("RT1004", file, span, `the option \`${name.text}\` is not supported by this version of routec`);
    else
      report.error("RT2006", file, name.span, `there is no option \`${name.text}\``, {
        ...didYouMean(nearest(name.text, ["timeout", ...LATER_OPTIONS])),
      });
  }
  return report.diagnostics.length === before ? options : undefined;
}

/**
 * Reports every `else` of an expression that nothing can lead to: a failure goes to the first later branch that takes
 * it, so one that no step before it can fail with, or that earlier branches take, never arrives.
 *
 * @param failuresOf the failures that can come out of a named plan.
 * @returns the failures that can come out of the expression.
 */
export function checkBranches(
  node: TreeExpression,
  resolved: Expression,
  failuresOf: (plan: string) => ReadonlySet<Failure>,
  file: string,
  report: Report,
): ReadonlySet<Failure> {
  const branches = resolved.kind === "else" && node.branches.length > 0 ? resolved.then : [];
  const steps = [node.first, ...node.branches.map((branch) => branch.step)];
  const runs =
    resolved.kind === "else" && branches.length > 0 ? [resolved.first, ...branches.map((b) => b.run)] : [resolved];
  // Failures under way, that is, raised by a step before and not taken yet.
  let loose: ReadonlySet<Failure> = stepFailures(steps[0] as Step, runs[0] as Expression, failuresOf, file, report);
  for (const [index, { on }] of branches.entries()) {
    const branch = node.branches[index] as TreeExpression["branches"][number];
    const taken = on.filter((failure) => loose.has(failure));
    if (taken.length === 0) {
      report.error("RT3004", file, branch.span, whyNever(loose, index), {
        fix: { title: "remove it", edits: [{ file, span: branch.span, text: "" }] },
      });
      continue;
    }
    const raised = stepFailures(branch.step, runs[index + 1] as Expression, failuresOf, file, report);
    loose = new Set([...[...loose].filter((failure) => !on.includes(failure)), ...raised]);
  }
  return loose;
}

function whyNever(loose: ReadonlySet<Failure>, index: number): string {
  if (loose.size > 0) return "this `else` can never be taken: no step before it fails in such a way";
  return index === 0
    ? "this `else` can never be taken: what stands before it only rejects"
    : "this `else` can never be taken: earlier ones take every failure, and what stands before it only rejects";
}

function stepFailures(
  step: Step,
  resolved: Expression,
  failuresOf: (plan: string) => ReadonlySet<Failure>,
  file: string,
  report: Report,
): ReadonlySet<Failure> {
  if (step.target.kind === "parens") return checkBranches(step.target.expression, resolved, failuresOf, file, report);
  if (resolved.kind === "call") return new Set(ALL_FAILURES);
  return resolved.kind === "plan" ? failuresOf(resolved.plan) : new Set();
}
