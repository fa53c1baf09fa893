/** The file of weights of a `classifier`: its two versions, and what is wrong with one that is neither. */
import type { AttributeType } from "./artifact.ts";

/** Version 1, to be written by hand, gives a score: one weight for each word that stands in the text. */
export interface WordWeights {
  readonly version: 1;
  readonly bias: number;
  readonly weights: ReadonlyMap<string, number>;
}

/** Version 2, as `routec train classifier` writes it. */
export interface HashedWeights {
  readonly version: 2;
  /** The members of the enum; undefined where it gives a score. */
  readonly members: readonly string[] | undefined;
  readonly buckets: number;
  /** One for each member, or one for the score. */
  readonly bias: readonly number[];
  /** By bucket, in the order of `bias`; buckets that are left out weigh nothing. */
  readonly weights: ReadonlyMap<number, readonly number[]>;
}

export type Weights = WordWeights | HashedWeights;

const MOST_BUCKETS = 2 ** 20;

/** `content`, a parsed file of weights, checked; or, as a text, what is wrong with it. */
export function readWeights(content: Readonly<Record<string, unknown>>, type: AttributeType): Weights | string {
  if (content.version === 1) return readWords(content, type);
  if (content.version === 2) return readHashed(content, type);
  return `\`version\` is ${shown(content.version)}, expected 1 or 2`;
}

function readWords({ bias, weights }: Readonly<Record<string, unknown>>, type: AttributeType): Weights | string {
  if (type.kind !== "score") return "weights of version 1 give a score, not an enum";
  if (!isNumber(bias)) return `\`bias\` is ${shown(bias)}, expected a number`;
  if (!isObject(weights)) return `\`weights\` is ${shown(weights)}, expected an object of words and numbers`;
  const entries = Object.entries(weights);
  const wrong = entries.find(([, weight]) => !isNumber(weight));
  if (wrong !== undefined) return `the weight of \`${wrong[0]}\` is ${shown(wrong[1])}, expected a number`;
  return { version: 1, bias, weights: new Map(entries as [string, number][]) };
}

function readHashed(content: Readonly<Record<string, unknown>>, type: AttributeType): Weights | string {
  const { members, buckets, bias, weights } = content;
  if (type.kind === "enum") {
    if (!Array.isArray(members)) return "the weights give a score, expected those of an enum";
    const unknown = members.find((member) => !type.members.includes(member));
    if (unknown !== undefined) return `the weights are for \`${unknown}\`, which the type does not have`;
    if (members.length < 2) return "`members` are fewer than two";
  } else if (members !== undefined) return "the weights are for an enum, expected those of a score";
  const width = Array.isArray(members) ? members.length : 1;
  if (!Number.isInteger(buckets) || Number(buckets) < 1 || Number(buckets) > MOST_BUCKETS)
    return `\`buckets\` is ${shown(buckets)}, expected a whole number from 1 to ${MOST_BUCKETS}`;
  if (!isRow(bias, width)) return `\`bias\` is not a list of numbers, ${width} long`;
  if (!isObject(weights)) return `\`weights\` is ${shown(weights)}, expected an object of buckets`;
  const rows = Object.entries(weights).map(([bucket, row]) => [Number(bucket), row] as const);
  const wrong = rows.find(([bucket, row]) => !(bucket >= 0 && bucket < Number(buckets)) || !isRow(row, width));
  if (wrong !== undefined) return `bucket \`${wrong[0]}\` of the weights is not a list of numbers, ${width} long`;
  return {
    version: 2,
    members: Array.isArray(members) ? members.map(String) : undefined,
    buckets: Number(buckets),
    bias,
    weights: new Map(rows as [number, readonly number[]][]),
  };
}

function isRow(value: unknown, width: number): value is readonly number[] {
  return Array.isArray(value) && value.length === width && value.every(isNumber);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : `\`${JSON.stringify(value).slice(0, 60)}\``;
}
