/** What is left of a provider's rate limits, said in the headers of each dialect: clients slow down by those that they know. */
import type { RawHeaders } from "../plan/doors.ts";

/** What both dialects count; Anthropic's counts of input and output tokens have no name in OpenAI's. */
const COUNTED = ["requests", "tokens"] as const;
const PARTS = ["limit", "remaining", "reset"] as const;

/** The other dialect's name of each header, by the one in lower case; and whether its value is a time, which they write differently. */
type Names = ReadonlyMap<string, { readonly name: string; readonly isTime: boolean }>;

function names(from: (what: string, part: string) => string, to: typeof from): Names {
  const pairs = COUNTED.flatMap((what) => PARTS.map((part) => ({ what, part })));
  return new Map(pairs.map(({ what, part }) => [from(what, part), { name: to(what, part), isTime: part === "reset" }]));
}

const openai = (what: string, part: string): string => `x-ratelimit-${part}-${what}`;
const anthropic = (what: string, part: string): string => `anthropic-ratelimit-${what}-${part}`;
const TO_OPENAI = names(anthropic, openai);
const TO_ANTHROPIC = names(openai, anthropic);

/** `anthropic-ratelimit-…` of `headers` as OpenAI names them, name and value in turn. `now` is in milliseconds. */
export function openaiRates(headers: RawHeaders, now: number): readonly string[] {
  return renamed(headers, TO_OPENAI, (time) => {
    const reset = Date.parse(time);
    return Number.isNaN(reset) ? undefined : `${Math.max(0, reset - now) / 1000}s`;
  });
}

/** The other way. */
export function anthropicRates(headers: RawHeaders, now: number): readonly string[] {
  return renamed(headers, TO_ANTHROPIC, (time) => {
    const wait = milliseconds(time);
    return wait === undefined ? undefined : new Date(now + wait).toISOString();
  });
}

/** Those of `headers` that have a name in `known`. Every answer's are looked at, and most are of other names, and shorter. */
function renamed(headers: RawHeaders, known: Names, timeOf: (time: string) => string | undefined): readonly string[] {
  const rates: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const given = headers[at] ?? "";
    if (given.length < SHORTEST) continue;
    const theirs = known.get(given.toLowerCase());
    if (theirs === undefined) continue;
    const value = headers[at + 1]?.trim() ?? "";
    const said = theirs.isTime ? timeOf(value) : value;
    if (said !== undefined) rates.push(theirs.name, said);
  }
  return rates;
}

/** Characters of the shortest name of either. */
const SHORTEST = "x-ratelimit-limit-tokens".length;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Such as `6m0s`, `1.5s` or `20ms`; undefined of anything else. */
function milliseconds(duration: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd]))+$/.test(duration)) return undefined;
  const parts = duration.matchAll(/([\d.]+)(ms|[smhd])/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}
