/** Reading requests: JSON that a client wrote. What is read of answers is in `plan/json.ts`. */
import { parse } from "../plan/json.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` where it is an object, else one without members. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Whether `value` says anything: null, false, and what is empty are what is said by leaving it out. */
export function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** What `make` gives; where that is nested so deeply that it cannot be written as JSON, what `tooDeep` does. */
export function unlessTooDeep<T>(make: () => T, tooDeep: () => T): T {
  try {
    return make();
  } catch (error) {
    // The only one that JSON and what recurses here can throw: the stack is used up.
    if (error instanceof RangeError) return tooDeep();
    throw error;
  }
}

/** A tool call's arguments as an object. Models write some that are none: those stand in it as text, under `arguments`. */
export function argumentsOf(written: unknown): JsonObject {
  if (written === undefined || written === null || written === "") return {};
  const value = typeof written === "string" ? parse(written) : written;
  return isObject(value) ? value : { arguments: written };
}
