/** Routes: rules flattened depth first, each with the whole condition under which it decides. */
import type { Expression as TableExpression } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type {
  Arm,
  Expression,
  MatchRule,
  RouteDeclaration,
  Setting,
  Span,
  Condition as TreeCondition,
  Rule as TreeRule,
} from "../syntax/index.ts";
import { asWritten, formatArm, formatExpression, formatRule } from "../syntax/index.ts";
import { RULE_WORDS } from "../syntax/rules.ts";
import { checkCondition, checkPattern } from "./conditions.ts";
import { checkExpression } from "./expressions.ts";
import { mayContinue } from "./interruption.ts";
import { resolveOperand, type Subject } from "./operands.ts";
import type { Condition, Match, ProgramFile, Route, Rule, When } from "./program.ts";
import { didYouMean } from "./report.ts";
import { type Allowed, checkRestricted } from "./restrict.ts";
import type { Scope } from "./scope.ts";
import { checkValue } from "./values.ts";

/** Of a route that says none: the time within which official clients give up. */
export const DEFAULT_DEADLINE = 600_000;
const LONGEST_WAIT = 86_400_000;

const ALWAYS: Condition = { kind: "always" };

interface Flattening {
  readonly file: ProgramFile;
  readonly names: readonly string[];
  readonly scope: Scope;
  readonly rules: Rule[];
  readonly matches: Match[];
  readonly whens: When[];
  /** What an arrow points at, so that its branches can be checked once all plans are known. */
  readonly arrows: { node: Expression; resolved: TableExpression }[];
  broken: boolean;
}

export interface CheckedRoute {
  readonly route: Route;
  readonly arrows: readonly { readonly node: Expression; readonly resolved: TableExpression }[];
}

export function checkRoute(node: RouteDeclaration, file: ProgramFile, scope: Scope): CheckedRoute {
  const names = node.names.map((name) => name.text);
  const into: Flattening = { file, names, scope, rules: [], matches: [], whens: [], arrows: [], broken: node.broken };
  const settings = checkSettings(node, into);
  if (node.run !== undefined)
    addRule(
      into,
      ALWAYS,
      node.run,
      node.run.span,
      () => `-> ${formatExpression(node.run as Expression, asWritten(file.text))}`,
    );
  flatten(node.rules, ALWAYS, into);
  const { rules, matches, whens, arrows } = into;
  const span = { start: node.keyword.start, end: node.names.at(-1)?.span.end ?? node.keyword.end };
  const place = { file: file.name, span };
  return { route: { names, ...settings, rules, matches, whens, broken: into.broken, place }, arrows };
}

type Settings = Pick<Route, "for" | "strict" | "deadline" | "reuse">;

const SETTINGS = ["for", "strict", "deadline", "reuse"];

function checkSettings({ settings }: RouteDeclaration, into: Flattening): Settings {
  const { file, scope } = into;
  const { report } = scope;
  const found: { -readonly [K in keyof Settings]: Settings[K] } = {
    for: undefined,
    strict: false,
    deadline: DEFAULT_DEADLINE,
    reuse: undefined,
  };
  const seen = new Set<string>();
  for (const setting of settings) {
    const { text, span } = setting.name;
    if (seen.has(text)) {
      report.error("RT2008", file.name, span, `\`${text}\` is given twice`);
      continue;
    }
    seen.add(text);
    if (setting.kind === "strict") found.strict = true;
    else if (setting.kind === "for") {
      found.for = checkRestricted(setting.condition, CALLERS, file, scope);
      // Without it the rules would be said to forget requests that never come to them.
      if (found.for === undefined) into.broken = true;
    } else if (setting.kind === "reuse") found.reuse = checkReuse(setting, file, scope);
    else if (text === "deadline") {
      const deadline = checkValue(setting.value, { kind: "duration" }, [1, LONGEST_WAIT], file.name, report);
      if (typeof deadline === "number") found.deadline = deadline;
    } else
      report.error("RT2006", file.name, span, `a route has no setting \`${text}\`: expected ${SETTINGS.join(", ")}`, {
        ...didYouMean(nearest(text, [...SETTINGS, ...RULE_WORDS])),
      });
  }
  return found;
}

