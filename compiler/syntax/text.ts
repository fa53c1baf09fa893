/** The canonical text of conditions, plans and rules, as pieces that remember where in the source they come from. */
import { spell } from "./literals.ts";
import type * as tree from "./tree.ts";

/** A piece of a line, with the white space before it; `at` is the offset of what it writes. */
export interface Piece {
  readonly text: string;
  readonly at: number;
  /** Where a line that is too long may be broken: before each `else` of its chain. */
  readonly breaks?: true;
}
export type Pieces = readonly Piece[];

/** How literals are written: as in the source where that is known, else canonically. */
export type Spelling = (literal: tree.Literal) => string;

export const canonical: Spelling = (literal) => (literal.kind === "bool" ? String(literal.value) : spell(literal));

/** Literals as they stand in a text, so that `10k` remains `10k`. */
export const asWritten =
  (text: string): Spelling =>
  ({ span }) =>
    text.slice(span.start, span.end);

export const textOf = (pieces: Pieces): string => pieces.map(({ text }) => text).join("");

export const piece = (text: string, { start }: tree.Span): Pieces => [{ text, at: start }];

/** Text directly before, or after, other pieces: it goes wherever they go. */
export function before(text: string, [first, ...rest]: Pieces): Pieces {
  return first === undefined ? [] : [{ ...first, text: text + first.text }, ...rest];
}

export function after(pieces: Pieces, text: string): Pieces {
  const last = pieces.at(-1);
  return last === undefined ? [] : [...pieces.slice(0, -1), { ...last, text: last.text + text }];
}

/** The text directly before all pieces but the first. */
function joined(parts: readonly Pieces[], separator: string): Pieces {
  return parts.flatMap((part, i) => (i === 0 ? part : before(separator, part)));
}

/** Members with commas after all but the last. */
export function listed(parts: readonly Pieces[]): Pieces {
  return parts.flatMap((part, i) => {
    const member = i === 0 ? part : before(" ", part);
    return i === parts.length - 1 ? member : after(member, ",");
  });
}

/** Without the places where a line may be broken: they are the outermost chain's only. */
function unbroken(pieces: Pieces): Pieces {
  return pieces.map(({ text, at }) => ({ text, at }));
}

/** A closing bracket, which stands at the end of what it closes. */
const closing = (text: string, span: tree.Span): Piece => ({ text, at: span.end - 1 });

export const name = ({ text, span }: tree.Name): Pieces => piece(text, span);

export function word({ text, quoted, span }: tree.Word): Pieces {
  return piece(quoted ? JSON.stringify(text) : text, span);
}

export function value(node: tree.Value, spelling: Spelling): Pieces {
  return node.kind === "word" ? word(node) : piece(spelling(node), node.span);
}

function range({ from, to }: tree.Range, spelling: Spelling): Pieces {
  return after(value(from, spelling), "..").concat(value(to, spelling));
}

export function operand({ path }: tree.Operand): Pieces {
  return joined(path.map(name), ".");
}

export function condition(node: tree.Condition, spelling: Spelling): Pieces {
  switch (node.kind) {
    case "or":
    case "and":
      return joined(
        node.operands.map((part) => condition(part, spelling)),
        ` ${node.kind} `,
      );
    case "not":
      return before("not ", condition(node.operand, spelling));
    case "parens":
      return [...before("(", condition(node.condition, spelling)), closing(")", node.span)];
    case "comparison":
      return node.test === undefined
        ? operand(node.operand)
        : [...operand(node.operand), ...before(" ", test(node.test, spelling))];
  }
}

function test(node: tree.Test, spelling: Spelling): Pieces {
  switch (node.kind) {
    case "compare":
      return before(`${node.op} `, value(node.value, spelling));
    case "in": {
      const test = node.negated ? "not in " : "in ";
      if ("kind" in node.values) return before(test, range(node.values, spelling));
      const members = listed(node.values.map((member) => value(member, spelling)));
      return [...before(`${test}{ `, members), closing(" }", node.span)];
    }
    case "matches":
      return before("matches ", piece(`/${node.regex.source}/${node.regex.ignoreCase ? "i" : ""}`, node.regex.span));
    default:
      return before(`${node.kind} `, word(node.text));
  }
}

export function expression({ first, branches }: tree.Expression, spelling: Spelling): Pieces {
  return [...step(first, spelling), ...branches.flatMap((branch) => elseBranch(branch, spelling))];
}

function elseBranch({ on, step: next, span }: tree.ElseBranch, spelling: Spelling): Pieces {
  const failures = on === undefined ? [] : before(" on ", listed(on.map(name)));
  return [{ text: " else", at: span.start, breaks: true }, ...failures, ...before(" ", step(next, spelling))];
}

function step(node: tree.Step, spelling: Spelling): Pieces {
  const written = target(node.target, spelling);
  return node.with === undefined ? written : [...written, ...before(" with ", options(node.with, spelling))];
}

