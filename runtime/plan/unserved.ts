/** What a table may hold and this version does not carry out: it is refused, because half a policy is worse than none. */
import { type DecisionTable, type Expression, type Options, partsOf } from "../table/index.ts";

/** Each thing once, as its author would call it; empty for a table that can be served whole. */
export function unserved(table: DecisionTable): readonly string[] {
  const found = new Set<string>();
  for (const { name, with: options } of table.providers) addOptions(options, `provider \`${name}\``, found);
  for (const { name, with: options } of table.models) addOptions(options, `model \`${name}\``, found);
  for (const { name, run } of table.plans) addExpression(run, `plan \`${name}\``, found);
  for (const { names, rules } of table.routes)
    for (const { run } of rules) addExpression(run, `route \`${names[0]}\``, found);
  return [...found];
}

function addExpression(expression: Expression, where: string, found: Set<string>): void {
  if (expression.kind !== "reject") addOptions(expression.with, where, found);
  for (const part of partsOf(expression)) addExpression(part, where, found);
}

/** The protocols served have words for how much to reason, and no numbers. */
function addOptions(options: Options | undefined, where: string, found: Set<string>): void {
  if (typeof options?.reasoning === "number") found.add(`\`reasoning ${options.reasoning}\` in ${where}`);
}
