/** Differences for programs. */
import { requestJson } from "../diagnostics/request.ts";
import type { Change, Difference } from "./difference.ts";
import type { Version, Versions } from "./wording.ts";

/**
 * The document that `routec diff --format json` prints; fields that do not apply are absent. Lines count from 1, costs are
 * in dollars; values of `beside` are in the units of the decision table. `more` members come last.
 */
export function renderJson(difference: Difference, versions: Versions, more: object = {}): string {
  const { verdict, decisions, names, beside, warnings, undecided } = difference;
  const document = {
    format: 1,
    verdict,
    decisions: decisions.map(({ before, after, names: served, witness, redefined }) => ({
      routes: served,
      before: decidedJson(before, versions.before),
      after: decidedJson(after, versions.after),
      witness: requestJson(witness),
      redefined,
    })),
    names,
    beside,
    warnings,
    undecided,
    ...more,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function decidedJson({ text, rule, cost, residencies }: Change["before"], { line }: Version): object {
  return {
    text,
    rule: rule && { ...line(rule), text: rule.text },
    worst: { cost: cost / 1e9 },
    residencies,
  };
}
