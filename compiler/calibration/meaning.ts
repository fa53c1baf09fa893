/** What the values mean that a threshold is compared with: how often the cheaper side is right, and whether they tell. */
import { calibrationError } from "../../runtime/signals/training/measure.ts";
import { bootstrap, type Measured } from "./bootstrap.ts";
import type { Row } from "./measures.ts";
import { type Scaling, type Scored, scalingOf } from "./scaling.ts";
import { passes, type Threshold } from "./thresholds.ts";
import { follow, type Way } from "./ways.ts";

export interface Meaning {
  /** Outcomes that come to the threshold: of those it was chosen on, and of those held out. */
  readonly fitted: number;
  readonly heldOut: number;
  /** Different values among all. */
  readonly distinct: number;
  /** Whether passing the comparison is what costs less, and who serves the requests on the cheaper side, if it is one. */
  readonly cheaperPasses: boolean;
  readonly cheaper: string | undefined;
  /** Share of those held out that go to the cheaper side, and how right it is there; and how right it were for the rest. */
  readonly share: number;
  readonly rightThere: number;
  readonly rightElsewhere: number;
  /** How often a value tells an answer that is right from one that is not: half is chance. */
  readonly auc: Measured;
  readonly scaling: Scaling;
  /** Of the scaled values held out; and of a score as it is, where it is one that should be the chance of being right. */
  readonly error: number;
  readonly errorUnscaled: number | undefined;
  /** The chance that the cheaper side is right at the number itself. */
  readonly chanceAt: number;
  /** Of those held out, groups of equally many by value: the mean value, and how right the cheaper side is. */
  readonly groups: readonly { readonly value: number; readonly right: number }[];
  /** Of the outcomes that it was chosen on: how many the cheaper side had right, and wrong. */
  readonly right: number;
  readonly wrong: number;
}

interface Sample {
  readonly value: number;
  readonly yes: Side;
  readonly no: Side;
}

interface Side {
  readonly quality: number;
  readonly cost: number;
  readonly model: string | undefined;
}

/** Undefined where no outcome comes to the threshold. */
export function meaningOf(
  index: number,
  thresholds: readonly Threshold[],
  numbers: readonly number[],
  fit: readonly Row[],
  held: readonly Row[],
  seed: number,
): Meaning | undefined {
  const threshold = thresholds[index] as Threshold;
  const number = numbers[index] as number;
  const [fitted, heldOut] = [fit, held].map((rows) =>
    rows.flatMap(({ way }) => samplesOf(way, index, thresholds, numbers)),
  ) as [Sample[], Sample[]];
  if (fitted.length === 0 || heldOut.length === 0) return undefined;
  const all = [...fitted, ...heldOut];
  const costOf = (side: "yes" | "no"): number => all.reduce((sum, sample) => sum + sample[side].cost, 0);
  const cheaperPasses = costOf("yes") <= costOf("no");
  const side = cheaperPasses ? "yes" : "no";
  // The values that lead to the cheaper side are the higher ones, or the lower.
  const direction = threshold.op.startsWith(">") === cheaperPasses ? 1 : -1;
  const scored = (samples: readonly Sample[]): Scored[] =>
    samples.map((sample) => ({ score: sample.value, right: sample[side].quality }));
  const scaling = scalingOf(scored(fitted), direction);
  const [there, elsewhere] = [true, false].map((is) =>
    heldOut.filter(({ value }) => (passes(threshold.op, value, number) === cheaperPasses) === is),
  ) as [Sample[], Sample[]];
  const meanRight = (samples: readonly Sample[]): number =>
    samples.reduce((sum, sample) => sum + sample[side].quality, 0) / samples.length;
  const errorOf = (chance: (score: number) => number): number =>
    calibrationError(scored(heldOut).map(({ score, right }) => ({ predicted: chance(score), came: right })));
  const right = fitted.reduce((sum, sample) => sum + sample[side].quality, 0);
  return {
    fitted: fitted.length,
    heldOut: heldOut.length,
    distinct: new Set(all.map(({ value }) => value)).size,
    cheaperPasses,
    cheaper: onlyOf(all.map((sample) => sample[side].model)),
    share: there.length / heldOut.length,
    rightThere: meanRight(there),
    rightElsewhere: meanRight(elsewhere),
    auc: aucOf(scored(heldOut), direction, seed),
    scaling,
    error: errorOf(scaling.chance),
    errorUnscaled: threshold.type.kind === "score" && direction === 1 ? errorOf((score) => score) : undefined,
    chanceAt: scaling.chance(number),
    groups: groupsOf(scored(heldOut)),
    right,
    wrong: fitted.length - right,
  };
}

