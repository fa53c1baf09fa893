/** *Add missing cases* and *add otherwise*: what a route or a `match` forgets, until it forgets nothing. */
import { check, type Diagnostic } from "../../compiler/index.ts";
import {
  type Declaration,
  type MatchRule,
  parse,
  type RouteDeclaration,
  type Rule,
  type Span,
} from "../../compiler/syntax/index.ts";
import type { Finding } from "../checking/understanding.ts";
import { typeOf } from "../names/types.ts";
import type { Document } from "../text/document.ts";
import type { Workspace } from "../workspace.ts";
import type { Change } from "./action.ts";

/** What decides until somebody says what does. */
const UNDECIDED = 'reject 501 "not decided yet"';

/** More cases than these are put together in one. */
const MOST_CASES = 24;

/** What mends a finding that something is forgotten; undefined of any other. */
export function titleOf({ diagnostic }: Finding): string | undefined {
  if (diagnostic.code !== "RT3001") return undefined;
  return diagnostic.message.includes("`match`") ? "add missing cases" : "add `otherwise`";
}

/** The changes that add what is missing at a place; none where that is not found any more. */
export function missingCases(document: Document, span: Span, workspace: Workspace): readonly Change[] {
  const { text } = document;
  const { tree } = parse("", text);
  const route = tree.declarations.find((each): each is RouteDeclaration => isRoute(each) && holds(each.span, span));
  if (route === undefined) return [];
  const match = matchesIn(route.rules).find((each) => each.span.start === span.start);
  if (match === undefined) return [insertion(text, route.span, `otherwise -> ${UNDECIDED}`)];
  const rows: string[] = [];
  // Each arm that is added shows the next case that is still forgotten, and none that an earlier rule takes.
  for (;;) {
    const change = insertion(text, match.span, [...rows.map((row) => `${row} -> ${UNDECIDED}`)].join("\n"));
    const next = rows.length === 0 ? text : apply(text, change);
    const forgotten = check({ text: next, path: document.path }, { fileSystem: workspace.fileSystem }).diagnostics.find(
      (each) => each.code === "RT3001" && each.span.start === span.start && each.file === nameOf(document),
    );
    const row = forgotten && rowOf(forgotten, match, document, workspace);
    if (row === undefined) return rows.length === 0 ? [] : [change];
    if (rows.length === MOST_CASES || rows.includes(row))
      rows.splice(0, rows.length, match.operands.map(() => "_").join(", "));
    else rows.push(row);
    if (rows.length === 1 && rows[0] === match.operands.map(() => "_").join(", "))
      return [insertion(text, match.span, `${rows[0]} -> ${UNDECIDED}`)];
  }
}

function nameOf({ path }: Document): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function isRoute(declaration: Declaration): declaration is RouteDeclaration {
  return declaration.kind === "route";
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function matchesIn(rules: readonly Rule[]): readonly MatchRule[] {
  return rules.flatMap((rule) => (rule.kind === "match" ? [rule] : rule.kind === "group" ? matchesIn(rule.rules) : []));
}

/** The patterns of the request that shows what is forgotten: of members and truth values, which are few; else any. */
function rowOf(
  { witness }: Diagnostic,
  match: MatchRule,
  document: Document,
  workspace: Workspace,
): string | undefined {
  if (witness === undefined) return undefined;
  const shown: Readonly<Record<string, boolean | number | string>> = {
    ...witness.attributes,
    ...witness.signals,
    ...witness.state,
  };
  return match.operands
    .map((operand) => {
      if (operand.kind !== "path") return "_";
      const path = operand.path.map(({ text }) => text);
      const value = shown[path.join(".")];
      if (typeof value === "boolean") return String(value);
      const isMember = typeOf(path, "request", document, workspace)?.kind === "enum";
      if (typeof value !== "string" || !isMember) return "_";
      return /^[A-Za-z_]\w*$/.test(value) ? value : JSON.stringify(value);
    })
    .join(", ");
}

/** Lines before the brace that closes a block, indented as what it closes and two more. */
function insertion(text: string, block: Span, lines: string): Change {
  const brace = text.lastIndexOf("}", block.end);
  const line = text.lastIndexOf("\n", brace) + 1;
  const outer = /^[ \t]*/.exec(text.slice(line))?.[0] ?? "";
  const isAlone = text.slice(line, brace).trim() === "";
  const added = lines
    .split("\n")
    .map((each) => `${outer}  ${each}\n`)
    .join("");
  return isAlone
    ? { span: { start: line, end: line }, text: added }
    : { span: { start: brace, end: brace }, text: `\n${added}${outer}` };
}

function apply(text: string, { span, text: added }: Change): string {
  return text.slice(0, span.start) + added + text.slice(span.end);
}
