/** The gates of a cascade: conditions over an answer. */
import type { GateCondition, GateTest, ValueTest } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import { tablePattern } from "../strings/index.ts";
import type { Comparison, Judgement, Span, Condition as TreeCondition } from "../syntax/index.ts";
import { ANSWER } from "./answers.ts";
import { builtIn } from "./builtins.ts";
import { checkTest } from "./conditions.ts";
import { resolveModel } from "./model-facts.ts";
import { describeKind } from "./names.ts";
import { subjectOf } from "./operands.ts";
import type { Atom, Attribute, Condition, ProgramFile } from "./program.ts";
import { checkPrompt } from "./prompts.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";
import { describeType } from "./types.ts";

const JUDGED = builtIn("judge", { kind: "score" })[1];

const NAMES = [...ANSWER.keys()];
const SEEN = `a gate sees the answer only: ${NAMES.map((name) => `\`${name}\``).join(", ")} and \`judge(model, "file")\``;

/** What a test of a gate is about: how the table names it, and how it is compared. */
interface Fact {
  readonly named: Pick<GateTest, "fact" | "judge">;
  readonly compared: Attribute;
}

/** Undefined when a part of the gate is faulty, after reporting. */
export function checkGate(node: TreeCondition, file: ProgramFile, scope: Scope): GateCondition | undefined {
  switch (node.kind) {
    case "parens":
      return checkGate(node.condition, file, scope);
    case "not": {
      const operand = checkGate(node.operand, file, scope);
      return operand && { kind: "not", of: [operand] };
    }
    case "and":
    case "or": {
      const operands = node.operands.map((operand) => checkGate(operand, file, scope));
      const known = operands.filter((operand) => operand !== undefined);
      return known.length < operands.length ? undefined : { kind: node.kind, of: known };
    }
    case "can":
      scope.report.error("RT2011", file.name, node.span, "`can` is asked of models, not of answers", { help: SEEN });
      return undefined;
    case "comparison":
      return checkComparison(node, file, scope);
  }
}

function checkComparison(node: Comparison, file: ProgramFile, scope: Scope): GateCondition | undefined {
  const { operand, test, span } = node;
  const fact = operand.kind === "judge" ? checkJudge(operand, file, scope) : checkFact(operand, file, scope);
  if (fact === undefined) return undefined;
  const { named, compared } = fact;
  if (test !== undefined) {
    const condition = checkTest(test, subjectOf(compared), span, file, scope.report);
    return condition && lowered(condition, named);
  }
  if (compared.type.kind === "bool") return { kind: "test", ...named, test: { kind: "true" } };
  scope.report.error("RT2003", file.name, span, `\`${compared.name}\` is not a bool: compare it with a value`, {
    help: `it is ${describeType(compared.type)}`,
  });
  return undefined;
}

function checkFact(
  { path, span }: Exclude<Comparison["operand"], Judgement>,
  file: ProgramFile,
  { names, report }: Scope,
): Fact | undefined {
  const name = path.map(({ text }) => text).join(".");
  // Stands for a condition that could not be read.
  if (name === "") return undefined;
  const compared = ANSWER.get(name);
  if (compared !== undefined) return { named: { fact: name as GateTest["fact"] }, compared };
  const declared = names.find(path[0]?.text ?? "", file);
  if (declared === undefined) {
    const meant = nearest(name, NAMES);
    const help = meant === undefined ? { help: SEEN } : didYouMean(meant);
    report.error("RT2001", file.name, span, `\`${name}\` is nothing that a gate sees`, help);
  } else {
    const message = `\`${declared.name.text}\` is ${describeKind(declared.kind)}: a gate tests the answer`;
    report.error("RT2011", file.name, span, message, { help: SEEN });
  }
  return undefined;
}

function checkJudge({ model, prompt }: Judgement, file: ProgramFile, scope: Scope): Fact | undefined {
  const name = resolveModel(model, file, scope);
  const text = checkPrompt(prompt, file, scope);
  if (name === undefined || text === undefined) return undefined;
  return { named: { fact: "judge", judge: { model: name, prompt: text } }, compared: JUDGED };
}

/** A condition of which every atom tests the one fact, as the table has it. */
function lowered(condition: Condition, named: Fact["named"]): GateCondition {
  switch (condition.kind) {
    case "always":
      throw new Error("a comparison always tests something");
    case "and":
    case "or":
      return { kind: condition.kind, of: condition.operands.map((operand) => lowered(operand, named)) };
    case "not":
      return { kind: "not", of: [lowered(condition.operand, named)] };
    case "atom":
      return { kind: "test", ...named, test: valueTest(condition.atom) };
  }
}

function valueTest(atom: Atom): ValueTest {
  switch (atom.kind) {
    case "true":
      return { kind: "true" };
    case "members":
      return { kind: "members", members: [...atom.members] };
    case "interval": {
      const { from, to } = atom;
      return { kind: "interval", ...(from && { from: { ...from } }), ...(to && { to: { ...to } }) };
    }
    case "text":
      return atom.atom.kind === "equals" ? { kind: "equals", text: atom.atom.text } : tablePattern(atom.atom);
  }
}

/** Where a gate first tests the confidence of an answer, if it does. */
export function confidenceIn(node: TreeCondition): Span | undefined {
  switch (node.kind) {
    case "parens":
      return confidenceIn(node.condition);
    case "not":
      return confidenceIn(node.operand);
    case "and":
    case "or":
      return node.operands.map(confidenceIn).find((span) => span !== undefined);
    case "can":
      return undefined;
    case "comparison": {
      const { operand } = node;
      return operand.kind === "path" && operand.path.length === 1 && operand.path[0]?.text === "confidence"
        ? operand.span
        : undefined;
    }
  }
}
