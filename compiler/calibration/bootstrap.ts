/** How sure a figure is: what it would be on other samples of the same kind (Efron, 1979; percentile intervals). */
import { seeded } from "../../runtime/signals/training/random.ts";

/** A figure, and where 95 in 100 bootstrap samples have it. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Samples that are drawn, and fewer where there are so many rows that it would take long. */
const [MOST_SAMPLES, LEAST_SAMPLES] = [1000, 200];
const MOST_DRAWS = 2e7;

/**
 * Measures rows, by how often each is in the sample: once for the value, and as often as chance has it for the interval.
 * All figures are of the same samples, so that a difference of two is measured as one. A sample that cannot be measured
 * (NaN) is left out.
 */
export function bootstrap<Name extends string>(
  rows: number,
  measure: (times: Uint32Array) => Readonly<Record<Name, number>>,
  seed: number,
): Readonly<Record<Name, Measured>> {
  const once = measure(new Uint32Array(rows).fill(1));
  const random = seeded(seed);
  const samples = Math.round(Math.min(MOST_SAMPLES, Math.max(LEAST_SAMPLES, MOST_DRAWS / rows)));
  const drawn = Array.from({ length: samples }, () => {
    const times = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) {
      const at = Math.floor(random() * rows);
      times[at] = (times[at] as number) + 1;
    }
    return measure(times);
  });
  const names = Object.keys(once) as Name[];
  return Object.fromEntries(
    names.map((name) => {
      const values = drawn.map((figures) => figures[name]).filter((value) => !Number.isNaN(value));
      return [name, { value: once[name], ...interval(values) }];
    }),
  ) as Record<Name, Measured>;
}

function interval(values: readonly number[]): { low: number; high: number } {
  const ascending = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}
