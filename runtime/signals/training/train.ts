/** Trains a classifier, and says honestly how good it is. */

import { readWeights } from "../../table/classifier-weights.ts";
import type { AttributeType } from "../../table/index.ts";
import { logitsOf } from "../classifier.ts";
import { calibrationOf } from "./calibrate.ts";
import type { Example, Examples } from "./examples.ts";
import { fitLinear, type Linear, logits, lossOf, probabilities, type Vector, vectorOf } from "./fit.ts";
import { auc, bootstrapped, calibrationError, type Measured, share } from "./measure.ts";
import { seeded, shuffled } from "./random.ts";

export interface TrainOptions {
  readonly seed: number;
  /** Stands in the file of weights as it is given. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** How one member does on the held-out examples; NaN where there is none to go by. */
export interface MemberReport {
  readonly member: string;
  readonly lines: number;
  readonly precision: number;
  readonly recall: number;
}

export interface TrainReport {
  /** Undefined of a score. */
  readonly members: readonly MemberReport[] | undefined;
  readonly trained: number;
  readonly heldOut: number;
  /** Of a score, whether it is at least 0.5 where the value is. */
  readonly accuracy: Measured;
  /** The accuracy of saying the most frequent class always, and that class. */
  readonly baseline: { readonly says: string; readonly accuracy: number };
  /** Accuracy beyond the baseline's. */
  readonly gain: Measured;
  /** Of a score: the area under the ROC curve for values of at least 0.5. */
  readonly auc: Measured | undefined;
  readonly calibrationError: number;
  /** Of the held-out examples, by what they are and what was said of them; of a score, below 0.5 and from it on. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] };
  /** Why the data do not support this classifier; empty where they do. */
  readonly doubts: readonly string[];
}

export interface Trained {
  /** The content of the file of weights, version 2. */
  readonly weights: Readonly<Record<string, unknown>>;
  readonly report: TrainReport;
}

const BUCKETS = 2 ** 15;
const EPOCHS = 8;
const RATE = 0.5;
const PENALTIES = [1e-6, 1e-4, 1e-3];
const FOLDS = 3;
const HELD_OUT = 0.2;
/** Fewer lines than this, or of one class, say too little to be told from chance. */
const LEAST_LINES = 100;
const LEAST_OF_A_CLASS = 10;

/** The data give nothing to train on at all. */
export class TrainError extends Error {}

/**
 * A fifth of the texts is held out; on the rest the penalty is chosen and the calibration found by cross-validation, and
 * the weights fitted. What is measured is what is written, as the runtime computes it.
 *
 * @throws TrainError where there are not two examples each of two classes
 */
export function train(examples: Examples, { seed, provenance }: TrainOptions): Trained {
  const { members, all } = examples;
  const classOf = ({ target }: Example): number => (members === undefined ? Number(target >= 0.5) : target);
  const names = members ?? ["below 0.5", "0.5 and above"];
  const counts = names.map((_, each) => all.filter((example) => classOf(example) === each).length);
  if (counts.filter((count) => count > 1).length < 2)
    throw new TrainError(`there are not two classes with two lines each: ${sayCounts(names, counts)}`);

  const [held, rest] = heldOut(all, classOf, seed);
  const targetOf = ({ target }: Example): number[] =>
    members === undefined ? [target] : members.map((_, k) => (k === target ? 1 : 0));
  const vectors = rest.map((example) => vectorOf(example.text, targetOf(example), BUCKETS));
  const { penalty, unseen } = crossValidated(vectors, seed);
  const { factor, shift } = calibrationOf(
    unseen,
    vectors.map(({ target }) => target),
  );
  const linear = fitLinear(vectors, { buckets: BUCKETS, epochs: EPOCHS, rate: RATE, penalty, seed });
  const content = contentOf(linear, members, factor, shift);

  const type: AttributeType = members === undefined ? { kind: "score" } : { kind: "enum", members: [...members] };
  const read = readWeights(content, type);
  if (typeof read === "string" || read.version !== 2) throw new Error(`the weights cannot be read again: ${read}`);
  const logitsFor = logitsOf(read);
  const predictions = held.map((example) =>
    predictionOf(example, classOf(example), probabilities(logitsFor(example.text))),
  );
  const most = counts.indexOf(Math.max(...counts));
  const right = ({ said, came }: Prediction): boolean => said === came;
  const gainOf = (sample: readonly Prediction[]): number =>
    share(sample, right) - share(sample, ({ came }) => came === most);
  const measured = {
    accuracy: bootstrapped(predictions, (sample) => share(sample, right), seed),
    gain: bootstrapped(predictions, gainOf, seed),
    auc: members === undefined ? bootstrapped(predictions.map(rankOf), auc, seed) : undefined,
  };
  const report: TrainReport = {
    ...measured,
    members: members?.map((member, k) => memberReport(member, k, predictions)),
    trained: rest.length,
    heldOut: held.length,
    baseline: { says: names[most] ?? "", accuracy: share(predictions, ({ came }) => came === most) },
    calibrationError: calibrationError(
      predictions.map(({ sure, came, said, value }) => ({
        predicted: sure,
        came: value ?? Number(said === came),
      })),
    ),
    confusion: { classes: names, counts: confusionOf(predictions, names.length) },
    doubts: doubtsAbout(names, counts, measured),
  };
  return { weights: { ...content, provenance: { ...provenance, ...summaryOf(report, seed) } }, report };
}

interface Prediction {
  /** Index of the class that was predicted, and of that which is so. */
  readonly said: number;
  readonly came: number;
  /** The probability of what was predicted; of a score, the score. */
  readonly sure: number;
  /** Of a score, what it should be. */
  readonly value: number | undefined;
}

function predictionOf({ target }: Example, came: number, chances: readonly number[]): Prediction {
  const [score = 0] = chances;
  if (chances.length === 1) return { said: Number(score >= 0.5), came, sure: score, value: target };
  const sure = Math.max(...chances);
  return { said: chances.indexOf(sure), came, sure, value: undefined };
}

function rankOf({ sure, came }: Prediction): { score: number; positive: boolean } {
  return { score: sure, positive: came === 1 };
}

function memberReport(member: string, k: number, all: readonly Prediction[]): MemberReport {
  const there = all.filter(({ came }) => came === k);
  const precision = share(
    all.filter(({ said }) => said === k),
    ({ came }) => came === k,
  );
  return { member, lines: there.length, precision, recall: share(there, ({ said }) => said === k) };
}

function confusionOf(all: readonly Prediction[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { came, said } of all) {
    const row = counts[came] as number[];
    row[said] = (row[said] ?? 0) + 1;
  }
  return counts;
}

/** A fifth of each class, at least one, and the rest. Lines with the same text are on the same side. */
function heldOut(all: readonly Example[], classOf: (example: Example) => number, seed: number): [Example[], Example[]] {
  const random = seeded(seed);
  const held = new Set<string>();
  for (const group of Map.groupBy(all, classOf).values()) {
    const texts = [...new Set(group.map(({ text }) => text))];
    for (const text of shuffled(texts, random).slice(0, Math.max(1, Math.round(texts.length * HELD_OUT))))
      held.add(text);
  }
  return [all.filter(({ text }) => held.has(text)), all.filter(({ text }) => !held.has(text))];
}

/** The penalty with which examples are predicted best that were left out of the fit, and those predictions. */
function crossValidated(vectors: readonly Vector[], seed: number): { penalty: number; unseen: readonly number[][] } {
  const tried = PENALTIES.map((penalty) => {
    const unseen = new Array<number[]>(vectors.length);
    for (let fold = 0; fold < FOLDS; fold++) {
      const linear = fitLinear(
        vectors.filter((_, index) => index % FOLDS !== fold),
        { buckets: BUCKETS, epochs: EPOCHS, rate: RATE, penalty, seed },
      );
      for (let index = fold; index < vectors.length; index += FOLDS)
        unseen[index] = logits(linear, vectors[index]?.features ?? new Int32Array());
    }
    const loss = lossOf(
      unseen,
      vectors.map(({ target }) => target),
    );
    return { penalty, unseen, loss };
  });
  return tried.reduce((best, each) => (each.loss < best.loss ? each : best));
}

/** Digits of a weight that are written: more change no decision, and make the table large. */
const DIGITS = 4;
/** A weight that is smaller is left out. */
const NOTHING = 5e-4;

function contentOf(
  { bias, weights }: Linear,
  members: readonly string[] | undefined,
  factor: number,
  shift: number,
): Readonly<Record<string, unknown>> {
  const classes = bias.length;
  const rows: Record<string, number[]> = {};
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const row = Array.from(weights.subarray(bucket * classes, (bucket + 1) * classes), (each) =>
      rounded(each * factor),
    );
    if (row.some((each) => Math.abs(each) >= NOTHING)) rows[bucket] = row;
  }
  return {
    version: 2,
    ...(members !== undefined && { members }),
    buckets: BUCKETS,
    bias: Array.from(bias, (each) => rounded(each * factor + shift)),
    weights: rows,
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS)) + 0;
}

