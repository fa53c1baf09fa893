/** Conditions as their authors see them: comparisons, each of which can come out true or false. */
import { type Box, boxesOf, type Space, within } from "../analysis/boxes.ts";
import type { Place } from "../diagnostics/index.ts";
import { holds, type Values } from "../program/interpret.ts";
import type { Attribute, Condition, Rule } from "../program/program.ts";

/** Where a comparison is written; undefined of a part of one. */
export type WrittenAt = (condition: Condition, rule: Rule) => Place | undefined;

/** `written` has the files in which a comparison is written at a span. */
export function writtenAt(written: ReadonlyMap<string, readonly string[]>): WrittenAt {
  return (condition, { place }) => {
    const span = condition.kind === "always" ? undefined : condition.node;
    const files = span && written.get(`${span.start}-${span.end}`);
    if (span === undefined || files === undefined) return undefined;
    // What stands outside its rule's file is a `let` that was imported.
    const file = files.includes(place.file) ? place.file : (files[0] ?? place.file);
    return { file, span };
  };
}

/**
 * Whether a rule's condition holds, as far as that can be said: read from left to right, no further than is needed.
 * Signals that were not needed have no value. Tells each comparison that was looked at.
 */
export function lookedAt(
  rule: Rule,
  values: Values,
  at: WrittenAt,
  tell: (place: Place, outcome: boolean) => void,
): boolean | undefined {
  const look = (condition: Condition): boolean | undefined => {
    const place = at(condition, rule);
    if (place !== undefined) {
      if (attributesIn(condition).some(({ name }) => !values.has(name))) return undefined;
      const outcome = holds(condition, values);
      tell(place, outcome);
      return outcome;
    }
    switch (condition.kind) {
      case "always":
        return true;
      case "not": {
        const inner = look(condition.operand);
        return inner === undefined ? undefined : !inner;
      }
      case "atom":
        return values.has(condition.attribute.name) ? holds(condition, values) : undefined;
      default: {
        const deciding = condition.kind === "or";
        let result: boolean | undefined = !deciding;
        for (const operand of condition.operands) {
          const outcome = look(operand);
          if (outcome === deciding) return deciding;
          if (outcome === undefined) result = undefined;
        }
        return result;
      }
    }
  };
  return look(rule.condition);
}

function attributesIn(condition: Condition): readonly Attribute[] {
  switch (condition.kind) {
    case "always":
      return [];
    case "atom":
      return [condition.attribute];
    case "not":
      return attributesIn(condition.operand);
    default:
      return condition.operands.flatMap(attributesIn);
  }
}

/**
 * The requests, among `reaching`, for which a comparison of a rule is looked at and comes out so. Throws `TooManyBoxes`.
 */
export function outcomesOf(
  rule: Rule,
  reaching: readonly Box[],
  space: Space,
  at: WrittenAt,
  tell: (place: Place, outcome: boolean, requests: readonly Box[]) => void,
): void {
  const visit = (condition: Condition, requests: readonly Box[]): void => {
    const place = at(condition, rule);
    if (place !== undefined) {
      for (const outcome of [true, false]) tell(place, outcome, within(requests, boxesOf(condition, space, !outcome)));
    } else if (condition.kind === "not") visit(condition.operand, requests);
    else if (condition.kind === "and" || condition.kind === "or") {
      let left = requests;
      for (const operand of condition.operands) {
        visit(operand, left);
        left = within(left, boxesOf(operand, space, condition.kind === "or"));
      }
    }
  };
  visit(rule.condition, reaching);
}
