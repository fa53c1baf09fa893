/** `textDocument/codeAction` and its `resolve`. */
import {
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Finding } from "../checking/understanding.ts";
import { findingsOf, toProtocol } from "../features/diagnostics.ts";
import type { Document } from "../text/document.ts";
import { nodesAt } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";
import type { Change, Refactoring, Selected } from "./action.ts";
import { missingCases, titleOf } from "./cases.ts";
import { extractions } from "./extract.ts";
import { conversions } from "./match.ts";

const FIX_ALL = `${CodeActionKind.SourceFixAll}.routec`;

export const CODE_ACTION_KINDS: readonly CodeActionKind[] = [
  CodeActionKind.QuickFix,
  CodeActionKind.RefactorExtract,
  CodeActionKind.RefactorInline,
  CodeActionKind.RefactorRewrite,
  FIX_ALL,
];

/** What is looked for again when an action is chosen. */
interface Data {
  readonly uri: string;
  readonly span: Span;
  readonly revision: number;
}

export function codeActions(
  document: Document,
  span: Span,
  context: CodeActionContext,
  workspace: Workspace,
): CodeAction[] {
  const isWanted = ({ kind = "" }: CodeAction): boolean =>
    context.only === undefined || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
  const findings = findingsOf(document, workspace);
  const near = findings.filter((finding) => finding.span.start <= span.end && span.start <= finding.span.end);
  return [
    ...near.flatMap((finding) => fixOf(finding, document, workspace)),
    ...near.flatMap((finding) => additionOf(finding, document, workspace)),
    ...refactoringsAt(document, span, workspace).map((refactoring) => actionOf(refactoring, document)),
    ...(context.only === undefined ? [] : fixAll(findings, workspace)),
  ].filter(isWanted);
}

/** The compiler's own fix. */
function fixOf(finding: Finding, document: Document, workspace: Workspace): CodeAction[] {
  const edit = editOf(finding, workspace);
  const { fix } = finding.diagnostic;
  if (edit === undefined || fix === undefined) return [];
  return [
    {
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [toProtocol(finding, document, workspace)],
      isPreferred: fix.unsafe !== true,
      edit,
    },
  ];
}

/** Undefined where there is none, or something in it has changed since. */
function editOf({ edits }: Finding, workspace: Workspace): WorkspaceEdit | undefined {
  if (edits === undefined) return undefined;
  const changes: Record<string, TextEdit[]> = {};
  for (const { path, span, text } of edits) {
    const document = workspace.at(path);
    if (document === undefined) return undefined;
    const own = changes[document.uri] ?? [];
    own.push({ range: document.positions.range(span), newText: text });
    changes[document.uri] = own;
  }
  return { changes };
}

/** All fixes that rest on no guess and do not meet. */
function fixAll(findings: readonly Finding[], workspace: Workspace): CodeAction[] {
  const changes: Record<string, TextEdit[]> = {};
  const taken: Span[] = [];
  for (const finding of findings) {
    const edit = finding.diagnostic.fix?.unsafe === true ? undefined : editOf(finding, workspace);
    const spans = finding.edits?.map(({ span }) => span) ?? [];
    if (
      edit === undefined ||
      spans.some((span) => taken.some((other) => span.start <= other.end && other.start <= span.end))
    )
      continue;
    taken.push(...spans);
    for (const [uri, edits] of Object.entries(edit.changes ?? {})) changes[uri] = [...(changes[uri] ?? []), ...edits];
  }
  return taken.length === 0 ? [] : [{ title: "fix all that is safe to fix", kind: FIX_ALL, edit: { changes } }];
}

/** Worked out when it is chosen: it takes checks. */
function additionOf(finding: Finding, document: Document, workspace: Workspace): CodeAction[] {
  const title = titleOf(finding);
  if (title === undefined) return [];
  const data: Data = { uri: document.uri, span: finding.span, revision: document.revision };
  return [{ title, kind: CodeActionKind.QuickFix, diagnostics: [toProtocol(finding, document, workspace)], data }];
}

export function resolveAction(action: CodeAction, workspace: Workspace): CodeAction {
  const { uri, span, revision } = (action.data ?? {}) as Partial<Data>;
  const document = uri === undefined ? undefined : workspace.find(uri);
  if (document === undefined || span === undefined || revision !== document.revision) return action;
  return {
    ...action,
    edit: { changes: { [document.uri]: editsOf(missingCases(document, span, workspace), document) } },
  };
}

/** What can be said in other words at a span. */
export function refactoringsAt(document: Document, span: Span, workspace: Workspace): readonly Refactoring[] {
  const { start: base, piece } = document.pieceAt(span.start);
  const [from, to] = [span.start - base, span.end - base];
  const declaration = piece.declarations.find((each) => each.span.start <= from && to <= each.span.end);
  if (declaration === undefined || piece.diagnostics.length > 0) return [];
  const nodes = nodesAt([declaration], from).filter((node) => node.span.start <= from && to <= node.span.end);
  const selected: Selected = { document, workspace, base, text: piece.text, declaration, nodes };
  return [...extractions(selected), ...conversions(selected)];
}

function actionOf({ title, kind, changes }: Refactoring, document: Document): CodeAction {
  return { title, kind, edit: { changes: { [document.uri]: editsOf(changes, document) } } };
}

function editsOf(changes: readonly Change[], document: Document): TextEdit[] {
  return changes.map(({ span, text }) => ({ range: document.positions.range(span), newText: text }));
}
