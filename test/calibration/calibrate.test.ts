/** What is chosen from outcomes of which the truth is known, and what they are said not to support. */
import { describe, expect, it } from "vitest";
import { CASCADE, calibrated, MODELS, outcomes } from "./support.ts";

const quality = (least: number) => ({ wanted: { kind: "quality", least, isShare: false } }) as const;

/** A rule that goes by a signal which is recorded. */
const RULE = `${MODELS}
signal hard score = http "https://signals.example/hard" else 0.5

route chat {
  when hard > 0.5 -> large
  otherwise       -> small
}
`;

/** Requests of which \`small\` answers the rightly that are not hard. */
function routed(count: number, tell = (hard: number) => 1 - hard) {
  return outcomes(count, { small: tell }).map(({ id, models }) => ({
    id,
    signals: { hard: models.small.confidence },
    models,
  }));
}

describe("thresholds", () => {
  it("of a score that means what it says are where the target is met for least", () => {
    // From x on `small` is right (1 + x) / 2 of the time, and serves 1 - x; else `large` is, 0.95 of the time.
    const { thresholds, measures, doubts, chosen } = calibrated(CASCADE, outcomes(1600), quality(0.88));
    expect(doubts).toEqual([]);
    expect(chosen.quality).toBeGreaterThanOrEqual(0.88);
    expect(thresholds[0]?.number).toBeGreaterThan(0.5);
    expect(thresholds[0]?.number).toBeLessThan(0.7);
    expect(Math.abs(measures.calibrated.quality.value - 0.88)).toBeLessThan(0.02);
    expect(measures.gainAtRate.low).toBeGreaterThan(0);
  });

  it("of a rule on a signal are chosen in the same way, and its scaling falls", () => {
    const { thresholds, doubts } = calibrated(RULE, routed(2400), quality(0.9));
    expect(doubts).toEqual([]);
    const [{ meaning, number } = { meaning: undefined, number: 0 }] = thresholds;
    expect(meaning).toMatchObject({ cheaper: "small", cheaperPasses: false });
    expect(meaning?.scaling.method).toBe("isotonic");
    expect(meaning?.scaling.chance(0.1)).toBeGreaterThan(meaning?.scaling.chance(0.9) ?? 1);
    expect(meaning?.chanceAt).toBeCloseTo(1 - number, 0);
  });

  it("of a cost are the best quality for it", () => {
    const { chosen, measures, doubts } = calibrated(CASCADE, outcomes(1600), { wanted: { kind: "cost", most: 0.008 } });
    expect(doubts).toEqual([]);
    expect(chosen.cost).toBeLessThanOrEqual(0.008 * (1 + 1e-9));
    expect(chosen.cost).toBeGreaterThan(0.0078);
    expect(measures.calibrated.quality.value).toBeGreaterThan(measures.randomAtRate.quality.value);
  });

  it("can be left out of the choice", () => {
    const both = `${MODELS}
signal hard score = http "https://signals.example/hard" else 0.5
plan careful = cascade {
  small accept when confidence >= 0.5
  large
}
route chat {
  when hard > 0.9 -> large
  otherwise       -> careful
}
`;
    const all = routed(240, (sure) => sure);
    expect(calibrated(both, all).thresholds.map(({ threshold }) => threshold.of)).toEqual(["hard", "confidence"]);
    const { thresholds } = calibrated(both, all, { only: ["confidence"] });
    expect(thresholds.map(({ threshold }) => threshold.of)).toEqual(["confidence"]);
    expect(() => calibrated(both, all, { only: ["judge"] })).toThrow(
      "no threshold is of `judge`: expected `hard`, `confidence`",
    );
  });

  it("are the same for the same seed, and chosen on others for another", () => {
    const of = (seed: number) => JSON.stringify(calibrated(CASCADE, outcomes(500), { seed }).measures);
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });
});

describe("what is held against them", () => {
  it("is what each outcome says", () => {
    const all = [
      ...Array.from({ length: 20 }, () => ({
        models: { small: { correct: 1, cost: 1 }, large: { correct: 1, cost: 10 } },
      })),
      ...Array.from({ length: 20 }, () => ({
        models: { small: { correct: 0, cost: 1 }, large: { correct: 1, cost: 10 } },
      })),
    ].map(({ models }) => ({ models: { ...models, small: { ...models.small, confidence: models.small.correct } } }));
    const { measures, rows, best, strong } = calibrated(CASCADE, all, quality(1));
    expect(rows.models).toEqual(["small", "large"]);
    expect([best, strong]).toEqual([1, 1]);
    const right = measures.always[0]?.quality.value ?? 0;
    expect(measures.always[1]).toMatchObject({ quality: { value: 1 }, cost: { value: 10 } });
    expect(measures.oracle.quality.value).toBe(1);
    expect(measures.oracle.cost.value).toBeCloseTo(right * 1 + (1 - right) * 10);
    expect(measures.calibrated.quality.value).toBe(1);
    // A cascade pays for both where it goes on.
    expect(measures.calibrated.cost.value).toBeCloseTo(1 + (1 - right) * 10);
    expect(measures.shares).toEqual([right, 1 - right]);
    expect(measures.randomAtRate.quality.value).toBeCloseTo(right * right + (1 - right) * 1);
    expect(measures.randomAtRate.cost.value).toBeCloseTo(right * 1 + (1 - right) * 10);
  });

  it("is of as many models as the plan has", () => {
    const three = CASCADE.replace("  large\n", "  medium accept when confidence >= 0.5\n  large\n");
    const all = outcomes(240).map(({ id, models }) => ({
      id,
      models: {
        ...models,
        medium: { correct: models.small.confidence > 0.3, cost: 0.005, confidence: models.small.confidence },
      },
    }));
    const { rows, measures } = calibrated(three, all);
    expect(rows.models).toEqual(["small", "medium", "large"]);
    expect(measures.shares.reduce((sum, each) => sum + each)).toBeCloseTo(1);
  });
});