const CALLERS: Allowed = {
  test: ({ source }) => source.from === "claim" || source.from === "header",
  because: "who may call a route is told by `claim` and `header` attributes",
};

function checkReuse(
  { duration, per }: Extract<Setting, { kind: "reuse" }>,
  file: ProgramFile,
  { names, report }: Scope,
): Route["reuse"] {
  const time = checkValue(duration, { kind: "duration" }, [1, LONGEST_WAIT], file.name, report);
  const known = per.map((name) => names.resolve(name, file, ["attribute"], report)?.name.text);
  return typeof time === "number" ? { for: time, per: known.filter((name) => name !== undefined) } : undefined;
}

function flatten(rules: readonly TreeRule[], outer: Condition, into: Flattening): void {
  const { file, scope } = into;
  for (const rule of rules) {
    mayContinue();
    switch (rule.kind) {
      case "when": {
        const condition = checkCondition(rule.condition, file, scope);
        const add = (): void =>
          addRule(into, both(outer, condition), rule.run, rule.span, () => formatRule(rule, asWritten(file.text)));
        addWhen(rule.condition, condition, outer, into, add);
        break;
      }
      case "group": {
        const condition = checkCondition(rule.condition, file, scope);
        if (condition === undefined) into.broken = true;
        if (rule.rules.length === 0 && !into.broken)
          scope.report.warning("RT3015", file.name, rule.span, "this group has no rule: what comes to it goes on", {
            fix: { title: "remove it", edits: [{ file: file.name, span: rule.span, text: "" }], unsafe: true },
          });
        // Rules under a faulty condition are still checked for faults of their own.
        addWhen(rule.condition, condition, outer, into, () =>
          flatten(rule.rules, both(outer, condition) ?? outer, into),
        );
        break;
      }
      case "match":
        flattenMatch(rule, outer, into);
        break;
      case "otherwise":
        addRule(into, outer, rule.run, rule.span, () => formatRule(rule, asWritten(file.text)));
        break;
    }
  }
}

/** Adds a `when` with the rules that `addRules` adds. */
function addWhen(
  written: TreeCondition,
  condition: Condition | undefined,
  outer: Condition,
  into: Flattening,
  addRules: () => void,
): void {
  const { rules, whens } = into;
  const [at, first] = [whens.length, rules.length];
  addRules();
  if (condition === undefined) return;
  const place = { file: into.file.name, span: written.span };
  whens.splice(at, 0, { written, condition, outer, first, end: rules.length, place });
}

function both(outer: Condition, inner: Condition | undefined): Condition | undefined {
  if (inner === undefined) return undefined;
  return outer.kind === "always" ? inner : { kind: "and", operands: [outer, inner] };
}

function addRule(
  into: Flattening,
  condition: Condition | undefined,
  run: Expression,
  span: Span,
  text: () => string,
): void {
  const resolved = checkExpression(run, into.file, into.scope, {
    name: `${into.names[0]}:${into.rules.length}`,
    asked: undefined,
  });
  if (condition === undefined || resolved === undefined) {
    into.broken = true;
    return;
  }
  into.arrows.push({ node: run, resolved });
  into.rules.push({
    // Made when asked for: a table and `explain` show it, a check does not.
    get text() {
      return text();
    },
    condition,
    run: resolved,
    place: { file: into.file.name, span },
  });
}

function flattenMatch(node: MatchRule, outer: Condition, into: Flattening): void {
  const { file, scope } = into;
  const operands = node.operands.map((operand) => resolveOperand(operand, file, scope));
  const first = into.rules.length;
  for (const arm of node.arms) {
    addRule(into, both(outer, armCondition(arm, operands, into)), arm.run, arm.span, () =>
      formatArm(arm, asWritten(into.file.text)),
    );
  }
  const known = operands.filter((operand) => operand !== undefined);
  const place = {
    file: file.name,
    span: { start: node.span.start, end: node.operands.at(-1)?.span.end ?? node.span.end },
  };
  if (known.length === operands.length)
    into.matches.push({
      condition: outer,
      first,
      end: into.rules.length,
      operands: known.map(({ attribute }) => attribute),
      place,
    });
}

function armCondition(
  arm: Arm,
  operands: readonly (Subject | undefined)[],
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
