/** What a score means: the chance that an answer with it is right, found from answers of which that is known. */

/** An answer's score, and how right it was: 0, 1, or between. */
export interface Scored {
  readonly score: number;
  readonly right: number;
}

/** From a score to a chance. */
export interface Scaling {
  readonly method: "platt" | "isotonic";
  /** Scores that it was found from. */
  readonly samples: number;
  chance(score: number): number;
}

/** From so many on a curve of any rising shape is known better than one of two parameters (Niculescu-Mizil and Caruana, 2005). */
export const ISOTONIC_FROM = 1000;

/** @param direction 1 where a higher score should mean more right answers, -1 where fewer; it binds the isotonic curve only */
export function scalingOf(samples: readonly Scored[], direction: 1 | -1): Scaling {
  return samples.length < ISOTONIC_FROM ? plattScaling(samples) : isotonicScaling(samples, direction);
}

/** The logistic function of `slope * score + shift`. */
export interface Platt {
  readonly slope: number;
  readonly shift: number;
}

const STEPS = 100;
const SMALLEST_STEP = 1e-10;
const RIDGE = 1e-12;

/**
 * Platt scaling (Platt, "Probabilistic outputs for support vector machines", 1999): a logistic regression on the score,
 * with targets a little off 0 and 1 so that a perfect order does not make it infinitely steep. Newton's method with
 * backtracking, as in Lin, Lin and Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007.
 */
export function fitPlatt(samples: readonly Scored[]): Platt {
  const rights = samples.reduce((sum, { right }) => sum + right, 0);
  const [high, low] = [(rights + 1) / (rights + 2), 1 / (samples.length - rights + 2)];
  // Scores of any size: what is fitted is in standard units.
  const { mean, deviation } = spreadOf(samples.map(({ score }) => score));
  if (deviation === 0) return { slope: 0, shift: Math.log((rights + 1) / (samples.length - rights + 1)) };
  const points = samples.map(({ score, right }) => ({
    at: (score - mean) / deviation,
    target: right * high + (1 - right) * low,
  }));
  const loss = (slope: number, shift: number): number =>
    points.reduce((sum, { at, target }) => {
      const logit = slope * at + shift;
      return sum + Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit;
    }, 0);

  let [slope, shift] = [0, Math.log((rights + 1) / (samples.length - rights + 1))];
  let last = loss(slope, shift);
  for (let step = 0; step < STEPS; step++) {
    let [g1, g2, h11, h12, h22] = [0, 0, RIDGE, 0, RIDGE];
    for (const { at, target } of points) {
      const chance = logistic(slope * at + shift);
      const weight = chance * (1 - chance);
      g1 += (chance - target) * at;
      g2 += chance - target;
      h11 += weight * at * at;
      h12 += weight * at;
      h22 += weight;
    }
    if (Math.abs(g1) < 1e-9 && Math.abs(g2) < 1e-9) break;
    const determinant = h11 * h22 - h12 * h12;
    const [d1, d2] = [-(h22 * g1 - h12 * g2) / determinant, -(h11 * g2 - h12 * g1) / determinant];
    let size = 1;
    while (size >= SMALLEST_STEP) {
      const tried = loss(slope + size * d1, shift + size * d2);
      if (tried < last + 1e-4 * size * (g1 * d1 + g2 * d2)) {
        [slope, shift, last] = [slope + size * d1, shift + size * d2, tried];
        break;
      }
      size /= 2;
    }
    if (size < SMALLEST_STEP) break;
  }
  return { slope: slope / deviation, shift: shift - (slope * mean) / deviation };
}

function plattScaling(samples: readonly Scored[]): Scaling {
  const { slope, shift } = fitPlatt(samples);
  return { method: "platt", samples: samples.length, chance: (score) => logistic(slope * score + shift) };
}

function logistic(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // What is left of rounding where all are the same is no spread.
  return { mean, deviation: variance <= (1e-12 * Math.abs(mean)) ** 2 ? 0 : Math.sqrt(variance) };
}

/** Scores from `from` on, up to the next block's, have this chance. */
export interface Block {
  readonly from: number;
  readonly chance: number;
}

/**
 * The never falling step function nearest to the samples in squares: isotonic regression by pooling adjacent violators
 * (Ayer, Brunk, Ewing, Reid and Silverman, 1955; for probabilities Zadrozny and Elkan, 2002). Samples of one score are one.
 */
export function fitIsotonic(samples: readonly Scored[]): readonly Block[] {
  const pools: { from: number; sum: number; weight: number }[] = [];
  for (const { score, right } of samples.toSorted((a, b) => a.score - b.score)) {
    const last = pools.at(-1);
    if (last !== undefined && last.from === score) {
      last.sum += right;
      last.weight++;
    } else pools.push({ from: score, sum: right, weight: 1 });
  }
  const blocks: typeof pools = [];
  for (const pool of pools) {
    let block = pool;
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum * block.weight < block.sum * before.weight) break;
      block = { from: before.from, sum: before.sum + block.sum, weight: before.weight + block.weight };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.map(({ from, sum, weight }) => ({ from, chance: sum / weight }));
}

function isotonicScaling(samples: readonly Scored[], direction: 1 | -1): Scaling {
  const blocks = fitIsotonic(samples.map(({ score, right }) => ({ score: direction * score, right })));
  return {
    method: "isotonic",
    samples: samples.length,
    chance: (score) => (blocks.findLast(({ from }) => from <= direction * score) ?? blocks[0])?.chance ?? Number.NaN,
  };
}