function doubtsAbout(
  names: readonly string[],
  counts: readonly number[],
  { gain, auc: area }: Pick<TrainReport, "gain" | "auc">,
): string[] {
  const total = counts.reduce((sum, each) => sum + each, 0);
  const rare = names.filter((_, k) => (counts[k] ?? 0) < LEAST_OF_A_CLASS);
  return [
    ...(total < LEAST_LINES ? [`there are ${total} different lines, expected at least ${LEAST_LINES}`] : []),
    ...rare.map(
      (name) => `\`${name}\` has ${counts[names.indexOf(name)]} lines, expected at least ${LEAST_OF_A_CLASS}`,
    ),
    ...(area === undefined && !(gain.low > 0)
      ? ["on the held-out lines it is not surely better than always saying the most frequent member"]
      : []),
    ...(area !== undefined && !(area.low > 0.5)
      ? ["on the held-out lines its order is not surely better than chance"]
      : []),
  ];
}

function sayCounts(names: readonly string[], counts: readonly number[]): string {
  return names.map((name, k) => `\`${name}\` has ${counts[k]}`).join(", ");
}

function summaryOf(report: TrainReport, seed: number): Readonly<Record<string, unknown>> {
  const { trained, heldOut: held, accuracy, baseline, auc: area } = report;
  const brief = ({ value, low, high }: Measured): number[] => [value, low, high].map(rounded);
  return {
    seed,
    trained,
    held_out: held,
    accuracy: brief(accuracy),
    baseline: rounded(baseline.accuracy),
    ...(area !== undefined && { auc: brief(area) }),
    calibration_error: rounded(report.calibrationError),
    ...(report.doubts.length > 0 && { doubts: report.doubts }),
  };
}
