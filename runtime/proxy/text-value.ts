/** Values of attributes as headers and metadata carry them: as text. */
import type { AttributeType, Value } from "../table/index.ts";

const NANO_DIGITS = 9;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `text` as a value of the type, or undefined if it is none: `true`, `12`, `0.8`, `12.50` or `$12.50` (to a billionth),
 * `250ms`, `30s`, a member, any text. Money comes out in nano-dollars, a duration in milliseconds.
 */
export function valueFromText(type: AttributeType, text: string): Value | undefined {
  switch (type.kind) {
    case "string":
      return text;
    case "enum":
      return type.members.includes(text) ? text : undefined;
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "int":
      return /^-?\d{1,16}$/.test(text) ? safe(Number(text)) : undefined;
    case "score":
      return /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined;
    case "money":
      return money(text);
    case "duration":
      return duration(text);
  }
}

/** Whole and broken part apart: `0.1 * 1e9` is not always whole in floating point. */
function money(text: string): number | undefined {
  const [, whole, broken = ""] = /^\$?(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : safe(Number(whole + broken.padEnd(NANO_DIGITS, "0")));
}

function duration(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount === undefined ? undefined : safe(Number(amount) * (MILLISECONDS[unit] ?? 1));
}

/** Adding 0 makes a plain zero of -0. */
function safe(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}
