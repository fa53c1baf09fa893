import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifier } from "../../../runtime/signals/classifier.ts";
import { calibrationOf } from "../../../runtime/signals/training/calibrate.ts";
import { type Examples, readExamples, train } from "../../../runtime/signals/training/index.ts";
import { auc, bootstrapped, calibrationError, type Ranked } from "../../../runtime/signals/training/measure.ts";
import { seeded } from "../../../runtime/signals/training/random.ts";
import { readWeights } from "../../../runtime/table/classifier-weights.ts";
import type { AttributeType } from "../../../runtime/table/index.ts";
import { labelled, lines, scored } from "./examples.ts";

const OPTIONS = { seed: 1, provenance: {} };

function trained(examples: Examples, type: AttributeType): (text: string) => unknown {
  const read = readWeights(train(examples, OPTIONS).weights, type);
  if (typeof read === "string") throw new Error(read);
  return classifier(read);
}

describe("readExamples", () => {
  it("reads each pair of text and answer once", () => {
    const content = lines(
      { text: "a", label: "x" },
      { text: "b", label: "y" },
      { text: "a", label: "x" },
      { text: "b", label: "x" },
    );
    expect(readExamples(`\n${content}\n`)).toEqual({
      members: ["x", "y"],
      all: [
        { text: "a", target: 0 },
        { text: "b", target: 1 },
        { text: "b", target: 0 },
      ],
      repeated: 1,
      contradicted: 1,
    });
  });

  it.each([
    ["{", 'line 1 is no JSON object: expected `{ "text": "…", "label": "…" }` or `{ "text": "…", "value": 0.5 }`'],
    ['{"text":""}', "line 1 has no `text`: expected one that is not empty"],
    ['{"text":"a"}', "line 1 has not one of `label` and `value`"],
    ['{"text":"a","label":3}', "line 1 has the label `3`, expected a text"],
    ['{"text":"a","value":1.5}', "line 1 has the value `1.5`, expected a number from 0 to 1"],
    ['{"text":"a","label":"x"}\n\n{"text":"b","value":1}', "line 3 has a `value`, the first has none"],
  ])("says what is wrong with %s", (content, problem) => expect(() => readExamples(content)).toThrow(problem));
});

describe("train", () => {
  it("learns members that can be told apart, and says how well on texts that it did not see", () => {
    const examples = labelled(300);
    const { report } = train(examples, OPTIONS);
    expect(report.doubts).toEqual([]);
    expect(report.accuracy.value).toBeGreaterThan(0.9);
    expect(report.accuracy.low).toBeLessThanOrEqual(report.accuracy.value);
    expect(report.members?.map(({ member }) => member)).toEqual(["code", "law", "other"]);
    const topic = trained(examples, { kind: "enum", members: ["code", "law", "other"] });
    expect([topic("please debug this function"), topic("is this contract void")]).toEqual(["code", "law"]);
  });

  it("learns scores, of which the order counts", () => {
    const examples = scored(300);
    const { report } = train(examples, OPTIONS);
    expect(report.doubts).toEqual([]);
    expect(report.auc?.low).toBeGreaterThan(0.8);
    const hard = trained(examples, { kind: "score" });
    expect(hard("please debug this function")).toBeGreaterThan(hard("the weather is fine") as number);
  });

  it("gives the same bytes for the same examples and seed, and others for another", () => {
    const made = (seed: number): string => JSON.stringify(train(labelled(120), { ...OPTIONS, seed }));
    expect(made(1)).toBe(made(1));
    expect(made(1)).not.toBe(made(2));
  });

  it("holds out a fifth, the same text never on both sides", () => {
    const { all } = labelled(200);
    const twice = {
      members: ["code", "law", "other"],
      all: [...all, ...all.map((each) => ({ ...each, target: 0 }))],
      repeated: 0,
      contradicted: 200,
    };
    const { report } = train(twice, OPTIONS);
    expect(report.trained + report.heldOut).toBe(400);
    expect(report.heldOut % 2).toBe(0);
  });

  it.each<[string, () => Examples, RegExp]>([
    [
      "labels by chance",
      () => labelled(300, { noise: 1 }),
      /not surely better than always saying the most frequent member/,
    ],
    ["scores by chance", () => scored(300, { noise: 1 }), /its order is not surely better than chance/],
    ["few lines", () => labelled(60), /there are 60 different lines, expected at least 100/],
    ["a rare member", () => withRare(labelled(200)), /`rare` has 3 lines, expected at least 10/],
  ])("doubts %s", (_, examples, doubt) => {
    expect(train(examples(), OPTIONS).report.doubts.join("; ")).toMatch(doubt);
  });

  it("needs two classes", () => {
    const one = readExamples(lines({ text: "a", label: "x" }, { text: "b", label: "x" }));
    expect(() => train(one, OPTIONS)).toThrow("there are not two classes with two lines each: `x` has 2");
  });
});

function withRare({ all }: Examples): Examples {
  const members = ["code", "law", "other", "rare"];
  return {
    members,
    all: [...all, ...["r1", "r2", "r3"].map((text) => ({ text, target: 3 }))],
    repeated: 0,
    contradicted: 0,
  };
}

describe("measures", () => {
  const ranked = fc.array(fc.record({ score: fc.integer({ min: 0, max: 5 }), positive: fc.boolean() }), {
    maxLength: 20,
  });

  it("the area under the curve is how often a positive is ahead of a negative", () => {
    const naive = (all: readonly Ranked[]): number => {
      const pairs = all.flatMap((a) =>
        a.positive ? all.filter((b) => !b.positive).map((b) => [a.score, b.score] as const) : [],
      );
      return pairs.reduce((sum, [a, b]) => sum + (a > b ? 1 : a === b ? 0.5 : 0), 0) / pairs.length;
    };
    fc.assert(
      fc.property(ranked, (all) => {
        if (Number.isNaN(naive(all))) expect(auc(all)).toBeNaN();
        else expect(auc(all)).toBeCloseTo(naive(all));
      }),
    );
  });

  it("the calibration error is none where as many come as were predicted", () => {
    const honest = Array.from({ length: 1000 }, (_, i) => ({ predicted: 0.25, came: Number(i % 4 === 0) }));
    expect(calibrationError(honest)).toBeCloseTo(0);
    expect(calibrationError(honest.map(({ came }) => ({ predicted: 0.75, came })))).toBeCloseTo(0.5);
  });

  it("the bootstrap's interval holds the share that samples come from", () => {
    const random = seeded(3);
    const sample = Array.from({ length: 400 }, () => Number(random() < 0.3));
    const { low, high } = bootstrapped(sample, (all) => all.reduce((sum, each) => sum + each, 0) / all.length, 1);
    expect(low).toBeLessThan(0.3);
    expect(high).toBeGreaterThan(0.3);
    expect(high - low).toBeLessThan(0.15);
  });

  it("calibration takes back a factor that makes predictions too sure", () => {
    const random = seeded(5);
    const logits = Array.from({ length: 2000 }, () => [random() * 4 - 2]);
    const targets = logits.map(([logit = 0]) => [Number(random() < 1 / (1 + Math.exp(-logit - 0.5)))]);
    const { factor, shift } = calibrationOf(
      logits.map(([logit = 0]) => [logit * 5]),
      targets,
    );
    expect(factor).toBeCloseTo(1 / 5, 1);
    expect(shift).toBeCloseTo(0.5, 0);
  });
});
