/** Findings as the protocol has them. Until a text is checked: its syntax errors, and what was found of what is unchanged. */
import { existsSync } from "node:fs";
import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
} from "vscode-languageserver-protocol";
import type { Code, Diagnostic as CompilerDiagnostic } from "../../compiler/diagnostics/index.ts";
import { requestText } from "../../compiler/diagnostics/request.ts";
import type { Finding, Found } from "../checking/understanding.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import { uriOf, type Workspace } from "../workspace.ts";

/** A page on each code, where routec is installed with them: beside the sources, or beside what is built of them. */
const PAGES = ["../../docs/diagnostics/", "../docs/diagnostics/"]
  .map((folder) => new URL(folder, import.meta.url))
  .find((folder) => existsSync(folder));

/** What is faded. */
const UNNECESSARY: readonly Code[] = ["RT3002", "RT3004", "RT3009", "RT3010", "RT3015", "RT5001", "RT5003"];

/** What was found in a document, in order. */
export function diagnosticsOf(document: Document, workspace: Workspace): Diagnostic[] {
  return [...findingsOf(document, workspace)]
    .toSorted((a, b) => a.span.start - b.span.start)
    .map((finding) => toProtocol(finding, document, workspace));
}

export function findingsOf(document: Document, workspace: Workspace): readonly Finding[] {
  const found = workspace.foundIn(document, ({ findings }) => findings);
  const checked = [...workspace.checked.values()].filter(({ understanding }) =>
    understanding.files.includes(document.path),
  );
  const current = checked.some(({ revisions }) => revisions.get(document.path) === document.revision);
  if (current || (document.version === undefined && checked.length > 0)) return found;
  return [...found.filter(({ diagnostic }) => !isSyntax(diagnostic)), ...syntaxErrors(document)];
}

function isSyntax({ code }: CompilerDiagnostic): boolean {
  return code.startsWith("RT1");
}

function syntaxErrors(document: Document): Finding[] {
  return document.pieces.flatMap(({ start, piece }) =>
    piece.diagnostics.map(
      (diagnostic): Finding => ({
        path: document.path,
        span: moved(diagnostic.span, start),
        diagnostic,
        related: [],
        edits: diagnostic.fix?.edits.map(({ span, text }) => ({ path: document.path, span: moved(span, start), text })),
      }),
    ),
  );
}

export function toProtocol(
  { span, diagnostic, related }: Finding,
  document: Document,
  workspace: Workspace,
): Diagnostic {
  const { code, severity, message, help, witness, certainty } = diagnostic;
  const told = [message, help && `help: ${help}`, witness && `for example: ${requestText(witness)}`];
  const information = related.flatMap((each): DiagnosticRelatedInformation[] => {
    const range = rangeOf(each, workspace);
    return range === undefined ? [] : [{ location: { uri: uriOf(each.path), range }, message: each.message }];
  });
  const tags = [
    ...(UNNECESSARY.includes(code) ? [DiagnosticTag.Unnecessary] : []),
    ...(code === "RT2018" ? [DiagnosticTag.Deprecated] : []),
  ];
  return {
    range: document.positions.range(span),
    severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    ...(PAGES !== undefined && { codeDescription: { href: new URL(`${code}.md`, PAGES).href } }),
    source: "routec",
    message: told.filter((part) => part !== undefined).join("\n"),
    ...(tags.length > 0 && { tags }),
    ...(information.length > 0 && { relatedInformation: information }),
    ...(certainty !== undefined && { data: { certainty } }),
  };
}

/** Where something that was found stands, in whichever file. */
function rangeOf({ path, span }: Found, workspace: Workspace) {
  const document = workspace.at(path);
  if (document === undefined) return undefined;
  const revisions = [...workspace.checked.values()].find(({ revisions }) => revisions.has(path))?.revisions;
  const now = document.spanSince(span, revisions?.get(path) ?? document.revision);
  return now && document.positions.range(now);
}
