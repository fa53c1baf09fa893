import type { Attribute, AttributeType } from "./decision-table.generated.ts";

/** A value as rules see it: money in nano-dollars, durations in milliseconds, enum members as text. */
export type Value = boolean | number | string;

/** A value of a request is not one that its attribute may have. */
export class AttributeError extends Error {
  override readonly name = "AttributeError";
  readonly attribute: string;
  constructor(attribute: string, message: string) {
    super(message);
    this.attribute = attribute;
  }
}

const NANO = 1e9;

/** What a person or a program has to write for a value of this type, for messages. */
export function expectation(type: AttributeType): string {
  switch (type.kind) {
    case "enum":
      return `one of ${type.members.join(", ")}`;
    case "bool":
      return "true or false";
    case "int":
      return "a whole number";
    case "score":
      return "a number from 0 to 1";
    case "percent":
      return "a percentage as a number, such as 95";
    case "money":
      return "an amount in dollars";
    case "duration":
      return "a number of milliseconds";
    case "string":
      return "a text";
  }
}

/** `given`, a JSON value (money in dollars, durations in milliseconds), as a value of the type; undefined if it is none. */
export function valueFromJson(type: AttributeType, given: unknown): Value | undefined {
  switch (type.kind) {
    case "bool":
      return typeof given === "boolean" ? given : undefined;
    case "string":
      return typeof given === "string" ? given : undefined;
    case "enum":
      return typeof given === "string" && type.members.includes(given) ? given : undefined;
    case "int":
      return Number.isSafeInteger(given) ? (given as number) : undefined;
    case "duration":
      return Number.isSafeInteger(given) && (given as number) >= 0 ? (given as number) : undefined;
    case "score":
      return typeof given === "number" && given >= 0 && given <= 1 ? given : undefined;
    case "percent":
      return typeof given === "number" && given >= 0 && Number.isFinite(given) ? given : undefined;
    case "money": {
      const nano = typeof given === "number" ? Math.round(given * NANO) : Number.NaN;
      return Number.isSafeInteger(nano) && nano >= 0 ? nano : undefined;
    }
  }
}

/** The inverse of `valueFromJson`. */
export function valueToJson(type: AttributeType, value: Value): Value {
  return type.kind === "money" ? (value as number) / NANO : value;
}

/**
 * The attribute's value where `given` says it, its default where nothing is given.
 * @throws {AttributeError} when it is required and missing, or not of its type.
 */
export function readAttribute(attribute: Attribute, given: unknown): Value {
  const what =
    attribute.source.from === "signal" || attribute.source.from === "state" ? attribute.source.from : "attribute";
  if (given === undefined) {
    if (attribute.default !== undefined) return attribute.default;
    throw new AttributeError(
      attribute.name,
      `${what} \`${attribute.name}\` is missing: expected ${expectation(attribute.type)}`,
    );
  }
  const value = valueFromJson(attribute.type, given);
  if (value !== undefined) return value;
  throw new AttributeError(
    attribute.name,
    `${what} \`${attribute.name}\` is \`${typeof given === "string" ? given : JSON.stringify(given)}\`: expected ${expectation(attribute.type)}`,
  );
}
