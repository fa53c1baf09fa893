/** What is said of repeated measurements: the middle, the spread, and how many there were. */

export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

/** The value below which the share `q` (0 to 1) of the values lies, interpolated linearly between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile of no values");
  return below + (above - below) * (at - Math.floor(at));
}

/** Throws a RangeError when there are no values. */
export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    min: quantile(values, 0),
    max: quantile(values, 1),
    n: values.length,
  };
}
