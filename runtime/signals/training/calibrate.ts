/**
 * Makes probabilities mean what they say: of the texts given 0.8, eight in ten should be so. One factor for all logits
 * (temperature scaling: Guo et al., "On calibration of modern neural networks", 2017), and for a score a shift as well
 * (Platt, 1999). Found on predictions for examples that the weights were not fitted to.
 */
import { lossOf } from "./fit.ts";

export interface Calibration {
  readonly factor: number;
  readonly shift: number;
}

const LEAST_FACTOR = 1 / 16;
const MOST_FACTOR = 16;
const MOST_SHIFT = 4;
const ROUNDS = 6;

/** The factor and the shift with which the loss is least, by turns. */
export function calibrationOf(
  logits: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
): Calibration {
  const loss = (factor: number, shift: number): number =>
    lossOf(
      logits.map((each) => each.map((logit) => factor * logit + shift)),
      targets,
    );
  const isScore = logits[0]?.length === 1;
  let factor = 1;
  let shift = 0;
  for (let round = 0; round < (isScore ? ROUNDS : 1); round++) {
    factor = Math.exp(minimum((log) => loss(Math.exp(log), shift), Math.log(LEAST_FACTOR), Math.log(MOST_FACTOR)));
    if (isScore) shift = minimum((each) => loss(factor, each), -MOST_SHIFT, MOST_SHIFT);
  }
  return { factor, shift };
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 40;

/** Where a function with one valley is least, by golden-section search (Kiefer, 1953). */
function minimum(of: (at: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = of(left);
  let atRight = of(right);
  for (let step = 0; step < STEPS; step++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = of(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = of(right);
    }
  }
  return (low + high) / 2;
}