/** What comes of each side wherever the way comes to the threshold, the others having their numbers. */
function samplesOf(way: Way, index: number, thresholds: readonly Threshold[], numbers: readonly number[]): Sample[] {
  if (way.kind === "end") return [];
  if (way.kind === "mix") return way.parts.flatMap((part) => samplesOf(part.way, index, thresholds, numbers));
  if (way.threshold === index) {
    const [yes, no] = [way.yes, way.no].map((side) => sideOf(side, thresholds, numbers)) as [Side, Side];
    return [{ value: way.value, yes, no }];
  }
  const { op } = thresholds[way.threshold] as Threshold;
  const next = passes(op, way.value, numbers[way.threshold] as number) ? way.yes : way.no;
  return samplesOf(next, index, thresholds, numbers);
}

function sideOf(way: Way, thresholds: readonly Threshold[], numbers: readonly number[]): Side {
  let [quality, cost, most] = [0, 0, 0];
  let model: string | undefined;
  follow(way, thresholds, numbers, (end, share) => {
    quality += share * end.quality;
    cost += share * end.cost;
    if (share > most) [most, model] = [share, end.model];
  });
  return { quality, cost, model };
}

function onlyOf<T>([first, ...rest]: readonly T[]): T | undefined {
  return rest.every((each) => each === first) ? first : undefined;
}

const MOST_GROUPS = 10;

function groupsOf(samples: readonly Scored[]): Meaning["groups"] {
  const ascending = samples.toSorted((a, b) => a.score - b.score);
  const count = Math.min(MOST_GROUPS, ascending.length);
  const from = (group: number): number => Math.floor((group * ascending.length) / count);
  return Array.from({ length: count }, (_, index) => {
    const group = ascending.slice(from(index), from(index + 1));
    const mean = (of: (sample: Scored) => number): number =>
      group.reduce((sum, sample) => sum + of(sample), 0) / group.length;
    return { value: mean(({ score }) => score), right: mean(({ right }) => right) };
  });
}

/** The area under the ROC curve, from samples in ascending order once, whatever is drawn of them. */
function aucOf(samples: readonly Scored[], direction: 1 | -1, seed: number): Measured {
  const ascending = samples
    .map(({ score, right }) => ({ score: direction * score, positive: right >= 0.5 }))
    .sort((a, b) => a.score - b.score);
  return bootstrap(ascending.length, (times) => ({ area: weightedAuc(ascending, times) }), seed).area;
}

/** `auc` of runtime/signals/training, of samples that are there so many times each. */
export function weightedAuc(
  ascending: readonly { readonly score: number; readonly positive: boolean }[],
  times: Uint32Array,
): number {
  let [below, positives, pairs] = [0, 0, 0];
  for (let from = 0; from < ascending.length; ) {
    let [to, right, wrong] = [from, 0, 0];
    for (; to < ascending.length && ascending[to]?.score === ascending[from]?.score; to++) {
      const count = times[to] as number;
      if (ascending[to]?.positive === true) right += count;
      else wrong += count;
    }
    pairs += right * (below + wrong / 2);
    positives += right;
    below += wrong;
    from = to;
  }
  return pairs / (positives * below);
}
