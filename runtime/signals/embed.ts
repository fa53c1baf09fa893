/** Embeddings of texts, in the OpenAI dialect: `POST /embeddings`. */
import type { Doors } from "../plan/index.ts";
import { entries, member, parse } from "../plan/json.ts";
import { MESSAGE_OVERHEAD } from "../plan/judge.ts";
import { callModel, type LinkedModel } from "./call-model.ts";
import type { Asking, SignalRequest } from "./source.ts";

/** One vector of length 1 for each text, in their order. */
export type Embedded = { readonly vectors: readonly Float64Array[] } | { readonly missing: string };

/** Texts in one call at most: few enough that the answer of any embedder in use is held whole (4 MiB). */
const MOST_TEXTS = 32;
/** Milliseconds that embedding many texts may take, call after call. */
const ALL_TIMEOUT = 120_000;

/** Embeds texts in one call. */
export function embed(
  model: LinkedModel,
  texts: readonly string[],
  attribute: SignalRequest["attribute"],
  doors: Doors,
  deadlineAt: number,
  tell: (embedded: Embedded) => void,
): Asking {
  const members = (): object => ({ input: texts, encoding_format: "float" });
  const question = { members, bytes: bytesOf(texts), inputs: texts.length };
  return callModel(model, question, attribute, doors, deadlineAt, (answer) => {
    if ("missing" in answer) tell(answer);
    else
      tell(vectorsOf(answer.body, texts.length) ?? { missing: `the answer has not ${texts.length} embeddings in it` });
  });
}

/** Embeds any number of texts, in as many calls as that takes, one after the other. */
export function embedAll(
  model: LinkedModel,
  texts: readonly string[],
  attribute: SignalRequest["attribute"],
  doors: Doors,
  tell: (embedded: Embedded) => void,
): void {
  const batches = batchesOf(texts, model.model.context);
  const deadlineAt = doors.clock.elapsed() + ALL_TIMEOUT;
  const vectors: Float64Array[] = [];
  const next = (index: number): void => {
    const batch = batches[index];
    if (batch === undefined) {
      tell({ vectors });
      return;
    }
    embed(model, batch, attribute, doors, deadlineAt, (embedded) => {
      if ("missing" in embedded) {
        tell(embedded);
        return;
      }
      vectors.push(...embedded.vectors);
      next(index + 1);
    });
  };
  next(0);
}

/** Together the texts of a call are within the model's context, so that what is reserved for it is enough. */
function batchesOf(texts: readonly string[], context: number): string[][] {
  const batches: string[][] = [];
  for (const text of texts) {
    const last = batches.at(-1);
    if (last !== undefined && last.length < MOST_TEXTS && bytesOf([...last, text]) <= context) last.push(text);
    else batches.push([text]);
  }
  return batches;
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + MESSAGE_OVERHEAD, 0);
}

/** Undefined unless there is a vector for each of so many texts. */
function vectorsOf(body: Buffer, count: number): Embedded | undefined {
  const vectors = new Array<Float64Array | undefined>(count).fill(undefined);
  for (const [position, each] of entries(member(parse(body.toString()), "data")).entries()) {
    const index = member(each, "index") ?? position;
    if (typeof index === "number" && index in vectors) vectors[index] = unit(entries(member(each, "embedding")));
  }
  const whole = vectors.filter((vector) => vector !== undefined);
  return whole.length === count ? { vectors: whole } : undefined;
}

function unit(numbers: readonly unknown[]): Float64Array | undefined {
  if (numbers.length === 0 || !numbers.every((each) => typeof each === "number")) return undefined;
  const vector = Float64Array.from(numbers as readonly number[]);
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 && Number.isFinite(length) ? vector.map((each) => each / length) : undefined;
}

/** The dot product, of vectors of length 1 the cosine. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
