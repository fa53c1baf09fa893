import { describe, expect, it } from "vitest";
import { classifier } from "../../../runtime/signals/classifier.ts";
import { hashedFeatures } from "../../../runtime/signals/features.ts";
import { readWeights, type Weights } from "../../../runtime/table/classifier-weights.ts";
import type { AttributeType } from "../../../runtime/table/index.ts";

const SCORE: AttributeType = { kind: "score" };
const KIND: AttributeType = { kind: "enum", members: ["code", "law", "other"] };

function weights(content: Record<string, unknown>, type = SCORE): Weights {
  const read = readWeights(content, type);
  if (typeof read === "string") throw new Error(read);
  return read;
}

describe("weights by word (version 1)", () => {
  const hardness = classifier(weights({ version: 1, bias: -1, weights: { Prove: 2, hello: -3 } }));

  it("give the logistic of the bias and the weights of the words that are there", () => {
    expect(hardness("nothing known")).toBeCloseTo(1 / (1 + Math.exp(1)));
    expect(hardness("PROVE it, prove it")).toBeCloseTo(1 / (1 + Math.exp(-1)));
    expect(hardness("hello, prove it")).toBeCloseTo(1 / (1 + Math.exp(2)));
  });
});

describe("hashed weights (version 2)", () => {
  const buckets = 1024;
  const [word = 0] = hashedFeatures("contract", buckets);

  it("give a score", () => {
    const law = classifier(weights({ version: 2, buckets, bias: [-1], weights: { [word]: [20] } }));
    expect(law("the contract")).toBeGreaterThan(0.5);
    expect(law("the weather")).toBeLessThan(0.5);
  });

  it("give the member with the most for it, the first of equals", () => {
    const topic = classifier(
      weights({ version: 2, members: ["code", "law"], buckets, bias: [0, 0], weights: { [word]: [0, 1] } }, KIND),
    );
    expect([topic("a contract"), topic("")]).toEqual(["law", "code"]);
  });
});

it.each<[Record<string, unknown>, AttributeType, string]>([
  [{}, SCORE, "`version` is missing, expected 1 or 2"],
  [{ version: 3 }, SCORE, "`version` is `3`, expected 1 or 2"],
  [{ version: 1, bias: 0, weights: {} }, KIND, "weights of version 1 give a score, not an enum"],
  [{ version: 1, weights: {} }, SCORE, "`bias` is missing, expected a number"],
  [{ version: 1, bias: 0, weights: { a: "x" } }, SCORE, 'the weight of `a` is `"x"`, expected a number'],
  [{ version: 2, buckets: 8, bias: [0], weights: {} }, KIND, "the weights give a score, expected those of an enum"],
  [
    { version: 2, members: ["a", "b"], buckets: 8, bias: [0, 0], weights: {} },
    SCORE,
    "the weights are for an enum, expected those of a score",
  ],
  [
    { version: 2, members: ["code", "x"], buckets: 8, bias: [0, 0], weights: {} },
    KIND,
    "the weights are for `x`, which the type does not have",
  ],
  [
    { version: 2, buckets: 0, bias: [0], weights: {} },
    SCORE,
    "`buckets` is `0`, expected a whole number from 1 to 1048576",
  ],
  [{ version: 2, buckets: 8, bias: [0, 1], weights: {} }, SCORE, "`bias` is not a list of numbers, 1 long"],
  [
    { version: 2, buckets: 8, bias: [0], weights: { 8: [1] } },
    SCORE,
    "bucket `8` of the weights is not a list of numbers, 1 long",
  ],
])("weights that will not do are told: %j", (content, type, problem) => {
  expect(readWeights(content, type)).toBe(problem);
});
