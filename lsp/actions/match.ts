/** *Convert to match* and back: a chain of `when` that tests the same attributes, and the arms that say the same. */
import { CodeActionKind } from "vscode-languageserver-protocol";
import type {
  Comparison,
  Condition,
  MatchRule,
  Operand,
  Pattern,
  Rule,
  Test,
  Value,
} from "../../compiler/syntax/index.ts";
import { typeOf } from "../names/types.ts";
import { moved, type Node } from "../text/tree.ts";
import { indentOf, type Refactoring, type Selected, sourceOf } from "./action.ts";

export function* conversions(selected: Selected): Generator<Refactoring> {
  const { declaration, nodes, text } = selected;
  if (declaration.kind !== "route" || declaration.broken) return;
  // What stands between the rules would be lost.
  const hasComments = (from: number, to: number): boolean => text.slice(from, to).includes("//");
  const block = innermostBlock(declaration.rules, nodes);
  const match = nodes.findLast((node): node is MatchRule => node.kind === "match");
  if (match !== undefined && !hasComments(match.span.start, match.span.end)) yield* toWhens(match, block, selected);
  const last = block.at(-1);
  const at = block.findIndex((rule) => nodes.includes(rule));
  if (last === undefined || at < 0 || hasComments((block[at] as Rule).span.start, last.span.end)) return;
  yield* toMatch(block.slice(at), block === declaration.rules, selected);
}

/** The rules beside each other among which the selection is. */
function innermostBlock(rules: readonly Rule[], nodes: readonly Node[]): readonly Rule[] {
  const group = rules.find((rule) => rule.kind === "group" && nodes.includes(rule));
  if (group?.kind !== "group") return rules;
  return group.rules.some((rule) => nodes.includes(rule)) ? innermostBlock(group.rules, nodes) : rules;
}

function* toWhens(match: MatchRule, block: readonly Rule[], selected: Selected): Generator<Refactoring> {
  const indent = indentOf(match, selected);
  const lines: string[] = [];
  for (const [i, arm] of match.arms.entries()) {
    if (arm.patterns.length !== match.operands.length) return;
    const tests: string[] = [];
    for (const [j, pattern] of arm.patterns.entries()) {
      const operand = match.operands[j];
      if (operand?.kind !== "path") return;
      const test = testOf(operand, pattern, selected);
      if (test === undefined) return;
      if (test !== "") tests.push(test);
    }
    const run = sourceOf(arm.run, selected);
    if (tests.length > 0) lines.push(`when ${tests.join(" and ")} -> ${run}`);
    else if (i === match.arms.length - 1 && block.at(-1) === match) lines.push(`otherwise -> ${run}`);
    else return;
  }
  yield {
    title: "convert `match` to `when`",
    kind: CodeActionKind.RefactorRewrite,
    changes: [{ span: moved(match.span, selected.base), text: lines.join(`\n${indent}`) }],
  };
}

/** What a pattern tests, as a condition; empty of one that takes anything, undefined of one that has no such form. */
function testOf(operand: Operand, { alternatives }: Pattern, selected: Selected): string | undefined {
  if (alternatives.some(({ kind }) => kind === "any")) return "";
  const name = sourceOf(operand, selected);
  const [only] = alternatives;
  if (only !== undefined && alternatives.length === 1) {
    if (only.kind === "bound") return `${name} ${only.op} ${sourceOf(only.value, selected)}`;
    if (only.kind === "range") return `${name} in ${sourceOf(only, selected)}`;
    if (only.kind === "bool") return only.value ? name : `not ${name}`;
    return `${name} == ${sourceOf(only, selected)}`;
  }
  if (alternatives.every(({ kind }) => kind !== "bound" && kind !== "range"))
    return `${name} in { ${alternatives.map((each) => sourceOf(each, selected)).join(", ")} }`;
  const parts = alternatives.map((each) => testOf(operand, { alternatives: [each], span: each.span }, selected));
  return parts.includes(undefined) ? undefined : `(${parts.join(" or ")})`;
}

/** More attributes than these make rows that nobody reads. */
const MOST_OPERANDS = 4;

function* toMatch(rules: readonly Rule[], isTotal: boolean, selected: Selected): Generator<Refactoring> {
  const last = rules.at(-1);
  // A `match` decides all that reaches it.
  if (rules.length < 2 || last === undefined || (last.kind !== "otherwise" && !isTotal)) return;
  const rows: { readonly patterns: ReadonlyMap<string, string>; readonly run: string }[] = [];
  for (const rule of rules) {
    const patterns =
      rule.kind === "otherwise"
        ? new Map<string, string>()
        : rule.kind === "when"
          ? patternsOf(rule.condition, selected)
          : undefined;
    if (patterns === undefined || !("run" in rule)) return;
    rows.push({ patterns, run: sourceOf(rule.run, selected) });
  }
  const operands = [...new Set(rows.flatMap(({ patterns }) => [...patterns.keys()]))];
  if (operands.length === 0 || operands.length > MOST_OPERANDS) return;
  const [first] = rules as [Rule];
  const indent = indentOf(first, selected);
  const arms = rows.map(
    ({ patterns, run }) => `${indent}  ${operands.map((name) => patterns.get(name) ?? "_").join(", ")} -> ${run}`,
  );
  const span = moved({ start: first.span.start, end: last.span.end }, selected.base);
  yield {
    title: "convert to `match`",
    kind: CodeActionKind.RefactorRewrite,
    changes: [{ span, text: [`match ${operands.join(", ")} {`, ...arms, `${indent}}`].join("\n") }],
  };
}

/** By operand; undefined of a condition that is not `a and b and …` of what a pattern can say, each of another operand. */
function patternsOf(condition: Condition, selected: Selected): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const part of condition.kind === "and" ? condition.operands : [condition]) {
    const negated = part.kind === "not";
    const comparison = negated ? part.operand : part;
    if (comparison.kind !== "comparison" || comparison.operand.kind !== "path") return undefined;
    const name = comparison.operand.path.map(({ text }) => text).join(".");
    const pattern = patternOf(comparison, negated, selected);
    if (pattern === undefined || found.has(name)) return undefined;
    found.set(name, pattern);
  }
  return found;
}

function patternOf({ operand, test }: Comparison, negated: boolean, selected: Selected): string | undefined {
  if (operand.kind !== "path") return undefined;
  const type = typeOf(
    operand.path.map(({ text }) => text),
    "request",
    selected.document,
    selected.workspace,
  );
  // A `let` is no operand, and of what is not understood nothing is said.
  if (type === undefined) return undefined;
  if (test === undefined) return type.kind === "bool" ? String(!negated) : undefined;
  return negated ? undefined : patternOfTest(test, selected);
}

function patternOfTest(test: Test, selected: Selected): string | undefined {
  const written = (value: Value): string => sourceOf(value, selected);
  if (test.kind === "compare") {
    if (test.op === "!=") return undefined;
    return test.op === "==" ? written(test.value) : `${test.op} ${written(test.value)}`;
  }
  if (test.kind !== "in" || test.negated) return undefined;
  return "kind" in test.values ? sourceOf(test.values, selected) : test.values.map(written).join(" | ");
}
