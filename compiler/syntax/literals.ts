/** What the written form of a number or a text means. Arithmetic is on the digits, so nothing is rounded. */
import type { NumberKind } from "./tree.ts";

export interface NumberValue {
  readonly kind: NumberKind;
  readonly value: number;
}

/** The largest magnitude that a number may have in its unit: past it, not every whole number has a form of its own. */
export const LARGEST = Number.MAX_SAFE_INTEGER;

/** Why a literal cannot be read, in the words of a diagnostic, and the nearest form that can. */
export interface Malformed {
  readonly message: string;
  readonly nearest?: string;
  /** Whether the nearest form means the same beyond doubt, as `5s` for `5sec`. */
  readonly sure?: boolean;
}

/** Past this many characters no form is a number: it bounds the work for one literal. */
const LONGEST = 60;

const MULTIPLIERS: Readonly<Record<string, bigint>> = { "": 1n, k: 1_000n, M: 1_000_000n };
const MILLISECONDS: Readonly<Record<string, bigint>> = {
  ms: 1n,
  s: 1_000n,
  m: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n,
};
const NANO_DOLLARS = 1_000_000_000n;
const CALLED: Readonly<Partial<Record<NumberKind, string>>> = {
  money: "an amount of money",
  duration: "a duration",
  percent: "a percentage",
};
const UNIT_OF: Readonly<Partial<Record<NumberKind, string>>> = {
  money: "nano-dollars",
  duration: "milliseconds",
  percent: "percents",
};

/** Bytes, where tokens were meant. */
const BYTES: readonly (readonly [RegExp, string])[] = [
  [/^kb$/i, "k"],
  [/^mb$/i, "M"],
];

/** Units as people write them elsewhere. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^M$/, "M"],
  [/^%$/, "%"],
  [/^(ms|msecs?|millis|milliseconds?)$/i, "ms"],
  [/^(s|secs?|seconds?)$/i, "s"],
  [/^(m|mins?|minutes?)$/, "m"],
  [/^(h|hrs?|hours?)$/i, "h"],
  [/^(d|days?)$/i, "d"],
  [/^(k|thousand)$/i, "k"],
  [/^(mio|mln|million)$/i, "M"],
  [/^(pct|percent)$/i, "%"],
];

const FORM = /^(-?)(\$?)(\d+(?:_\d+)*)(?:\.(\d+(?:_\d+)*))?(k|M|%|ms|s|m|h|d)?$/;
const CLOCK = /^(\d\d):(\d\d)$/;

/** Reads a number with its unit: see `Literal` for what the value counts. */
export function readNumber(written: string): NumberValue | Malformed {
  if (written.length > LONGEST) return { message: `a number of ${written.length} characters is too long` };
  return readForm(written) ?? malformed(written);
}

/** Undefined where it has not the form of a number at all. */
function readForm(written: string): NumberValue | Malformed | undefined {
  const clock = CLOCK.exec(written);
  if (clock) return readClock(written, Number(clock[1]), Number(clock[2]));
  const form = FORM.exec(written.replace(/^\$-/, "-$"));
  const [, sign, dollar, whole = "", fraction, unit = ""] = form ?? [];
  const kind = form && kindOf(dollar === "$", unit, fraction !== undefined);
  if (!kind) return undefined;
  if (sign && kind !== "int" && kind !== "decimal") {
    return {
      message: `${quoted(written)} is negative, and ${CALLED[kind]} cannot be`,
      nearest: written.replace("-", ""),
    };
  }
  const digits = (whole + (fraction ?? "")).replaceAll("_", "");
  const places = fraction?.replaceAll("_", "").length ?? 0;
  if (kind === "decimal") return { kind, value: Number(written.replaceAll("_", "")) };

  const factor = kind === "duration" ? (MILLISECONDS[unit] ?? 1n) : (MULTIPLIERS[unit] ?? 1n);
  const scaled = BigInt(digits) * (kind === "money" ? factor * NANO_DOLLARS : factor);
  const divisor = 10n ** BigInt(places);
  if (scaled % divisor !== 0n) {
    const message = `${quoted(written)} is not a whole number${UNIT_OF[kind] ? ` of ${UNIT_OF[kind]}` : ""}`;
    const nearest = (scaled + divisor / 2n) / divisor;
    // Nothing is not what somebody meant who wrote something.
    return { message, ...(nearest > 0n && { nearest: sign + spell({ kind, value: Number(nearest) }) }) };
  }
  const value = Number(scaled / divisor);
  if (value > LARGEST)
    return { message: `${quoted(written)} is too large: the most is ${quoted(spell({ kind, value: LARGEST }))}` };
  return { kind, value: sign ? 0 - value : value };
}

