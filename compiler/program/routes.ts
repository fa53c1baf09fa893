/** Routes: rules flattened depth first, each with the whole condition under which it decides. */
import type { Expression as TableExpression } from "../../runtime/table/index.ts";
import type { Arm, Expression, MatchRule, RouteDeclaration, Span, Rule as TreeRule } from "../syntax/index.ts";
import { asWritten, formatArm, formatExpression, formatRule } from "../syntax/index.ts";
import { checkCondition, checkPattern, resolveOperand, type Scope } from "./conditions.ts";
import { checkExpression } from "./expressions.ts";
import type { Attribute, Condition, Match, ProgramFile, Route, Rule } from "./program.ts";
import type { Report } from "./report.ts";
import { checkValue } from "./values.ts";

/** Of a route that says none: the time within which official clients give up. */
const DEFAULT_DEADLINE = 600_000;
const LONGEST_DEADLINE = 86_400_000;

const LATER_SETTINGS = ["for", "strict", "reuse"];

const ALWAYS: Condition = { kind: "always" };

interface Flattening {
  readonly file: ProgramFile;
  readonly scope: Scope;
  readonly rules: Rule[];
  readonly matches: Match[];
  /** What an arrow points at, so that its branches can be checked once all plans are known. */
  readonly arrows: { node: Expression; resolved: TableExpression }[];
  broken: boolean;
}

export interface CheckedRoute {
  readonly route: Route;
  readonly arrows: readonly { readonly node: Expression; readonly resolved: TableExpression }[];
}

export function checkRoute(node: RouteDeclaration, file: ProgramFile, scope: Scope): CheckedRoute {
  const into: Flattening = { file, scope, rules: [], matches: [], arrows: [], broken: node.broken };
  const deadline = checkSettings(node, file, scope.report);
  if (node.run !== undefined)
    addRule(into, ALWAYS, node.run, node.run.span, `-> ${formatExpression(node.run, asWritten(file.text))}`);
  flatten(node.rules, ALWAYS, into);
  const { rules, matches, broken, arrows } = into;
  const span = { start: node.keyword.start, end: node.names.at(-1)?.span.end ?? node.keyword.end };
  const names = node.names.map((name) => name.text);
  return { route: { names, deadline, rules, matches, broken, place: { file: file.name, span } }, arrows };
}

function checkSettings(node: RouteDeclaration, file: ProgramFile, report: Report): number {
  let deadline: number | undefined;
  for (const { name, value, span } of node.settings) {
    if (LATER_SETTINGS.includes(name.text))
      report.error("RT1004", file.name, span, `\`${name.text}\` of a route is not supported by this version of routec`);
    else if (name.text !== "deadline")
      report.error("RT2006", file.name, name.span, `a route has no setting \`${name.text}\`: expected \`deadline\``);
    else if (deadline !== undefined) report.error("RT2008", file.name, name.span, "`deadline` is given twice");
    else if (value.kind === "env" || value.kind === "list" || value.kind === "prices" || value.kind === "options")
      report.error("RT2003", file.name, value.span, "`deadline` takes a duration such as `60s`");
    else {
      const checked = checkValue(value, { kind: "duration" }, [1, LONGEST_DEADLINE], file.name, report);
      deadline = (checked as number | undefined) ?? DEFAULT_DEADLINE;
    }
  }
  return deadline ?? DEFAULT_DEADLINE;
}

function flatten(rules: readonly TreeRule[], outer: Condition, into: Flattening): void {
  const { file, scope } = into;
  for (const rule of rules) {
    switch (rule.kind) {
      case "when": {
        const condition = checkCondition(rule.condition, file, scope);
        addRule(into, both(outer, condition), rule.run, rule.span, formatRule(rule, asWritten(file.text)));
        break;
      }
      case "group": {
        const condition = both(outer, checkCondition(rule.condition, file, scope));
        if (condition === undefined) into.broken = true;
        // Rules under a faulty condition are still checked for faults of their own.
        flatten(rule.rules, condition ?? outer, into);
        break;
      }
      case "match":
        flattenMatch(rule, outer, into);
        break;
      case "otherwise":
        addRule(into, outer, rule.run, rule.span, formatRule(rule, asWritten(file.text)));
        break;
    }
  }
}

function both(outer: Condition, inner: Condition | undefined): Condition | undefined {
  if (inner === undefined) return undefined;
  return outer.kind === "always" ? inner : { kind: "and", operands: [outer, inner] };
}

function addRule(into: Flattening, condition: Condition | undefined, run: Expression, span: Span, text: string): void {
  const resolved = checkExpression(run, into.file, into.scope.names, into.scope.report);
  if (condition === undefined || resolved === undefined) {
    into.broken = true;
    return;
  }
  into.arrows.push({ node: run, resolved });
  into.rules.push({ text, condition, run: resolved, place: { file: into.file.name, span } });
}

function flattenMatch(node: MatchRule, outer: Condition, into: Flattening): void {
  const { file, scope } = into;
  const operands = node.operands.map((operand) => resolveOperand(operand, file, scope));
  const first = into.rules.length;
  for (const arm of node.arms) {
    addRule(
      into,
      both(outer, armCondition(arm, operands, into)),
      arm.run,
      arm.span,
      formatArm(arm, asWritten(into.file.text)),
    );
  }
  const known = operands.filter((operand) => operand !== undefined);
  const place = {
    file: file.name,
    span: { start: node.span.start, end: node.operands.at(-1)?.span.end ?? node.span.end },
  };
  if (known.length === operands.length)
    into.matches.push({ condition: outer, first, end: into.rules.length, operands: known, place });
}

function armCondition(
  arm: Arm,
  operands: readonly (Attribute | undefined)[],
  { file, scope }: Flattening,
): Condition | undefined {
  if (arm.patterns.length !== operands.length) {
    const last = arm.patterns.at(-1)?.span ?? arm.span;
    scope.report.error(
      "RT2013",
      file.name,
      { start: arm.patterns[0]?.span.start ?? arm.span.start, end: last.end },
      `this arm has ${arm.patterns.length} pattern${arm.patterns.length === 1 ? "" : "s"}: expected ${operands.length}, one for each operand of the \`match\``,
      { help: "`_` stands for any value" },
    );
    return undefined;
  }
  const parts = arm.patterns.map((pattern, index) => {
    const operand = operands[index];
    return operand && checkPattern(pattern, operand, file, scope.report);
  });
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  const telling = known.filter((part) => part.kind !== "always");
  if (telling.length === 0) return ALWAYS;
  return telling.length === 1 ? telling[0] : { kind: "and", operands: telling };
}
