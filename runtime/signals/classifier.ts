/** `classifier`: a linear model over a text's words or hashed n-grams; logistic for a score, softmax for an enum. */

import type { HashedWeights, Weights, WordWeights } from "../table/classifier-weights.ts";
import type { Value } from "../table/index.ts";
import { hashedFeatures, seenWords } from "./features.ts";
import { folded } from "./words.ts";

/** What the weights say of a text: a score from 0 to 1, or the member with the most for it (the first, of equals). */
export function classifier(weights: Weights): (text: string) => Value {
  if (weights.version === 1) return wordScore(weights);
  const logits = logitsOf(weights);
  const { members } = weights;
  if (members === undefined) return (text) => logistic(logits(text)[0] ?? 0);
  return (text) => {
    const all = logits(text);
    return members[all.indexOf(Math.max(...all))] ?? "";
  };
}

/**
 * A text's logit for each member, or for the score. All features of a text count alike and its length does not: the
 * vector of features has length 1.
 */
export function logitsOf({ bias, weights, buckets }: HashedWeights): (text: string) => readonly number[] {
  return (text) => {
    const features = hashedFeatures(text, buckets);
    const scale = features.length === 0 ? 0 : 1 / Math.sqrt(features.length);
    const sums = bias.map(() => 0);
    for (const feature of features) {
      const row = weights.get(feature);
      if (row !== undefined) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (row[i] ?? 0);
    }
    return bias.map((each, i) => each + scale * (sums[i] ?? 0));
  };
}

export function logistic(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function wordScore({ bias, weights }: WordWeights): (text: string) => number {
  const byWord = new Map([...weights].map(([word, weight]) => [folded(word), weight]));
  return (text) => {
    let logit = bias;
    for (const word of new Set(seenWords(text))) logit += byWord.get(word) ?? 0;
    return logistic(logit);
  };
}
