/** Conditions and patterns: names resolved, units checked, every comparison an atom of one attribute. */
import { checkRegex } from "../strings/index.ts";
import type {
  Alternative,
  Comparison,
  LetDeclaration,
  Pattern,
  Range,
  Span,
  Test,
  Condition as TreeCondition,
  Value,
  Word,
} from "../syntax/index.ts";
import { BUILT_IN_NAMES } from "./builtins.ts";
import type { Declared } from "./names.ts";
import { resolveOperand, type Subject } from "./operands.ts";
import type { Atom, Bound, Condition, ProgramFile } from "./program.ts";
import type { Report } from "./report.ts";
import type { Scope } from "./scope.ts";
import { describeType, isNumber } from "./types.ts";
import { checkValue } from "./values.ts";

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
    case "can":
      scope.report.error("RT2011", file.name, node.span, "`can` is asked of models, not of requests", {
        help: `what a request needs is \`needs.${node.capability.text}\``,
      });
      return undefined;
  }
}

function allKnown<T>(items: readonly (T | undefined)[]): items is readonly T[] {
  return !items.includes(undefined);
}

function checkComparison(node: Comparison, file: ProgramFile, scope: Scope): Condition | undefined {
  const { operand, test, span } = node;
  const letDeclared =
    operand.kind === "path" && operand.path.length === 1
      ? scope.names.find(operand.path[0]?.text ?? "", file)
      : undefined;
  if (letDeclared?.kind === "let") {
    letDeclared.used = true;
    if (test === undefined) return scope.conditionOf(letDeclared);
    const { text } = letDeclared.name;
    scope.report.error("RT2003", file.name, span, `\`${text}\` is a \`let\`, true or false already`, {
      help: `write \`${text}\` or \`not ${text}\``,
    });
    return undefined;
  }
  const subject = resolveOperand(operand, file, scope);
  if (subject === undefined) return undefined;
  if (test?.kind === "compare" && isAttribute(test.value, subject, file, scope)) {
    scope.report.error(
      "RT2003",
      file.name,
      test.value.span,
      `\`${test.value.text}\` is an attribute: expected a value`,
      {
        help: "an attribute is compared with a constant, and not with another attribute",
      },
    );
    return undefined;
  }
  if (test !== undefined) return checkTest(test, subject, span, file, scope.report);
  if (subject.type.kind === "bool") return atom(subject, { kind: "true" }, span);
  const { report } = scope;
  report.error("RT2003", file.name, span, `\`${subject.name}\` is not a bool: compare it with a value`, {
    help: `it is ${describeType(subject.type)}`,
  });
  return undefined;
}

/** Whether the name of an attribute or a signal stands where a value should; beside an enum a bare word is a member. */
function isAttribute(value: Value, { type }: Subject, file: ProgramFile, { names }: Scope): value is Word {
  if (value.kind !== "word" || value.quoted || (type.kind === "enum" && type.members.includes(value.text)))
    return false;
  const { kind } = names.find(value.text, file) ?? {};
  return kind === "attribute" || kind === "signal" || BUILT_IN_NAMES.has(value.text);
}

function atom({ attribute, seen }: Subject, test: Atom, node: Span): Condition {
  return { kind: "atom", attribute, atom: test.kind === "interval" && seen !== undefined ? seen(test) : test, node };
}

function negated(condition: Condition | undefined, node: Span): Condition | undefined {
  return condition && { kind: "not", operand: condition, node };
}

/** The condition under which a subject passes a test; undefined when the test is faulty, after reporting. */
export function checkTest(
  test: Test,
  subject: Subject,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  const { type } = subject;
  switch (test.kind) {
    case "compare": {
      if (test.op === "==" || test.op === "!=") {
        const value = checkValue(test.value, type, subject.range, file.name, report);
        if (value === undefined) return undefined;
        const equal = equals(subject, value, span);
        return test.op === "==" ? equal : negated(equal, span);
      }
      return checkBound(test.op, test.value, subject, span, file, report);
    }
    case "in": {
      const inside =
        "kind" in test.values
          ? checkRange(test.values, subject, span, file, report)
          : anyOf(
              distinct(test.values, file, report).map((value) => {
                const known = checkValue(value, type, subject.range, file.name, report);
                return known === undefined ? undefined : equals(subject, known, value.span);
              }),
              span,
            );
      return test.negated ? negated(inside, span) : inside;
    }
    case "starts_with":
    case "ends_with":
    case "contains": {
      if (type.kind !== "string") return unfit(subject, `\`${test.kind}\` tests a text`, span, file, report);
      const kind = { starts_with: "prefix", ends_with: "suffix", contains: "contains" } as const;
      return atom(subject, { kind: "text", atom: { kind: kind[test.kind], text: test.text.text } }, span);
    }
    case "matches": {
      if (type.kind !== "string") return unfit(subject, `\`${test.kind}\` tests a text`, span, file, report);
      const { source, ignoreCase } = test.regex;
      const fault = checkRegex(source, ignoreCase);
      if (fault === undefined)
        return atom(subject, { kind: "text", atom: { kind: "regex", source, ignoreCase } }, span);
      const start = test.regex.span.start + 1 + fault.offset;
      report.error("RT2012", file.name, { start, end: start + fault.length }, fault.message);
      return undefined;
    }
  }
}

