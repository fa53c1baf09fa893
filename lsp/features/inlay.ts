/** `textDocument/inlayHint`: what is not written but known. */
import { type InlayHint, InlayHintKind } from "vscode-languageserver-protocol";
import type { Span } from "../../compiler/syntax/index.ts";
import { modelNamed, worstOfPlan } from "../facts.ts";
import { definitionsIn } from "../names/symbols.ts";
import type { Document } from "../text/document.ts";
import { moved } from "../text/tree.ts";
import { listText, modelText, worstText } from "../wording.ts";
import type { Workspace } from "../workspace.ts";
import { worstLines } from "./hover.ts";

/** More models than these are counted. */
const MOST_LISTED = 4;

/** Worst cases of rules and plans at their ends, the price of a model, what `models where` has chosen. */
export function inlayHints(document: Document, within: Span, workspace: Workspace): InlayHint[] {
  const hints: InlayHint[] = [];
  const isWithin = (offset: number): boolean => within.start <= offset && offset <= within.end;
  const add = (offset: number, label: string, tooltip?: string): void => {
    hints.push({
      position: document.positions.position(offset),
      label,
      paddingLeft: true,
      kind: InlayHintKind.Type,
      ...(tooltip !== undefined && { tooltip: { kind: "markdown", value: tooltip } }),
    });
  };
  for (const { span, worst } of workspace.foundIn(document, ({ rules }) => rules))
    if (isWithin(span.end) && worst.models.length > 0) add(span.end, worstText(worst), worstLines(worst));
  for (const { span, models } of workspace.foundIn(document, ({ sets }) => sets)) {
    if (!isWithin(span.end)) continue;
    const all = listText(models);
    add(span.end, `= ${models.length > MOST_LISTED ? `${models.length} models` : all}`, all);
  }
  for (const { definer, name, base } of definitionsIn(document)) {
    if (!("kind" in definer)) continue;
    const { end } = moved(definer.kind === "model" ? definer.upstream.span : definer.span, base);
    if (!isWithin(end)) continue;
    if (definer.kind === "model") {
      const model = modelNamed(name, document, workspace);
      if (model !== undefined) add(end, modelText(model.facts));
    }
    if (definer.kind === "plan") {
      const worst = worstOfPlan(name, document, workspace);
      if (worst !== undefined && worst.models.length > 0) add(end, worstText(worst), worstLines(worst));
    }
  }
  return hints.toSorted((a, b) => a.position.line - b.position.line || a.position.character - b.position.character);
}
