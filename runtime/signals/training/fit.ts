/** Logistic regression (softmax for an enum) over hashed features. */
import { logistic } from "../classifier.ts";
import { hashedFeatures } from "../features.ts";
import { seeded, shuffled } from "./random.ts";

/** An example with its text as features. */
export interface Vector {
  readonly features: Int32Array;
  /** The share of each class in what it should be: of a score its value alone. */
  readonly target: readonly number[];
}

/** `weights[bucket * bias.length + k]` is of class k; a score has one class. */
export interface Linear {
  readonly bias: Float64Array;
  readonly weights: Float64Array;
}

export interface FitOptions {
  readonly buckets: number;
  readonly epochs: number;
  readonly rate: number;
  /** L2 penalty. */
  readonly penalty: number;
  readonly seed: number;
}

export function vectorOf(text: string, target: readonly number[], buckets: number): Vector {
  return { features: Int32Array.from(hashedFeatures(text, buckets)), target };
}

/**
 * Stochastic gradient descent with a step size for each weight (AdaGrad: Duchi, Hazan and Singer, 2011), in an order that
 * the seed alone decides: the same examples give the same bits. The penalty falls on the weights that an example uses.
 */
export function fitLinear(examples: readonly Vector[], { buckets, epochs, rate, penalty, seed }: FitOptions): Linear {
  const classes = examples[0]?.target.length ?? 0;
  const linear = { bias: new Float64Array(classes), weights: new Float64Array(buckets * classes) };
  const { bias, weights } = linear;
  const biasSquares = new Float64Array(classes).fill(1e-6);
  const squares = new Float64Array(weights.length).fill(1e-6);
  const random = seeded(seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { features, target } of shuffled(examples, random)) {
      const scale = scaleOf(features);
      const errors = probabilities(logits(linear, features)).map((each, k) => each - (target[k] ?? 0));
      for (let k = 0; k < classes; k++) {
        const error = errors[k] ?? 0;
        biasSquares[k] = (biasSquares[k] as number) + error * error;
        bias[k] = (bias[k] as number) - (rate * error) / Math.sqrt(biasSquares[k] as number);
        for (let f = 0; f < features.length; f++) {
          const at = (features[f] as number) * classes + k;
          const gradient = error * scale + penalty * (weights[at] as number);
          squares[at] = (squares[at] as number) + gradient * gradient;
          weights[at] = (weights[at] as number) - (rate * gradient) / Math.sqrt(squares[at] as number);
        }
      }
    }
  }
  return linear;
}

/** What is known of each class before it is made a probability. */
export function logits({ bias, weights }: Linear, features: Int32Array): number[] {
  const classes = bias.length;
  const scale = scaleOf(features);
  return Array.from(bias, (each, k) => {
    let sum = 0;
    for (let f = 0; f < features.length; f++) sum += weights[(features[f] as number) * classes + k] as number;
    return each + scale * sum;
  });
}

/** Of one class its logistic, of several their softmax. */
export function probabilities(given: readonly number[]): number[] {
  if (given.length === 1) return given.map(logistic);
  const most = Math.max(...given);
  const powers = given.map((each) => Math.exp(each - most));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
}

/** Makes the vector of an example's features one of length 1, as `logitsOf` does. */
function scaleOf(features: Int32Array): number {
  return features.length === 0 ? 0 : 1 / Math.sqrt(features.length);
}

/** The mean negative log-likelihood of targets under logits. */
export function lossOf(given: readonly (readonly number[])[], targets: readonly (readonly number[])[]): number {
  const each = given.map((logit, i) => {
    const target = targets[i] ?? [];
    const chances = probabilities(logit);
    // Of a score, what is not for it is against it.
    const all = chances.length === 1 ? [chances[0] ?? 0, 1 - (chances[0] ?? 0)] : chances;
    const wanted = target.length === 1 ? [target[0] ?? 0, 1 - (target[0] ?? 0)] : target;
    return -all.reduce((sum, chance, k) => sum + (wanted[k] ?? 0) * Math.log(Math.max(chance, 1e-12)), 0);
  });
  return each.reduce((sum, one) => sum + one, 0) / each.length;
}
