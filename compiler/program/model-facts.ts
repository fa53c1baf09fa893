/** Conditions over models' facts: `models where …` and `every model is …`. */
import type { Model } from "../../runtime/table/artifact.ts";
import { nearest } from "../diagnostics/index.ts";
import type { Comparison, ModelSet, Name, Test, Condition as TreeCondition, Value } from "../syntax/index.ts";
import { LARGEST } from "../syntax/literals.ts";
import { builtIn } from "./builtins.ts";
import { checkTest } from "./conditions.ts";
import { atomHolds } from "./interpret.ts";
import { CAPABILITIES } from "./models.ts";
import type { Declared } from "./names.ts";
import { subjectOf } from "./operands.ts";
import type { Attribute, Condition, ModelCondition, ModelFact, ProgramFile } from "./program.ts";
import { didYouMean } from "./report.ts";
import type { Scope } from "./scope.ts";
import { describeType, describeValue } from "./types.ts";

type WordFact = Extract<ModelFact, "provider" | "residency">;
type NumberFact = Exclude<ModelFact, WordFact>;
type ModelDeclared = Extract<Declared, { kind: "model" }>;

const TOKENS = [0, LARGEST] as const;

const NUMBERS: ReadonlyMap<string, Attribute> = new Map([
  builtIn("quality", { kind: "score" }),
  builtIn("context", { kind: "int" }, TOKENS),
  builtIn("output", { kind: "int" }, TOKENS),
  builtIn("price.input", { kind: "money" }),
  builtIn("price.output", { kind: "money" }),
]);

const FACTS = ["provider", "residency", ...NUMBERS.keys(), "tags"];

/** Undefined when a part of it is faulty, after reporting. */
export function checkModelCondition(node: TreeCondition, file: ProgramFile, scope: Scope): ModelCondition | undefined {
  switch (node.kind) {
    case "parens":
      return checkModelCondition(node.condition, file, scope);
    case "not": {
      const operand = checkModelCondition(node.operand, file, scope);
      return operand && { kind: "not", operand };
    }
    case "and":
    case "or":
      return combined(
        node.kind,
        node.operands.map((operand) => checkModelCondition(operand, file, scope)),
      );
    case "can": {
      const { text, span } = node.capability;
      if (CAPABILITIES.includes(text)) return { kind: "can", capability: text };
      const message = `\`${text}\` is no capability: expected ${CAPABILITIES.join(", ")}`;
      scope.report.error("RT2005", file.name, span, message, didYouMean(nearest(text, CAPABILITIES)));
      return undefined;
    }
    case "comparison":
      return checkComparison(node, file, scope);
  }
}

function combined(kind: "and" | "or", operands: readonly (ModelCondition | undefined)[]): ModelCondition | undefined {
  const known = operands.filter((operand) => operand !== undefined);
  return known.length < operands.length ? undefined : { kind, operands: known };
}

function checkComparison(node: Comparison, file: ProgramFile, scope: Scope): ModelCondition | undefined {
  const { operand, test, span } = node;
  const name = operand.kind === "judge" ? "judge" : operand.path.map(({ text }) => text).join(".");
  // Stands for a condition that could not be read.
  if (name === "") return undefined;
  if (name === "provider" || name === "residency") return checkWords(name, node, file, scope);
  if (name === "tags") {
    if (test?.kind === "contains") return { kind: "tag", tag: test.text.text };
    scope.report.error(
      "RT2003",
      file.name,
      span,
      '`tags` is a list: test it with `contains`, as in `tags contains "x"`',
    );
    return undefined;
  }
  const number = NUMBERS.get(name);
  if (number !== undefined && test !== undefined)
    return overFact(name as NumberFact, checkTest(test, subjectOf(number), span, file, scope.report));
  if (number !== undefined) {
    scope.report.error("RT2003", file.name, span, `\`${name}\` is not a bool: compare it with a value`, {
      help: `it is ${describeType(number.type)}`,
    });
    return undefined;
  }
  const message = `\`${name}\` is no fact of a model: expected ${FACTS.join(", ")} or \`can x\``;
  const parts = FACTS.filter((fact) => fact.startsWith(`${name}.`)).map((fact) => `\`${fact}\``);
  const help = parts.length > 0 ? { help: parts.join(" or ") } : didYouMean(nearest(name, FACTS));
  scope.report.error("RT2001", file.name, operand.span, message, help);
  return undefined;
}

/** A condition of which every atom tests the one fact. */
function overFact(fact: NumberFact, condition: Condition | undefined): ModelCondition | undefined {
  switch (condition?.kind) {
    case undefined:
      return undefined;
    case "always":
      return { kind: "and", operands: [] };
    case "and":
    case "or":
      return combined(
        condition.kind,
        condition.operands.map((operand) => overFact(fact, operand)),
      );
    case "not": {
      const operand = overFact(fact, condition.operand);
      return operand && { kind: "not", operand };
    }
    case "atom":
      return { kind: "fact", fact, atom: condition.atom };
  }
}

/** Words are equal or not: `==`, `!=`, `in`. */
function checkWords(
  fact: WordFact,
  { test, span }: Comparison,
  file: ProgramFile,
  scope: Scope,
): ModelCondition | undefined {
  const values = wordsOf(test);
  if (values === undefined) {
    const message = `\`${fact}\` is a name: test it with \`==\`, \`!=\` or \`in { … }\``;
    scope.report.error("RT2003", file.name, span, message);
    return undefined;
  }
  const members = values.map((value) => checkWord(fact, value, file, scope)).filter((word) => word !== undefined);
  if (members.length < values.length) return undefined;
  const among: ModelCondition = { kind: "fact", fact, atom: { kind: "members", members } };
  const negated = test?.kind === "in" ? test.negated : test?.kind === "compare" && test.op === "!=";
  return negated ? { kind: "not", operand: among } : among;
}

