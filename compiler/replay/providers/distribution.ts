/** A distribution that is stated: one number, or some of its percentiles. */

/** Percentiles (0 to 100) and their values, both ascending. */
export type Distribution = readonly { readonly percent: number; readonly value: number }[];

/** The value below which the share `q` (0 to 1) lies: between two percentiles on a line, past the last one the last. */
export function quantileOf(distribution: Distribution, q: number): number {
  const percent = q * 100;
  const above = distribution.findIndex((each) => each.percent >= percent);
  const last = distribution.at(-1)?.value ?? 0;
  if (above < 0) return last;
  const [low, high] = [distribution[above - 1], distribution[above]];
  if (low === undefined || high === undefined) return high?.value ?? last;
  return low.value + ((percent - low.percent) / (high.percent - low.percent)) * (high.value - low.value);
}
