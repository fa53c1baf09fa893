/** How thresholds do on outcomes that they were not chosen on, beside what costs no thought. */
import { bootstrap, type Measured } from "./bootstrap.ts";
import type { Threshold } from "./thresholds.ts";
import { follow, type Way } from "./ways.ts";

/** An outcome of which all is known that is measured. */
export interface Row {
  readonly line: number;
  readonly way: Way;
  /** Of each model, in one order for all rows. */
  readonly answers: readonly { readonly quality: number; readonly cost: number }[];
}

/** How right, and for how many dollars a request. */
export interface Point {
  readonly quality: Measured;
  readonly cost: Measured;
}

export interface Measures {
  /** With the numbers that were chosen, and with those in the policy. */
  readonly calibrated: Point;
  readonly written: Point;
  /** The same share of requests to each model, whichever they are. */
  readonly randomAtRate: Point;
  /** The best mixture of two models by chance that costs the same. */
  readonly randomAtCost: Measured;
  /** By model: all requests to it. */
  readonly always: readonly Point[];
  /** Each request to the cheapest of the models that are most right. */
  readonly oracle: Point;
  /** By model: the share of requests that it serves as calibrated. */
  readonly shares: readonly number[];
  /** Quality as calibrated, less that of chance at the same rate, and at the same cost. */
  readonly gainAtRate: Measured;
  readonly gainAtCost: Measured;
}

/** Bootstrap intervals come from the rows, all figures from the same samples. */
export function measure(
  rows: readonly Row[],
  models: readonly string[],
  thresholds: readonly Threshold[],
  numbers: readonly number[],
  seed: number,
): Measures {
  // A line of figures for each row; a sample's means of them are all that is needed.
  const width = 6 + 3 * models.length;
  const figures = new Float64Array(rows.length * width);
  for (const [index, { way, answers }] of rows.entries()) {
    const line = figures.subarray(index * width, (index + 1) * width);
    const add = (at: number, value: number): void => {
      line[at] = (line[at] as number) + value;
    };
    follow(way, thresholds, numbers, ({ model, quality, cost }, share) => {
      add(0, share * quality);
      add(1, share * cost);
      const served = models.indexOf(model ?? "");
      if (served >= 0) add(6 + 3 * served + 2, share);
    });
    const own = thresholds.map(({ value }) => value);
    follow(way, thresholds, own, ({ quality, cost }, share) => {
      add(2, share * quality);
      add(3, share * cost);
    });
    const best = answers.reduce((best, each) =>
      each.quality > best.quality || (each.quality === best.quality && each.cost < best.cost) ? each : best,
    );
    add(4, best.quality);
    add(5, best.cost);
    for (const [model, { quality, cost }] of answers.entries()) {
      add(6 + 3 * model, quality);
      add(6 + 3 * model + 1, cost);
    }
  }

  const measured = bootstrap(rows.length, (times) => named(meansOf(figures, width, times), models.length), seed);
  const of = (name: string): Measured => measured[name] as Measured;
  const point = (name: string): Point => ({ quality: of(`${name} quality`), cost: of(`${name} cost`) });
  return {
    calibrated: point("calibrated"),
    written: point("written"),
    randomAtRate: point("random"),
    randomAtCost: of("mixture quality"),
    always: models.map((_, index) => point(`model ${index}`)),
    oracle: point("oracle"),
    shares: models.map((_, index) => of(`model ${index} share`).value),
    gainAtRate: of("gain at rate"),
    gainAtCost: of("gain at cost"),
  };
}

function meansOf(figures: Float64Array, width: number, times: Uint32Array): Float64Array {
  const sums = new Float64Array(width);
  for (let row = 0; row < times.length; row++) {
    const count = times[row] as number;
    if (count === 0) continue;
    for (let at = 0; at < width; at++) sums[at] = (sums[at] as number) + count * (figures[row * width + at] as number);
  }
  return sums.map((sum) => sum / times.length);
}

function named(means: Float64Array, models: number): Record<string, number> {
  const at = (index: number): number => means[index] as number;
  const found: Record<string, number> = {
    "calibrated quality": at(0),
    "calibrated cost": at(1),
    "written quality": at(2),
    "written cost": at(3),
    "oracle quality": at(4),
    "oracle cost": at(5),
    "random quality": 0,
    "random cost": 0,
  };
  const points: { quality: number; cost: number }[] = [];
  for (let model = 0; model < models; model++) {
    const [quality, cost, share] = [at(6 + 3 * model), at(6 + 3 * model + 1), at(6 + 3 * model + 2)];
    points.push({ quality, cost });
    found[`model ${model} quality`] = quality;
    found[`model ${model} cost`] = cost;
    found[`model ${model} share`] = share;
    found["random quality"] = (found["random quality"] as number) + share * quality;
    found["random cost"] = (found["random cost"] as number) + share * cost;
  }
  const mixture = mixtureAt(points, at(1));
  return {
    ...found,
    "mixture quality": mixture,
    "gain at rate": at(0) - (found["random quality"] as number),
    "gain at cost": at(0) - mixture,
  };
}

/** The best mean quality of a mixture by chance of two models, or of one and turning requests away, for at most this cost. */
export function mixtureAt(
  models: readonly { readonly quality: number; readonly cost: number }[],
  cost: number,
): number {
  const points = [{ quality: 0, cost: 0 }, ...models];
  let best = 0;
  for (const a of points)
    for (const b of points) {
      if (a.cost > cost) continue;
      const share = b.cost <= cost ? 1 : (cost - a.cost) / (b.cost - a.cost);
      best = Math.max(best, a.quality + share * (b.quality - a.quality));
    }
  return best;
}
