/** Conditions and patterns: names resolved, units checked, every comparison an atom of one attribute. */
import { nearest } from "../diagnostics/index.ts";
import { checkRegex } from "../strings/index.ts";
import type {
  Alternative,
  Comparison,
  LetDeclaration,
  Operand,
  Pattern,
  Range,
  Span,
  Test,
  Condition as TreeCondition,
} from "../syntax/index.ts";
import { BUILT_IN_NAMES, BUILT_INS } from "./builtins.ts";
import { type Declared, describeKind, type Names } from "./names.ts";
import type { Atom, Attribute, Bound, Condition, ProgramFile } from "./program.ts";
import { didYouMean, type Report } from "./report.ts";
import { describeType, isNumber } from "./types.ts";
import { checkValue } from "./values.ts";

/** What conditions are checked against. */
export interface Scope {
  readonly names: Names;
  readonly report: Report;
  /** Of a declared attribute; undefined when its declaration is faulty, which was reported there. */
  attributeOf(declared: Extract<Declared, { kind: "attribute" }>): Attribute | undefined;
  /** Of a `let`; undefined when it is faulty, which was reported there. */
  conditionOf(declared: Extract<Declared, { kind: "let" }>): Condition | undefined;
}

/** The condition with its names resolved; undefined when a part of it is faulty, after reporting. */
export function checkCondition(node: TreeCondition, file: ProgramFile, scope: Scope): Condition | undefined {
  switch (node.kind) {
    case "parens":
      return checkCondition(node.condition, file, scope);
    case "not": {
      const operand = checkCondition(node.operand, file, scope);
      return operand && { kind: "not", operand, node: node.span };
    }
    case "and":
    case "or": {
      const operands = node.operands.map((operand) => checkCondition(operand, file, scope));
      return allKnown(operands) ? { kind: node.kind, operands, node: node.span } : undefined;
    }
    case "comparison":
      return checkComparison(node, file, scope);
  }
}

function allKnown<T>(items: readonly (T | undefined)[]): items is readonly T[] {
  return !items.includes(undefined);
}

function checkComparison(node: Comparison, file: ProgramFile, scope: Scope): Condition | undefined {
  const { operand, test, span } = node;
  const letDeclared = operand.path.length === 1 ? scope.names.find(operand.path[0]?.text ?? "", file) : undefined;
  if (letDeclared?.kind === "let") {
    letDeclared.used = true;
    if (test === undefined) return scope.conditionOf(letDeclared);
    const { text } = letDeclared.name;
    scope.report.error("RT2003", file.name, span, `\`${text}\` is a \`let\`, true or false already`, {
      help: `write \`${text}\` or \`not ${text}\``,
    });
    return undefined;
  }
  const attribute = resolveOperand(operand, file, scope);
  if (attribute === undefined) return undefined;
  if (test !== undefined) return checkTest(test, attribute, span, file, scope.report);
  if (attribute.type.kind === "bool") return atom(attribute, { kind: "true" }, span);
  const { report } = scope;
  report.error("RT2003", file.name, span, `\`${attribute.name}\` is not a bool: compare it with a value`, {
    help: `it is ${describeType(attribute.type)}`,
  });
  return undefined;
}

/** The attribute that an operand names; reports when it names none. */
export function resolveOperand(operand: Operand, file: ProgramFile, scope: Scope): Attribute | undefined {
  const path = operand.path.map((part) => part.text).join(".");
  const builtIn = BUILT_INS.get(path);
  if (builtIn !== undefined) return builtIn;
  const [first, ...rest] = operand.path;
  if (first === undefined) return undefined;
  const { names, report } = scope;
  if (rest.length === 0 && !BUILT_IN_NAMES.has(first.text)) {
    const declared = names.resolve(first, file, ["attribute", "let"], report, BUILT_INS.keys());
    if (declared?.kind === "attribute") return scope.attributeOf(declared);
    // A condition takes a `let` before it comes here, so this is the operand of a `match`.
    if (declared?.kind === "let")
      report.error("RT2011", file.name, first.span, `\`${first.text}\` is a \`let\`: \`match\` takes attributes`, {
        help: `write \`when ${first.text} -> …\``,
      });
    return undefined;
  }
  const owner = names.find(first.text, file);
  const what = owner === undefined ? "" : `: \`${first.text}\` is ${describeKind(owner.kind)}`;
  report.error("RT2001", file.name, operand.span, `there is no \`${path}\`${what}`, {
    ...didYouMean(nearest(path, BUILT_INS.keys())),
  });
  return undefined;
}

function atom(attribute: Attribute, test: Atom, node: Span): Condition {
  return { kind: "atom", attribute, atom: test, node };
}

function negated(condition: Condition | undefined, node: Span): Condition | undefined {
  return condition && { kind: "not", operand: condition, node };
}