/** The canonical form of a number where it is not known how it was written. */
export function spell({ kind, value }: NumberValue): string {
  switch (kind) {
    case "int":
      return String(value);
    case "decimal":
      return value.toLocaleString("en-US", {
        useGrouping: false,
        minimumFractionDigits: 1,
        maximumFractionDigits: 100,
      });
    case "percent":
      return `${value}%`;
    case "money": {
      const nanos = BigInt(value);
      const cents = String(nanos % NANO_DOLLARS)
        .padStart(9, "0")
        .replace(/0+$/, "");
      return `$${nanos / NANO_DOLLARS}${cents && `.${cents.padEnd(2, "0")}`}`;
    }
    case "duration": {
      const units = Object.entries(MILLISECONDS).reverse();
      const [unit, factor] = units.find(([, ms]) => value > 0 && BigInt(value) % ms === 0n) ?? ["ms", 1n];
      return `${BigInt(value) / factor}${unit}`;
    }
    case "clock":
      return `${two(Math.floor(value / 60))}:${two(value % 60)}`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Reads what stands between double quotes: JSON's escapes (RFC 8259, section 7). */
export function readText(inner: string): { readonly text: string } | Malformed {
  let wrong: string | undefined;
  const text = inner.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (written, hex: string | undefined, letter: string) => {
    if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
    if (letter === '"' || letter === "\\" || letter === "/") return letter;
    const meant = ESCAPES[letter];
    if (meant === undefined) wrong ??= written;
    return meant ?? letter;
  });
  if (wrong)
    return { message: `${quoted(wrong)} is not an escape: a text knows \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u0000` };
  if (!text.isWellFormed()) return { message: "the text has half of a surrogate pair in it, which is not a character" };
  return { text };
}

function kindOf(dollar: boolean, unit: string, fraction: boolean): NumberKind | undefined {
  if (dollar) return unit in MULTIPLIERS ? "money" : undefined;
  if (unit === "%") return "percent";
  if (unit in MILLISECONDS) return "duration";
  return fraction && unit === "" ? "decimal" : "int";
}

function readClock(written: string, hour: number, minute: number): NumberValue | Malformed {
  if (hour < 24 && minute < 60) return { kind: "clock", value: hour * 60 + minute };
  const nearest = written === "24:00" ? "00:00" : `${two(Math.min(hour, 23))}:${two(Math.min(minute, 59))}`;
  return { message: `${quoted(written)} is not a time of day: they go from \`00:00\` to \`23:59\``, nearest };
}

function malformed(written: string): Malformed {
  const message = `${quoted(written)} is not a number`;
  const nearest = nearestForm(written);
  const read = nearest && readForm(nearest.nearest);
  return read && "kind" in read ? { message, ...nearest } : { message };
}

/** A guess at what was meant; the caller makes sure that it is a number. */
function nearestForm(written: string): { nearest: string; sure: boolean } | undefined {
  const clock = /^(\d{1,2}):(\d{1,2})$/.exec(written);
  if (clock) return { nearest: `${two(Number(clock[1]))}:${two(Number(clock[2]))}`, sure: true };
  const power = /^\d+(\.\d+)?[eE]\d+$/.test(written) ? Number(written) : undefined;
  if (power !== undefined) return Number.isSafeInteger(power) ? { nearest: String(power), sure: true } : undefined;
  const parts = /^([-$]*)(\.?\d[\d_]*(?:\.\d[\d_]*)?)(.*)$/.exec(written);
  const [, signs = "", digits = "", rest = ""] = parts ?? [];
  // Of `0x10` or `5m30s` the first digits alone are not what was meant.
  if (!parts || /^[A-Za-z]+\d/.test(rest)) return undefined;
  const sign = signs.includes("$") ? "$" : signs.slice(0, 1);
  const number = digits
    .replace(/^\./, "0.")
    .replace(/_+(?=\.|$)/g, "")
    .replace(/_+/g, "_");
  if (/^(\$|usd|dollars?)$/i.test(rest)) return { nearest: `$${number}`, sure: true };
  const unitOf = (units: typeof UNITS) => {
    const meant = units.find(([pattern]) => pattern.test(rest))?.[1];
    return meant !== undefined && kindOf(sign.endsWith("$"), meant, false) ? meant : undefined;
  };
  const unit = unitOf(UNITS);
  return { nearest: sign + number + (unit ?? unitOf(BYTES) ?? ""), sure: rest === "" || unit !== undefined };
}

const two = (n: number) => String(n).padStart(2, "0");
const quoted = (written: string) => `\`${written}\``;
