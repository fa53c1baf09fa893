/** `textDocument/inlayHint` and its `resolve`: what is not written but known. */
import { type InlayHint, InlayHintKind } from "vscode-languageserver-protocol";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Worst } from "../checking/understanding.ts";
import { modelNamed, worstOfPlan } from "../facts.ts";
import { definitionsIn } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import { listText, modelText, worstText } from "../wording.ts";
import type { Workspace } from "../workspace.ts";
import { worstLines } from "./hover.ts";

/** More models than these are counted. */
const MOST_LISTED = 4;

interface Known {
  readonly offset: number;
  readonly label: string;
  /** Markdown. */
  readonly tooltip?: string;
}

/** @param bare leaves out what `resolveHint` adds. */
export function inlayHints(document: Document, within: Span, workspace: Workspace, bare = false): InlayHint[] {
  return [...knownIn(document, within, workspace)]
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, label, tooltip }) => ({
      position: document.positions.position(offset),
      label,
      paddingLeft: true,
      kind: InlayHintKind.Type,
      ...(bare ? { data: document.uri } : tooltip !== undefined && { tooltip: { kind: "markdown", value: tooltip } }),
    }));
}

/** Adds what is shown when somebody points at it, where it still is. */
export function resolveHint(hint: InlayHint, workspace: Workspace): InlayHint {
  const document = typeof hint.data === "string" ? workspace.find(hint.data) : undefined;
  if (document === undefined) return hint;
  const offset = document.positions.offset(hint.position);
  const again = inlayHints(document, { start: offset, end: offset }, workspace);
  return { ...hint, ...again.find(({ label }) => label === hint.label) };
}

/** Worst cases of rules and plans at their ends, the price of a model, what `models where` has chosen. */
function* knownIn(document: Document, within: Span, workspace: Workspace): Generator<Known> {
  const isWithin = (offset: number): boolean => within.start <= offset && offset <= within.end;
  const ofWorst = (offset: number, worst: Worst | undefined): Known[] =>
    worst === undefined || worst.models.length === 0
      ? []
      : [{ offset, label: worstText(worst), tooltip: worstLines(worst) }];
  for (const { span, worst } of workspace.foundIn(document, ({ rules }) => rules))
    if (isWithin(span.end)) yield* ofWorst(span.end, worst);
  for (const { span, models } of workspace.foundIn(document, ({ sets }) => sets)) {
    if (!isWithin(span.end)) continue;
    const all = listText(models);
    const label = `= ${models.length > MOST_LISTED ? `${models.length} models` : all}`;
    yield { offset: span.end, label, tooltip: all };
  }
  for (const { definer, name, base } of definitionsIn(document)) {
    if (!("kind" in definer)) continue;
    const { end } = moved(definer.kind === "model" ? definer.upstream.span : definer.span, base);
    if (!isWithin(end)) continue;
    const model = definer.kind === "model" ? modelNamed(name, document, workspace) : undefined;
    if (model !== undefined) yield { offset: end, label: modelText(model.facts) };
    if (definer.kind === "plan") yield* ofWorst(end, worstOfPlan(name, document, workspace));
  }
}
