/** What was last understood of what a file names: also while its text is being changed. */
import { DEPRECATED } from "../compiler/catalog/index.ts";
import type { UnderstoodModel, Worst } from "./checking/understanding.ts";
import type { Document } from "./text/document.ts";
import type { Workspace } from "./workspace.ts";

export interface KnownModel extends UnderstoodModel {
  /** Its provider means to switch it off. */
  readonly deprecated: boolean;
}

export function modelNamed(name: string, document: Document, workspace: Workspace): KnownModel | undefined {
  for (const { models } of workspace.understandingsOf(document)) {
    const model = models.find(({ facts }) => facts.name === name);
    if (model !== undefined) return { ...model, deprecated: isDeprecated(model) };
  }
  return undefined;
}

function isDeprecated({ note }: UnderstoodModel): boolean {
  return note?.endsWith(DEPRECATED) === true;
}

/** By name. */
export function deprecatedModels(document: Document, workspace: Workspace): ReadonlySet<string> {
  const models = workspace.understandingsOf(document).flatMap((understanding) => understanding.models);
  return new Set(models.filter(isDeprecated).map(({ facts }) => facts.name));
}

/** Undefined of what is no plan, or of one that is not understood. */
export function worstOfPlan(name: string, document: Document, workspace: Workspace): Worst | undefined {
  for (const { plans } of workspace.understandingsOf(document)) {
    const plan = plans.find((each) => each.name === name);
    if (plan !== undefined) return plan.worst;
  }
  return undefined;
}
