/** *Extract plan*, *inline plan* and *extract condition*: other words for the same decisions. */
import { CodeActionKind } from "vscode-languageserver-protocol";
import type { Condition, Expression, Step, Target } from "../../compiler/syntax/index.ts";
import { lookUp, visibleFrom } from "../names/symbols.ts";
import { moved, type Node, nodesWithin } from "../text/tree.ts";
import { beginningOf, type Refactoring, type Selected, sourceOf } from "./action.ts";

export function* extractions(selected: Selected): Generator<Refactoring> {
  yield* extractPlan(selected);
  yield* inlinePlan(selected);
  yield* extractCondition(selected);
}

function isExpression(node: Node): node is Expression {
  return "first" in node && "branches" in node;
}

/** What draws by chance hashes the name of its plan: under another name it would draw others. */
function draws(node: Node): boolean {
  return [...nodesWithin(node)].some(({ kind }) => kind === "split" || kind === "spread");
}

/** What could not be read, or means something only where it stands. */
function isBound(node: Node): boolean {
  return [...nodesWithin(node)].some(
    (each) => each.kind === "name" && /^(?:model)?$/.test((each as Extract<Target, { kind: "name" }>).name.text),
  );
}

function* extractPlan(selected: Selected): Generator<Refactoring> {
  const { nodes, base, declaration } = selected;
  if (declaration.kind !== "route" || declaration.broken) return;
  const expression = nodes.findLast(isExpression);
  if (expression === undefined || isPlainName(expression) || draws(expression) || isBound(expression)) return;
  // A rejection alone is no plan that something could go on from.
  if (expression.branches.length === 0 && expression.first.target.kind === "reject") return;
  const name = freeName("extracted_plan", selected);
  const at = beginningOf(selected);
  yield {
    title: "extract plan",
    kind: CodeActionKind.RefactorExtract,
    changes: [
      { span: { start: at, end: at }, text: `plan ${name} = ${sourceOf(expression, selected)}\n\n` },
      { span: moved(expression.span, base), text: name },
    ],
  };
}

function isPlainName({ first, branches }: Expression): boolean {
  return branches.length === 0 && first.target.kind === "name" && first.with === undefined;
}

function* inlinePlan(selected: Selected): Generator<Refactoring> {
  const { nodes, base, document, workspace } = selected;
  const target = nodes.findLast(
    (node): node is Extract<Target, { kind: "name" }> => node.kind === "name" && "name" in node,
  );
  const step = nodes.findLast((node): node is Step => "target" in node && "with" in node);
  if (target === undefined || step === undefined) return;
  const found = lookUp(target.name.text, document, workspace);
  const plan = found?.definer;
  if (found === undefined || plan === undefined || !("kind" in plan) || plan.kind !== "plan" || plan.broken) return;
  if (draws(plan.run) || isBound(plan.run) || /\/\//.test(planSource())) return;
  // Files of prompts are named from where the plan stands.
  if (found.document !== document && /"/.test(planSource())) return;
  const isStep = plan.run.branches.length === 0 && (plan.run.first.with === undefined || step.with === undefined);
  yield {
    title: `inline plan \`${target.name.text}\``,
    kind: CodeActionKind.RefactorInline,
    changes: [{ span: moved(target.span, base), text: isStep ? planSource() : `(${planSource()})` }],
  };

  function planSource(): string {
    const { start, end } = moved((plan as { run: Expression }).run.span, found?.base ?? 0);
    return (found?.document.text ?? "").slice(start, end);
  }
}

const CONDITIONS: readonly string[] = ["or", "and", "not", "comparison"];

/** Plans have parentheses too. */
function isCondition(node: Node): node is Condition {
  return CONDITIONS.includes(node.kind ?? "") || (node.kind === "parens" && "condition" in node);
}

function* extractCondition(selected: Selected): Generator<Refactoring> {
  const { nodes, base, declaration } = selected;
  if ((declaration.kind !== "route" && declaration.kind !== "prove") || declaration.broken) return;
  // Only what is over requests, and not over models or answers.
  if (nodes.some(({ kind }) => kind === "set" || kind === "every" || kind === "cascade")) return;
  const condition = nodes.findLast(isCondition);
  if (condition === undefined || [...nodesWithin(condition)].some((node) => "text" in node && node.text === "")) return;
  if (condition.kind === "comparison" && condition.operand.kind === "judge") return;
  const inner = condition.kind === "parens" ? condition.condition : condition;
  const name = freeName("extracted_condition", selected);
  const at = beginningOf(selected);
  yield {
    title: "extract condition",
    kind: CodeActionKind.RefactorExtract,
    changes: [
      { span: { start: at, end: at }, text: `let ${name} = ${sourceOf(inner, selected)}\n\n` },
      { span: moved(condition.span, base), text: name },
    ],
  };
}

function freeName(wanted: string, { document, workspace }: Selected): string {
  const taken = new Set(
    workspace.documents.flatMap((other) => [...visibleFrom(other, workspace)].map(({ name }) => name)),
  );
  for (const { name } of visibleFrom(document, workspace)) taken.add(name);
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}
