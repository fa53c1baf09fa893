/** How figures of a calibration are told. */
import { spell } from "../syntax/literals.ts";
import type { Measured } from "./bootstrap.ts";
import type { Threshold } from "./thresholds.ts";

/** Digits behind the point of a quality. */
const DIGITS = 3;

export function share(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(DIGITS).replace(/^-(0\.0+)$/, "$1");
}

export function percent(value: number): string {
  return Number.isNaN(value) ? "-" : `${Math.round(value * 100)}%`;
}

/** Three significant digits. */
export function dollars(value: number): string {
  if (value === 0) return "$0";
  const digits = Math.max(2, 2 - Math.floor(Math.log10(Math.abs(value))));
  return `$${value.toFixed(Math.min(12, digits))}`;
}

export function within({ value, low, high }: Measured, told: (value: number) => string): string {
  return `${told(value)} [${told(low)}, ${told(high)}]`;
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}

/** Who serves what costs less. */
export function cheaperSide({ cheaper }: { readonly cheaper: string | undefined }): string {
  return cheaper === undefined ? "the cheaper side" : `\`${cheaper}\``;
}

/** The number as a policy writes it. */
export function literal({ type }: Pick<Threshold, "type">, value: number): string {
  if (type.kind === "score") return spell({ kind: "decimal", value });
  if (type.kind === "money" || type.kind === "duration") return spell({ kind: type.kind, value });
  return String(value);
}