describe("outcomes do not support numbers", () => {
  const doubts = (...args: Parameters<typeof calibrated>) => calibrated(...args).doubts.join("\n");

  it.each([
    [
      "that are few",
      outcomes(60),
      0.9,
      "there are 30 outcomes to choose on and 30 held out: expected at least 100 of each",
    ],
    [
      "whose score is the same everywhere",
      outcomes(400, { sure: () => 0.9 }),
      0.93,
      "`confidence` has the same value in all outcomes",
    ],
    [
      "whose score says nothing",
      outcomes(800, { small: () => 0.6 }),
      0.8,
      "does not surely tell where `small` is right",
    ],
    [
      "whose score is lowest where it is right",
      outcomes(800, { small: (sure) => 1 - sure }),
      0.8,
      "`confidence` points the wrong way",
    ],
    ["in which hardly an answer is wrong", outcomes(800, { small: () => 0.995 }), 0.9, "`small` has"],
    [
      "of which none is as right as was asked",
      outcomes(800),
      0.99,
      "the target is not reachable: the best quality of any numbers is 0.9",
    ],
    [
      "for which one model alone is good enough",
      outcomes(800),
      0.3,
      "nothing is gained: with these numbers `small` serves every request",
    ],
  ])("%s", (_, all, least, doubt) => {
    expect(doubts(CASCADE, all, quality(least))).toContain(doubt);
  });

  it("that show that a cascade costs more than the strong model", () => {
    const dear = outcomes(1500).map(({ id, models }) => ({
      id,
      models: { ...models, small: { ...models.small, cost: 0.019 } },
    }));
    expect(doubts(CASCADE, dear, quality(0.93))).toMatch(/^`large` alone is as good, and \d+% cheaper/);
  });

  it("that lack the fact of a gate", () => {
    const blind = outcomes(400).map(({ id, models }) => ({
      id,
      models: { ...models, small: { ...models.small, confidence: undefined } },
    }));
    const found = calibrated(CASCADE, blind);
    expect(found.doubts).toContain("no outcome says `small.confidence`, which a gate asks for");
    expect(found.rows.unknown).toEqual(new Map([["small.confidence", 400]]));
  });

  it("that lack a signal which has no `else`", () => {
    const module = RULE.replace('http "https://signals.example/hard" else 0.5', 'classifier "./hard.json"');
    expect(() => calibrated(module, outcomes(400))).toThrow();
  });
});