function checkTest(
  test: Test,
  attribute: Attribute,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  const { type } = attribute;
  switch (test.kind) {
    case "compare": {
      if (test.op === "==" || test.op === "!=") {
        const value = checkValue(test.value, type, attribute.range, file.name, report);
        if (value === undefined) return undefined;
        const equal = equals(attribute, value, span);
        return test.op === "==" ? equal : negated(equal, span);
      }
      return checkBound(test.op, test.value, attribute, span, file, report);
    }
    case "in": {
      const inside =
        "kind" in test.values
          ? checkRange(test.values, attribute, span, file, report)
          : anyOf(
              test.values.map((value) => {
                const known = checkValue(value, type, attribute.range, file.name, report);
                return known === undefined ? undefined : equals(attribute, known, value.span);
              }),
              span,
            );
      return test.negated ? negated(inside, span) : inside;
    }
    case "starts_with":
    case "ends_with":
    case "contains": {
      if (type.kind !== "string") return unfit(attribute, `\`${test.kind}\` tests a text`, span, file, report);
      const kind = { starts_with: "prefix", ends_with: "suffix", contains: "contains" } as const;
      return atom(attribute, { kind: "text", atom: { kind: kind[test.kind], text: test.text.text } }, span);
    }
    case "matches": {
      if (type.kind !== "string") return unfit(attribute, `\`${test.kind}\` tests a text`, span, file, report);
      const { source, ignoreCase } = test.regex;
      const fault = checkRegex(source, ignoreCase);
      if (fault === undefined)
        return atom(attribute, { kind: "text", atom: { kind: "regex", source, ignoreCase } }, span);
      const start = test.regex.span.start + 1 + fault.offset;
      report.error("RT2012", file.name, { start, end: start + fault.length }, fault.message);
      return undefined;
    }
  }
}

function anyOf(operands: readonly (Condition | undefined)[], node: Span): Condition | undefined {
  return allKnown(operands) ? { kind: "or", operands, node } : undefined;
}

/** Reports that an attribute is not of the kind that a test is for. */
function unfit(attribute: Attribute, what: string, span: Span, file: ProgramFile, report: Report): undefined {
  report.error("RT2003", file.name, span, `${what}, and \`${attribute.name}\` is none`, {
    help: `\`${attribute.name}\` is ${describeType(attribute.type)}`,
  });
}

function equals(attribute: Attribute, value: boolean | number | string, node: Span): Condition {
  if (typeof value === "boolean") {
    const isTrue = atom(attribute, { kind: "true" }, node);
    return value ? isTrue : { kind: "not", operand: isTrue, node };
  }
  if (typeof value === "number") {
    const bound: Bound = { value, included: true };
    return atom(attribute, { kind: "interval", from: bound, to: bound }, node);
  }
  return attribute.type.kind === "enum"
    ? atom(attribute, { kind: "members", members: [value] }, node)
    : atom(attribute, { kind: "text", atom: { kind: "equals", text: value } }, node);
}

function checkBound(
  op: "<" | "<=" | ">" | ">=",
  written: Parameters<typeof checkValue>[0],
  attribute: Attribute,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  if (!isNumber(attribute.type)) return unfit(attribute, `\`${op}\` compares numbers`, span, file, report);
  const value = checkValue(written, attribute.type, attribute.range, file.name, report) as number | undefined;
  if (value === undefined) return undefined;
  const bound: Bound = { value, included: op.endsWith("=") };
  return atom(
    attribute,
    op.startsWith(">")
      ? { kind: "interval", from: bound, to: undefined }
      : { kind: "interval", from: undefined, to: bound },
    span,
  );
}

function checkRange(
  range: Range,
  attribute: Attribute,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  if (!isNumber(attribute.type)) return unfit(attribute, "a range is of numbers", range.span, file, report);
  const [from, to] = [range.from, range.to].map(
    (end) => checkValue(end, attribute.type, attribute.range, file.name, report) as number | undefined,
  );
  if (from === undefined || to === undefined) return undefined;
  if (from > to) {
    report.error("RT2004", file.name, range.span, "the range ends before it begins: a range of numbers does not wrap", {
      help: "write the lower end first; both ends are included",
    });
    return undefined;
  }
  return atom(
    attribute,
    { kind: "interval", from: { value: from, included: true }, to: { value: to, included: true } },
    span,
  );
}

/** The condition under which an operand has a pattern; undefined when the pattern is faulty, after reporting. */
export function checkPattern(
  pattern: Pattern,
  attribute: Attribute,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  const alternatives = pattern.alternatives.map((alternative) =>
    checkAlternative(alternative, attribute, file, report),
  );
  return alternatives.length === 1 ? alternatives[0] : anyOf(alternatives, pattern.span);
}

function checkAlternative(
  alternative: Alternative,
  attribute: Attribute,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  switch (alternative.kind) {
    case "any":
      return { kind: "always" };
    case "bound":
      return checkBound(alternative.op, alternative.value, attribute, alternative.span, file, report);
    case "range":
      return checkRange(alternative, attribute, alternative.span, file, report);
    default: {
      const value = checkValue(alternative, attribute.type, attribute.range, file.name, report);
      return value === undefined ? undefined : equals(attribute, value, alternative.span);
    }
  }
}

/** Resolves `let`s on demand and reports the ones that lead back to themselves. */
export function letResolver(
  scope: () => Scope,
  report: Report,
): (declared: Extract<Declared, { kind: "let" }>) => Condition | undefined {
  const done = new Map<LetDeclaration, Condition | undefined>();
  const open: LetDeclaration[] = [];
  return (declared) => {
    const { declaration, file, name } = declared;
    if (done.has(declaration)) return done.get(declaration);
    const at = open.indexOf(declaration);
    if (at >= 0) {
      const round = [...open.slice(at), declaration].map((part) => `\`${part.name.text}\``).join(" → ");
      report.error("RT2014", file.name, name.span, `\`${name.text}\` is defined by itself: ${round}`);
      for (const part of open.slice(at)) done.set(part, undefined);
      return undefined;
    }
    open.push(declaration);
    const condition = checkCondition(declaration.condition, file, scope());
    open.pop();
    if (!done.has(declaration)) done.set(declaration, condition);
    return done.get(declaration);
  };
}
