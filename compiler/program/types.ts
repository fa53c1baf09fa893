import { LARGEST } from "../syntax/literals.ts";
import type { Value } from "../syntax/tree.ts";

/** What a value can be. There is no coercion but one: an int will do where a score is expected. */
export type Type =
  | { readonly kind: "bool" | "int" | "score" | "percent" | "money" | "duration" | "clock" | "string" }
  | { readonly kind: "enum"; readonly members: readonly string[] };

/** The types that may be written after an attribute's name. */
export const SCALAR_TYPES = ["bool", "int", "score", "string", "money", "duration"] as const;
export type ScalarType = (typeof SCALAR_TYPES)[number];

export function isNumber(type: Type): boolean {
  return type.kind !== "bool" && type.kind !== "string" && type.kind !== "enum";
}

/** Whether between two neighbouring values there is none: then `< 6` and `<= 5` are the same. */
export function isWhole(type: Type): boolean {
  return type.kind !== "score" && type.kind !== "percent";
}

/** For messages: `a duration such as 30s`. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case "bool":
      return "`true` or `false`";
    case "int":
      return "a whole number such as `12` or `20k`";
    case "score":
      return "a score from 0 to 1 such as `0.8`";
    case "percent":
      return "a percentage such as `80%`";
    case "money":
      return "an amount such as `$0.25`";
    case "duration":
      return "a duration such as `30s`";
    case "clock":
      return "a time of day such as `16:30`";
    case "string":
      return 'a text such as `"abc"`';
    case "enum":
      return `one of ${type.members.map((member) => `\`${member}\``).join(", ")}`;
  }
}

/** What a literal is by itself. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case "word":
      return value.quoted ? "a text" : "a word";
    case "decimal":
      return "a decimal number";
    case "int":
      return "a whole number";
    case "money":
      return "an amount of money";
    case "clock":
      return "a time of day";
    default:
      return `a ${value.kind}`;
  }
}

/** The least and the greatest value of a type of numbers, in the units of the table. */
export function valueRange(type: Type): readonly [min: number, max: number] {
  switch (type.kind) {
    case "int":
      return [-LARGEST, LARGEST];
    case "score":
      return [0, 1];
    default:
      return [0, LARGEST];
  }
}
