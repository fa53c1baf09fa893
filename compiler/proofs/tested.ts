import type { Attribute, Condition } from "../program/program.ts";

/** The attributes that a condition tests. */
export function attributesIn(condition: Condition): ReadonlySet<Attribute> {
  switch (condition.kind) {
    case "always":
      return new Set();
    case "atom":
      return new Set([condition.attribute]);
    case "not":
      return attributesIn(condition.operand);
    default:
      return new Set(condition.operands.flatMap((operand) => [...attributesIn(operand)]));
  }
}
