/** What is left of a provider's rate limits, said in the headers of each dialect: clients slow down by those that they know. */
import type { RawHeaders } from "../plan/doors.ts";
import { header } from "../plan/failure.ts";

/** What both dialects count; Anthropic's counts of input and output tokens have no name in OpenAI's. */
const COUNTED = ["requests", "tokens"] as const;

/** `anthropic-ratelimit-…` of `headers` as OpenAI names them, name and value in turn. `now` is in milliseconds. */
export function openaiRates(headers: RawHeaders, now: number): readonly string[] {
  return COUNTED.flatMap((what) => {
    const of = (part: string): string | undefined => header(headers, `anthropic-ratelimit-${what}-${part}`);
    const reset = Date.parse(of("reset") ?? "");
    return [
      ...named(`x-ratelimit-limit-${what}`, of("limit")),
      ...named(`x-ratelimit-remaining-${what}`, of("remaining")),
      ...named(`x-ratelimit-reset-${what}`, Number.isNaN(reset) ? undefined : `${Math.max(0, reset - now) / 1000}s`),
    ];
  });
}

/** The other way. */
export function anthropicRates(headers: RawHeaders, now: number): readonly string[] {
  return COUNTED.flatMap((what) => {
    const of = (part: string): string | undefined => header(headers, `x-ratelimit-${part}-${what}`);
    const wait = milliseconds(of("reset") ?? "");
    return [
      ...named(`anthropic-ratelimit-${what}-limit`, of("limit")),
      ...named(`anthropic-ratelimit-${what}-remaining`, of("remaining")),
      ...named(
        `anthropic-ratelimit-${what}-reset`,
        wait === undefined ? undefined : new Date(now + wait).toISOString(),
      ),
    ];
  });
}

function named(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Such as `6m0s`, `1.5s` or `20ms`; undefined of anything else. */
function milliseconds(duration: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd]))+$/.test(duration)) return undefined;
  const parts = duration.matchAll(/([\d.]+)(ms|[smhd])/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}
