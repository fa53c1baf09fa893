/** Values and circumstances as a test writes them. */
import type { Value } from "../../runtime/table/artifact.ts";
import type { Attribute } from "../program/program.ts";
import { spell } from "../syntax/literals.ts";

/** `tier free`, of what is sent. */
export function field({ name, type }: Attribute, value: Value): string {
  return `${name} ${valueText(type.kind, value)}`;
}

/** `given intent code`. A member that means something else there is quoted. */
export function given({ name, type }: Attribute, value: Value): string {
  const text = valueText(type.kind, value);
  return `given ${name} ${GIVEN_WORDS.has(text) ? JSON.stringify(text) : text}`;
}

const GIVEN_WORDS: ReadonlySet<string> = new Set(["down", "fails", "answers", "used"]);

/** A value as a policy would write it. */
export function valueText(kind: Attribute["type"]["kind"], value: Value): string {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return kind === "enum" ? wordOf(value) : JSON.stringify(value);
  switch (kind) {
    case "score":
      return spell({ kind: "decimal", value });
    case "money":
    case "duration":
    case "percent":
      return spell({ kind, value });
    default:
      return spell({ kind: "int", value });
  }
}

/** A bare word where the language allows one. */
export function wordOf(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text !== "true" && text !== "false" && text !== "_"
    ? text
    : JSON.stringify(text);
}

/** Some value of an attribute. */
export function anyOf({ type, range }: Attribute): Value {
  switch (type.kind) {
    case "bool":
      return true;
    case "string":
      return "any";
    case "enum":
      return type.members[0] ?? "";
    case "score":
      return 0.5;
    default:
      return Math.max(0, range[0]);
  }
}
