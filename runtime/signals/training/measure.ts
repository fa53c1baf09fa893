/** How good predictions are, on examples that nothing was fitted to. */
import { seeded } from "./random.ts";

/** A figure, and where 95 in 100 bootstrap samples of the held-out examples have it. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Samples of the bootstrap (Efron, 1979; percentile intervals). */
const SAMPLES = 1000;

export function bootstrapped<T>(all: readonly T[], measure: (sample: readonly T[]) => number, seed: number): Measured {
  const random = seeded(seed);
  const values: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const value = measure(all.map(() => all[Math.floor(random() * all.length)] as T));
    if (!Number.isNaN(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  return { value: measure(all), low: at(0.025), high: at(0.975) };
}

/** The share of which `is` is true. */
export function share<T>(all: readonly T[], is: (each: T) => boolean): number {
  return all.filter(is).length / all.length;
}

/** A prediction for one of two classes. */
export interface Ranked {
  readonly score: number;
  readonly positive: boolean;
}

/**
 * The area under the ROC curve: how often a positive has a higher score than a negative, ties counting half (Mann and
 * Whitney, 1947). NaN where there are none of one kind.
 */
export function auc(all: readonly Ranked[]): number {
  const ascending = [...all].sort((a, b) => a.score - b.score);
  const positives = ascending.filter(({ positive }) => positive).length;
  const negatives = ascending.length - positives;
  let ranks = 0;
  for (let from = 0; from < ascending.length; ) {
    let to = from;
    while (to < ascending.length && ascending[to]?.score === ascending[from]?.score) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (ascending[i]?.positive === true) ranks += rank;
    from = to;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Groups of equally many predictions over which the calibration error is taken. */
const BINS = 10;

/**
 * The expected calibration error: how far the mean of what was predicted lies from what came, over groups of equally many
 * predictions of like size (Naeini, Cooper and Hauskrecht, 2015).
 */
export function calibrationError(all: readonly { readonly predicted: number; readonly came: number }[]): number {
  const ascending = [...all].sort((a, b) => a.predicted - b.predicted);
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const from = Math.floor((bin * ascending.length) / BINS);
    const group = ascending.slice(from, Math.floor(((bin + 1) * ascending.length) / BINS));
    const gap = group.reduce((sum, { predicted, came }) => sum + predicted - came, 0);
    error += Math.abs(gap);
  }
  return error / ascending.length;
}
