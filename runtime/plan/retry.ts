/** How long to wait before a call is tried again. */

/** Milliseconds: the most before the first retry, doubled for each further one, up to the limit. */
const BASE = 250;
const LONGEST = 8_000;

/**
 * Milliseconds until retry number `retry`, counted from 0: exponential backoff with full jitter (Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015), on top of what the provider asked for, so that those who were
 * told to wait equally long do not come back together.
 */
export function retryWait(retry: number, asked: number | undefined, random: () => number): number {
  const most = Math.min(LONGEST, BASE * 2 ** retry);
  return (asked ?? 0) + Math.floor(random() * most);
}
