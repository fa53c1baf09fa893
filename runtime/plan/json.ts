/** Reading JSON that a provider wrote: nothing about its shape is known, and nothing in it may throw. */

/** The value that `text` holds, or undefined where it is not JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The member `key` of `value`, or undefined where `value` is no object or has no such member. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** The entries of `value`, or none where it is no array. */
export function entries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` where it is text, else the empty text. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
