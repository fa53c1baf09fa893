/** The tokens of conditions, plans and rules, as texts. */
import type * as tree from "../../../compiler/syntax/index.ts";

/** A comma that may be left out. */
export const MAYBE_COMMA = ",?";

export const separated = (lists: string[][], separator: string) =>
  lists.flatMap((list, i) => (i === 0 ? list : [separator, ...list]));
export const listed = (lists: string[][]) => separated(lists, ",");
export const loose = (lists: string[][]) => lists.flatMap((list) => [...list, MAYBE_COMMA]);
export const braces = (tokens: string[]) => ["{", ...tokens, "}"];
export const brackets = (tokens: string[]) => ["[", ...tokens, "]"];
export const optional = <T>(node: T | undefined, tokens: (node: T) => string[]) =>
  node === undefined ? [] : tokens(node);

export const namesTokens = (names: readonly tree.Name[]) => listed(names.map((name) => [name.text]));
export const wordToken = ({ text, quoted }: Pick<tree.Word, "text" | "quoted">) =>
  quoted ? JSON.stringify(text) : text;
export const wordTokens = (words: readonly tree.Word[]) => loose(words.map((word) => [wordToken(word)]));
export const pairTokens = ({ name, value }: { name: tree.Name; value: tree.Value }) => [
  name.text,
  ...valueTokens(value),
];

export function valueTokens(node: tree.Value): string[] {
  switch (node.kind) {
    case "word":
      return [wordToken(node)];
    case "bool":
    case "int":
      return [String(node.value)];
    case "decimal":
      return [node.value.toFixed(3)];
    case "percent":
      return [`${node.value}%`];
    case "money":
      return [`$${Math.floor(node.value / 1e9)}.${String(node.value % 1e9).padStart(9, "0")}`];
    case "duration":
      return [`${node.value}ms`];
    case "clock":
      return [[node.value / 60, node.value % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":")];
  }
}

export const rangeTokens = ({ from, to }: tree.Range) => [...valueTokens(from), "..", ...valueTokens(to)];
export const regexToken = ({ source, ignoreCase }: tree.Regex) => `/${source}/${ignoreCase ? "i" : ""}`;
export const pathTokens = (path: readonly tree.Name[]) =>
  separated(
    path.map(({ text }) => [text]),
    ".",
  );

function operandTokens(node: tree.Operand | tree.Judgement): string[] {
  if (node.kind === "path") return pathTokens(node.path);
  return ["judge", "(", node.model.text, ",", wordToken(node.prompt), ")"];
}

export function conditionTokens(node: tree.Condition): string[] {
  switch (node.kind) {
    case "or":
    case "and":
      return separated(node.operands.map(conditionTokens), node.kind);
    case "not":
      return ["not", ...conditionTokens(node.operand)];
    case "can":
      return ["can", wordToken(node.capability)];
    case "parens":
      return ["(", ...conditionTokens(node.condition), ")"];
    case "comparison":
      return [...operandTokens(node.operand), ...optional(node.test, testTokens)];
  }
}

function testTokens(node: tree.Test): string[] {
  switch (node.kind) {
    case "compare":
      return [node.op, ...valueTokens(node.value)];
    case "in": {
      const values = "kind" in node.values ? rangeTokens(node.values) : braces(loose(node.values.map(valueTokens)));
      return [...(node.negated ? ["not"] : []), "in", ...values];
    }
    case "matches":
      return ["matches", regexToken(node.regex)];
    default:
      return [node.kind, wordToken(node.text)];
  }
}

export function expressionTokens({ first, branches }: tree.Expression): string[] {
  return [...stepTokens(first), ...branches.flatMap(branchTokens)];
}

function branchTokens({ on, step }: tree.ElseBranch): string[] {
  return ["else", ...optional(on, (failures) => ["on", ...namesTokens(failures)]), ...stepTokens(step)];
}

function stepTokens(node: tree.Step): string[] {
  return [...targetTokens(node.target), ...optional(node.with, (options) => ["with", ...optionsTokens(options)])];
}

export function optionsTokens({ options }: tree.Options): string[] {
  const tokens = options.map(({ name, value, list }) => [
    ...[name.text, ...valueTokens(value)],
    ...optional(list, ({ items }) => [...(name.text === "tools" ? [] : ["on"]), ...brackets(wordTokens(items))]),
  ]);
  return braces(loose(tokens));
}

function targetTokens(node: tree.Target): string[] {
  switch (node.kind) {
    case "name":
      return [node.name.text];
    case "parens":
      return ["(", ...expressionTokens(node.expression), ")"];
    case "reject":
      return ["reject", ...valueTokens(node.status), ...optional(node.text, (text) => [wordToken(text)])];
    case "selector":
      return [node.order.text, ...setTokens(node.set)];
    case "spread": {
      const shares = node.shares.map(({ share, name }) => [...optional(share, valueTokens), name.text]);
      return ["spread", ...braces(loose(shares)), ...byTokens(node)];
    }
    case "adaptive":
      return ["adaptive", ...setTokens(node.set), "by", ...braces(loose(node.weights.map(pairTokens)))];
    case "split": {
      const sides = node.sides.flatMap(({ share, run }) => [...valueTokens(share), ...closed(run)]);
      return ["split", ...braces(sides), ...byTokens(node)];
    }
    case "cascade": {
      const steps = node.steps.map(({ step, accept }) => [
        ...stepTokens(step),
        ...optional(accept, (condition) => ["accept", "when", ...conditionTokens(condition)]),
      ]);
      return ["cascade", ...braces(loose(steps))];
    }
    case "hedge": {
      const then = node.then.flatMap(({ after, run }) => ["after", ...valueTokens(after), ...expressionTokens(run)]);
      return ["hedge", ...braces([...expressionTokens(node.first), ...then])];
    }
  }
}

const byTokens = ({ by }: { by: tree.Name | undefined }) => optional(by, ({ text }) => ["by", text]);

export function setTokens({ where, names }: tree.ModelSet): string[] {
  return braces(where ? ["models", "where", ...conditionTokens(where)] : loose(names.map((name) => [name.text])));
}

/** A plan that ends with `reject` needs its comma: what follows could be taken for the status or the text. */
function closed(run: tree.Expression): string[] {
  const { target } = run.branches.at(-1)?.step ?? run.first;
  const open = target.kind === "reject" || (target.kind === "name" && target.name.text === "reject");
  return [...expressionTokens(run), open ? "," : MAYBE_COMMA];
}

export function ruleTokens(node: tree.Rule): string[] {
  switch (node.kind) {
    case "when":
      return ["when", ...conditionTokens(node.condition), "->", ...expressionTokens(node.run)];
    case "group":
      return ["when", ...conditionTokens(node.condition), ...braces(loose(node.rules.map(ruleTokens)))];
    case "otherwise":
      return ["otherwise", "->", ...expressionTokens(node.run)];
    case "match":
      return ["match", ...listed(node.operands.map(operandTokens)), ...braces(node.arms.flatMap(armTokens))];
  }
}

const armTokens = ({ patterns, run }: tree.Arm) => [...listed(patterns.map(patternTokens)), "->", ...closed(run)];

function patternTokens({ alternatives }: tree.Pattern): string[] {
  return separated(
    alternatives.map((node) => {
      if (node.kind === "any") return ["_"];
      if (node.kind === "bound") return [node.op, ...valueTokens(node.value)];
      return node.kind === "range" ? rangeTokens(node) : valueTokens(node);
    }),
    "|",
  );
}