function target(node: tree.Target, spelling: Spelling): Pieces {
  switch (node.kind) {
    case "name":
      return name(node.name);
    case "parens":
      return [...before("(", unbroken(expression(node.expression, spelling))), closing(")", node.span)];
    case "reject": {
      const status = before("reject ", value(node.status, spelling));
      return node.text === undefined ? status : [...status, ...before(" ", word(node.text))];
    }
  }
}

function options(node: tree.Options, spelling: Spelling): Pieces {
  return braced(node.options, node.span, spelling);
}

function braced(
  members: readonly { readonly name: tree.Name; readonly value: tree.Value }[],
  span: tree.Span,
  spelling: Spelling,
): Pieces {
  if (members.length === 0) return [...piece("{", span), closing("}", span)];
  const parts = members.map((member) => [...name(member.name), ...before(" ", value(member.value, spelling))]);
  return [...before("{ ", listed(parts)), closing(" }", span)];
}

export function fieldValue(node: tree.FieldValue, spelling: Spelling): Pieces {
  switch (node.kind) {
    case "options":
      return options(node, spelling);
    case "prices":
      return braced(node.entries, node.span, spelling);
    case "list":
      return bracketed(node.items, node.span);
    case "env": {
      const names = node.bracketed ? bracketed(node.names, node.span) : listed(node.names.map(word));
      return before("env ", names);
    }
    default:
      return value(node, spelling);
  }
}

function bracketed(items: readonly tree.Word[], span: tree.Span): Pieces {
  if (items.length === 0) return [...piece("[", span), closing("]", span)];
  return [...before("[", listed(items.map(word))), closing("]", span)];
}

export function pattern({ alternatives }: tree.Pattern, spelling: Spelling): Pieces {
  return joined(
    alternatives.map((node) => alternative(node, spelling)),
    " | ",
  );
}

function alternative(node: tree.Alternative, spelling: Spelling): Pieces {
  switch (node.kind) {
    case "any":
      return piece("_", node.span);
    case "bound":
      return before(`${node.op} `, value(node.value, spelling));
    case "range":
      return range(node, spelling);
    default:
      return value(node, spelling);
  }
}

export function typeWords({ words }: tree.TypeNode): Pieces {
  return joined(words.map(word), " | ");
}

export function routeName({ text, quoted, span }: tree.RouteName): Pieces {
  return piece(quoted ? JSON.stringify(text) : text, span);
}

/** ` { name value, name value }`, after the head of a declaration that ends at an offset. */
export function fieldsOnLine(fields: readonly tree.Field[], end: number, spelling: Spelling): Pieces {
  const parts = fields.map((field) => [...name(field.name), ...before(" ", fieldValue(field.value, spelling))]);
  return [...before(" { ", listed(parts)), closing(" }", { start: end, end })];
}

/** What stands before a rule's arrow, brace or arms. */
export function ruleHead(rule: tree.Rule, spelling: Spelling): Pieces {
  const { start } = rule.span;
  switch (rule.kind) {
    case "when":
    case "group":
      return [{ text: "when", at: start }, ...before(" ", condition(rule.condition, spelling))];
    case "match":
      return [{ text: "match", at: start }, ...before(" ", listed(rule.operands.map(operand)))];
    case "otherwise":
      return [{ text: "otherwise", at: start }];
  }
}

/** A plan or part of one on one line: `opus else gpt5`. Of literals, `spelling` says how they are written. */
export function formatExpression(node: tree.Expression, spelling: Spelling = canonical): string {
  return textOf(expression(node, spelling));
}

/** A condition on one line: `tier == free and not critical`. */
export function formatCondition(node: tree.Condition, spelling: Spelling = canonical): string {
  return textOf(condition(node, spelling));
}

/** An arm of a `match` on one line: `free, _ -> cheap`. */
export function formatArm({ patterns, run }: tree.Arm, spelling: Spelling = canonical): string {
  const parts = patterns.map((node) => pattern(node, spelling));
  return `${textOf(listed(parts))} -> ${formatExpression(run, spelling)}`;
}

/** A rule on one line: `when tier == free -> cheap`. */
export function formatRule(rule: tree.Rule, spelling: Spelling = canonical): string {
  const head = textOf(ruleHead(rule, spelling));
  switch (rule.kind) {
    case "when":
    case "otherwise":
      return `${head} -> ${formatExpression(rule.run, spelling)}`;
    case "group":
      return `${head} { ${rule.rules.map((inner) => formatRule(inner, spelling)).join(" ")} }`;
    case "match":
      return `${head} { ${rule.arms.map((arm, i) => formatArm(arm, spelling) + commaAfter(arm, rule.arms[i + 1])).join(" ")} }`;
  }
}

/** The comma between arms is needed only where the next pattern would be taken for the text of a `reject`. */
export function commaAfter(arm: tree.Arm, next: tree.Arm | undefined): "" | "," {
  const last = arm.run.branches.at(-1)?.step ?? arm.run.first;
  const first = next?.patterns[0]?.alternatives[0];
  const open = last.with === undefined && last.target.kind === "reject" && last.target.text === undefined;
  const begins = first?.kind === "range" ? first.from : first;
  return open && begins?.kind === "word" && begins.quoted ? "," : "";
}