describe("an outcome", () => {
  const line = (models: object, rest: object = {}) => ({ ...rest, models });
  const well = outcomes(200);

  it("that lacks what it takes is left out, and told why", () => {
    const lacking = [
      line({ small: { cost: 1, confidence: 1 }, large: { correct: 1, cost: 1 } }),
      line({ small: { correct: 1, confidence: 1 }, large: { correct: 1, cost: 1 } }),
      line({ small: { correct: 1, cost: 1, confidence: 1 } }),
    ];
    expect(calibrated(CASCADE, [...well, ...lacking]).rows.leftOut).toEqual([
      { why: "not said whether `small` was right", rows: 1, line: 201 },
      { why: "no cost of `small`, nor tokens or texts to tell it from", rows: 1, line: 202 },
      { why: "no cost of `large`, nor tokens or texts to tell it from", rows: 1, line: 203 },
    ]);
  });

  it.each([
    [
      { small: { correct: "maybe" } },
      "line 201: `models.small.correct` is `maybe`: expected whether the answer was right",
    ],
    [{ small: { correct: 2 } }, "line 201: `models.small.correct` is `2`"],
    [
      { small: { correct: 1, cost: "cheap" } },
      "line 201: `models.small.cost` is `cheap`: expected an amount in dollars",
    ],
    [{ small: { correct: 1, cost: -1 } }, "expected an amount of at least 0"],
    [
      { small: { correct: 1, confidence: 1.5 } },
      "line 201: `models.small.confidence` is `1.5`: expected a number from 0 to 1",
    ],
    [{ small: { correct: 1, logprobs: [0.5] } }, "expected a list of log-probabilities"],
  ])("that says %j is refused", (models, message) => {
    expect(() => calibrated(CASCADE, [...well, line(models)])).toThrow(message);
  });

  it("costs what was recorded, else the policy's prices for its tokens, else for its texts", () => {
    const rest = { prompt: "12345678" };
    const costs = [
      line({ small: { correct: 1, cost: 7, confidence: 1 }, large: { correct: 1, cost: 8 } }),
      line({
        small: { correct: 1, input_tokens: 1000, output_tokens: 100, confidence: 1 },
        large: { correct: 1, cost: 8 },
      }),
      line({ small: { correct: 1, answer: "1234", confidence: 1 }, large: { correct: 1, cost: 8 } }, rest),
    ];
    const { rows } = calibrated(CASCADE, [...well, ...costs]);
    expect(rows.costs.filter(({ model }) => model === "small")).toEqual([
      { model: "small", from: "recorded", rows: 201 },
      { model: "small", from: "tokens", rows: 1 },
      { model: "small", from: "texts", rows: 1 },
    ]);
  });

  it("may tell the confidence by log-probabilities, as the proxy reads them", () => {
    const told = outcomes(300).map(({ id, models: { small, large } }) => {
      const { confidence, ...rest } = small;
      const logprobs = [Math.log(Math.max(confidence, 1e-3)), Math.log(Math.max(confidence, 1e-3))];
      return { id, models: { small: { ...rest, logprobs }, large } };
    });
    expect(calibrated(CASCADE, told).rows.unknown.size).toBe(0);
  });

  it("of one prompt is on one side with the others of it", () => {
    const twice = outcomes(300).flatMap((each) => [1, 2].map(() => ({ ...each, prompt: `request ${each.id}` })));
    const { fitted, heldOut } = calibrated(CASCADE, twice);
    expect([fitted % 2, heldOut % 2, fitted + heldOut]).toEqual([0, 0, 600]);
  });

  it("that the policy decides without a gate is not counted", () => {
    const tiers = `request { tier free | pro from header "x-tier" default free }\n${CASCADE.replace(
      "route chat -> careful",
      "route chat {\n  when tier == pro -> large\n  otherwise -> careful\n}",
    )}`;
    const all = outcomes(300).map((each) => ({
      ...each,
      ...(each.id % 3 > 0 && { tier: each.id % 3 === 1 ? "pro" : "free" }),
    }));
    const { rows } = calibrated(tiers, all);
    expect([rows.untouched, rows.defaulted]).toEqual([100, new Map([["tier", 100]])]);
  });
});

describe("columns", () => {
  const csvLike = (rename: (name: string) => string) =>
    outcomes(200).map(({ models: { small, large } }) => ({
      [rename("small")]: small.correct,
      [`${rename("small")}|total_cost`]: small.cost,
      [`${rename("small")}_confidence`]: small.confidence,
      [rename("large")]: large.correct,
      [`${rename("large")}|total_cost`]: large.cost,
      eval_name: "x",
    }));

  it.each([
    ["the policy's names", (name: string) => name, {}],
    ["upstream names", (name: string) => `org/${name}-v1`, {}],
    ["upstream names without their owner", (name: string) => `${name}-v1`, {}],
    [
      "names that are told",
      (name: string) => `model ${name}`,
      {
        names: new Map([
          ["small", "model small"],
          ["large", "model large"],
        ]),
      },
    ],
  ])("can have %s", (_, rename, options) => {
    const { rows, fitted, heldOut } = calibrated(CASCADE, csvLike(rename), options);
    expect([rows.unused, fitted + heldOut]).toEqual([["eval_name"], 200]);
  });

  it("that say the same are refused, as are names that no column has", () => {
    const both = outcomes(200).map(({ models }) => ({ models, small_correct: 1 }));
    expect(() => calibrated(CASCADE, both)).toThrow(
      "the columns `models.small.correct` and `small_correct` say the same",
    );
    expect(() => calibrated(CASCADE, outcomes(200), { names: new Map([["small", "tiny"]]) })).toThrow(
      "no column begins with `tiny`",
    );
    expect(() => calibrated(CASCADE, outcomes(200), { names: new Map([["tiny", "small"]]) })).toThrow(
      "the policy has no model `tiny`",
    );
  });
});

describe("a policy", () => {
  it.each([
    ["without gate and signal", `${MODELS}\nroute chat -> small\n`, {}, "the policy has no gate and no signal"],
    [
      "with two routes that have some",
      `${CASCADE}\nroute other -> careful\n`,
      {},
      "say which with `--route`: `chat`, `other`",
    ],
    ["that has no such route", CASCADE, { route: "none" }, "the policy has no route `none`: expected `chat`"],
    [
      "whose strong model serves nothing",
      CASCADE,
      { strong: "medium" },
      "is served by `medium`: expected `small`, `large`",
    ],
  ])("%s is refused", (_, text, options, message) => {
    expect(() => calibrated(text, outcomes(200), options)).toThrow(message);
  });
});
