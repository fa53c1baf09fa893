/** Findings as the protocol has them. Until a text is checked: its syntax errors, and what was found of what is unchanged. */
import { existsSync } from "node:fs";
import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
} from "vscode-languageserver-protocol";
import type { Code } from "../../compiler/diagnostics/index.ts";
import { requestText } from "../../compiler/diagnostics/request.ts";
import { withFix } from "../checking/understand.ts";
import type { Finding, Said } from "../checking/understanding.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";

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
  const found = workspace.findingsIn(document);
  const checked = workspace.checkedOf(document);
  const current = checked.some(
    ({ revisions, early }) => (early?.revisions ?? revisions).get(document.path) === document.revision,
  );
  if (current || (document.version === undefined && checked.length > 0)) return found;
  return [...found.filter(({ diagnostic }) => !isSyntax(diagnostic)), ...syntaxErrors(document)];
}

function isSyntax({ code }: Said): boolean {
  return code.startsWith("RT1");
}

function syntaxErrors(document: Document): Finding[] {
  const { path } = document;
  return document.pieces.flatMap(({ start, piece }) =>
    piece.diagnostics.map(
      ({ span, fix, file: _, ...said }): Finding => ({
        path,
        span: moved(span, start),
        diagnostic: withFix(said, fix),
        related: [],
        edits: fix?.edits.map((edit) => ({ path, span: moved(edit.span, start), text: edit.text })),
        early: true,
      }),
    ),
  );
}

export function toProtocol(
  { span, diagnostic, related }: Finding,
  document: Document,
  workspace: Workspace,
): Diagnostic {
  const information = related.flatMap(({ path, span, message }): DiagnosticRelatedInformation[] => {
    const other = workspace.at(path);
    if (other === undefined) return [];
    return [{ location: { uri: other.uri, range: other.positions.range(span) }, message }];
  });
  return {
    range: document.positions.range(span),
    ...wordsOf(diagnostic),
    ...(information.length > 0 && { relatedInformation: information }),
  };
}

type Words = Omit<Diagnostic, "range" | "relatedInformation">;

/** What is said stays the same while it moves. */
const known = new WeakMap<Said, Words>();

function wordsOf(said: Said): Words {
  const before = known.get(said);
  if (before !== undefined) return before;
  const { code, severity, message, help, witness, certainty } = said;
  const told = [message, help && `help: ${help}`, witness && `for example: ${requestText(witness)}`];
  const tags = [
    ...(UNNECESSARY.includes(code) ? [DiagnosticTag.Unnecessary] : []),
    ...(code === "RT2018" ? [DiagnosticTag.Deprecated] : []),
  ];
  const words: Words = {
    severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    ...(PAGES !== undefined && { codeDescription: { href: new URL(`${code}.md`, PAGES).href } }),
    source: "routec",
    message: told.filter((part) => part !== undefined).join("\n"),
    ...(tags.length > 0 && { tags }),
    ...(certainty !== undefined && { data: { certainty } }),
  };
  known.set(said, words);
  return words;
}