/** Values and patterns without those that are there before; warns of these. */
function distinct<V extends Value | Alternative>(all: readonly V[], { name, text }: ProgramFile, report: Report): V[] {
  const first = new Map<string, V>();
  for (const [i, each] of all.entries()) {
    const said = "value" in each && !("op" in each) ? JSON.stringify([each.kind, each.value]) : wordOf(each);
    const before = said === undefined ? undefined : first.get(said);
    if (said === undefined || before === undefined) {
      first.set(said ?? `${i}`, each);
      continue;
    }
    const span = { start: all[i - 1]?.span.end ?? each.span.start, end: each.span.end };
    const written = text.slice(each.span.start, each.span.end);
    report.warning("RT3015", name, each.span, `\`${written}\` is in the list already`, {
      related: [{ file: name, span: before.span, message: "the first one" }],
      ...(/^\s*[,|]?\s*$/.test(text.slice(span.start, each.span.start)) && {
        fix: { title: "remove it", edits: [{ file: name, span, text: "" }] },
      }),
    });
  }
  return [...first.values()];
}

/** Of a text or a member the same for the same; undefined for what is no single value. */
function wordOf(value: Value | Alternative): string | undefined {
  return value.kind === "word" ? JSON.stringify(["word", value.text]) : undefined;
}

function anyOf(operands: readonly (Condition | undefined)[], node: Span): Condition | undefined {
  return allKnown(operands) ? { kind: "or", operands, node } : undefined;
}

/** Reports that an attribute is not of the kind that a test is for. */
function unfit(subject: Subject, what: string, span: Span, file: ProgramFile, report: Report): undefined {
  report.error("RT2003", file.name, span, `${what}, and \`${subject.name}\` is none`, {
    help: `\`${subject.name}\` is ${describeType(subject.type)}`,
  });
}

function equals(subject: Subject, value: boolean | number | string, node: Span): Condition {
  if (typeof value === "boolean") {
    const isTrue = atom(subject, { kind: "true" }, node);
    return value ? isTrue : { kind: "not", operand: isTrue, node };
  }
  if (typeof value === "number") {
    const bound: Bound = { value, included: true };
    return atom(subject, { kind: "interval", from: bound, to: bound }, node);
  }
  return subject.type.kind === "enum"
    ? atom(subject, { kind: "members", members: [value] }, node)
    : atom(subject, { kind: "text", atom: { kind: "equals", text: value } }, node);
}

function checkBound(
  op: "<" | "<=" | ">" | ">=",
  written: Parameters<typeof checkValue>[0],
  subject: Subject,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  if (!isNumber(subject.type)) return unfit(subject, `\`${op}\` compares numbers`, span, file, report);
  const value = checkValue(written, subject.type, subject.range, file.name, report) as number | undefined;
  if (value === undefined) return undefined;
  const bound: Bound = { value, included: op.endsWith("=") };
  return atom(
    subject,
    op.startsWith(">")
      ? { kind: "interval", from: bound, to: undefined }
      : { kind: "interval", from: undefined, to: bound },
    span,
  );
}

function checkRange(
  range: Range,
  subject: Subject,
  span: Span,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  if (!isNumber(subject.type)) return unfit(subject, "a range is of numbers", range.span, file, report);
  const [from, to] = [range.from, range.to].map(
    (end) => checkValue(end, subject.type, subject.range, file.name, report) as number | undefined,
  );
  if (from === undefined || to === undefined) return undefined;
  if (from > to) {
    report.error("RT2004", file.name, range.span, "the range ends before it begins: a range of numbers does not wrap", {
      help: "write the lower end first; both ends are included",
    });
    return undefined;
  }
  return atom(
    subject,
    { kind: "interval", from: { value: from, included: true }, to: { value: to, included: true } },
    span,
  );
}

/** The condition under which an operand has a pattern; undefined when the pattern is faulty, after reporting. */
export function checkPattern(
  pattern: Pattern,
  subject: Subject,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  const alternatives = distinct(pattern.alternatives, file, report).map((alternative) =>
    checkAlternative(alternative, subject, file, report),
  );
  return alternatives.length === 1 ? alternatives[0] : anyOf(alternatives, pattern.span);
}

function checkAlternative(
  alternative: Alternative,
  subject: Subject,
  file: ProgramFile,
  report: Report,
): Condition | undefined {
  switch (alternative.kind) {
    case "any":
      return { kind: "always" };
    case "bound":
      return checkBound(alternative.op, alternative.value, subject, alternative.span, file, report);
    case "range":
      return checkRange(alternative, subject, alternative.span, file, report);
    default: {
      const value = checkValue(alternative, subject.type, subject.range, file.name, report);
      return value === undefined ? undefined : equals(subject, value, alternative.span);
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