function wordsOf(test: Test | undefined): readonly Value[] | undefined {
  if (test?.kind === "compare") return test.op === "==" || test.op === "!=" ? [test.value] : undefined;
  return test?.kind === "in" && !("kind" in test.values) ? test.values : undefined;
}

function checkWord(fact: WordFact, value: Value, file: ProgramFile, { names, report }: Scope): string | undefined {
  if (value.kind !== "word") {
    const expected = fact === "provider" ? "the name of a provider" : "a word such as `eu`";
    report.error("RT2003", file.name, value.span, `this is ${describeValue(value)}: expected ${expected}`);
    return undefined;
  }
  if (fact === "residency") return value.text;
  return names.resolve(value, file, ["provider"], report)?.name.text;
}

/** What a condition can ask of a model. */
interface Conditioned {
  readonly facts: Partial<Pick<Model, "provider" | "residency" | "quality" | "context" | "output" | "price" | "tags">> &
    Pick<Model, "can">;
}

type Providers = Pick<Scope, "providers">;

/** Whether a condition holds of a model; undefined when the model lacks a fact that decides it. */
export function holdsOf(condition: ModelCondition, model: Conditioned, scope: Providers): boolean | undefined {
  switch (condition.kind) {
    case "and":
      return all(condition.operands.map((operand) => holdsOf(operand, model, scope)));
    case "or":
      return not(all(condition.operands.map((operand) => not(holdsOf(operand, model, scope)))));
    case "not":
      return not(holdsOf(condition.operand, model, scope));
    case "can":
      return model.facts.can.includes(condition.capability);
    case "tag":
      return model.facts.tags?.includes(condition.tag) ?? false;
    case "fact": {
      const value = factOf(condition.fact, model, scope);
      return value === undefined ? undefined : atomHolds(condition.atom, value);
    }
  }
}

/** Kleene's strong conjunction, in which undefined is what is not known. */
function all(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function factOf(fact: ModelFact, { facts }: Conditioned, { providers }: Providers): string | number | undefined {
  switch (fact) {
    case "price.input":
      return facts.price?.input;
    case "price.output":
      return facts.price?.output;
    case "residency":
      return facts.residency ?? providers.get(facts.provider ?? "")?.facts.residency;
    default:
      return facts[fact];
  }
}

/** The names of a set's models, each once; undefined when the set is faulty or empty, after reporting. */
export function checkModelSet(node: ModelSet, file: ProgramFile, scope: Scope): readonly string[] | undefined {
  if (node.where !== undefined) return modelsWhere(node.where, file, scope);
  return checkModels(node.names, file, scope);
}

/** The names of models that are listed, each once; undefined when one is faulty, after reporting. */
export function checkModels(names: readonly Name[], file: ProgramFile, scope: Scope): readonly string[] | undefined {
  const models = new Set<string>();
  let faulty = false;
  for (const name of names) {
    const model = resolveModel(name, file, scope);
    if (model === undefined) faulty = true;
    else if (models.has(model)) {
      faulty = true;
      scope.report.error("RT2002", file.name, name.span, `\`${model}\` is in the list already`);
    } else models.add(model);
  }
  return faulty ? undefined : [...models];
}

/** The name of a declared model, where only one will do; undefined after reporting. */
export function resolveModel(name: Name, file: ProgramFile, { names, report }: Scope): string | undefined {
  if (name.text !== "model") return names.resolve(name, file, ["model"], report)?.name.text;
  report.error("RT2011", file.name, name.span, "`model` is the name that a request asks for: expected a model", {
    help: "in a `route each` it stands for the model asked for, as a step of its own",
  });
  return undefined;
}

/** In order of declaration. A model that lacks a fact which decides is not among them. */
function modelsWhere(where: TreeCondition, file: ProgramFile, scope: Scope): readonly string[] | undefined {
  const condition = checkModelCondition(where, file, scope);
  if (condition === undefined) return undefined;
  const visible = [...scope.names.all].filter(
    (declared): declared is ModelDeclared =>
      declared.kind === "model" && scope.names.find(declared.name.text, file) === declared,
  );
  const found = visible.filter(({ name }) => {
    const model = scope.models.get(name.text);
    return model !== undefined && holdsOf(condition, model, scope) === true;
  });
  for (const declared of found) declared.used = true;
  if (found.length > 0) return found.map(({ name }) => name.text);
  if (!visible.some(({ name }) => isFaulty(name.text, scope))) {
    const written = file.text.slice(where.span.start, where.span.end).replace(/\s+/g, " ");
    scope.report.error("RT3007", file.name, where.span, `there is no model where \`${written}\``, {
      help: "of a model that lacks a fact, nothing that tests the fact is true",
    });
  }
  return undefined;
}

/** Whether something is wrong with a declared model or its provider: what it lacks may have been meant to be there. */
export function isFaulty(name: string, { models, providers, report }: Scope): boolean {
  const model = models.get(name);
  const provider = model && providers.get(model.facts.provider);
  if (model === undefined || provider === undefined) return true;
  return report.hasErrorIn(model.place) || report.hasErrorIn(provider.place);
}
