/**
 * What a provider's own limits leave of a key, as its answers say it: OpenAI's `x-ratelimit-remaining-requests` and
 * `-tokens` with `x-ratelimit-reset-…` ("6m0s", "20ms"), which Groq, xAI, Together and Azure have too; Anthropic's
 * `anthropic-ratelimit-requests-remaining` and `-tokens-` with `…-reset` (RFC 3339).
 */
import type { RawHeaders } from "../plan/doors.ts";
import { header } from "../plan/failure.ts";

/** Longer ones are not believed: limits by the day are told of by a 429. */
const LONGEST = 10 * 60_000;

/** Milliseconds for which a key is used up; 0 where something is left, or nothing is said. */
export function usedUp(headers: RawHeaders, now: number): number {
  let longest = 0;
  for (const what of ["requests", "tokens"]) {
    if (header(headers, `x-ratelimit-remaining-${what}`) === "0")
      longest = Math.max(longest, milliseconds(header(headers, `x-ratelimit-reset-${what}`)));
    if (header(headers, `anthropic-ratelimit-${what}-remaining`) === "0")
      longest = Math.max(longest, Date.parse(header(headers, `anthropic-ratelimit-${what}-reset`) ?? "") - now || 0);
  }
  return longest <= LONGEST ? longest : 0;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Such as `1h2m3.5s`; 0 for what is none. */
function milliseconds(text = ""): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return 0;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}
