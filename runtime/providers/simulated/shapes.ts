/** What a dialect has to know to be spoken by a simulated provider. */
import type { Failure } from "../../table/index.ts";
import type { Heard, Said } from "./said.ts";

/** A request as it reaches a provider. */
export interface Request {
  readonly endpoint: "answers" | "embeddings" | "count_tokens";
  /** The provider's name of the model that is asked. */
  readonly model: string;
  readonly stream: boolean;
  readonly body: Buffer;
}

/** Failures that a provider states in an answer outside 2xx; not every dialect has a word for each. */
export type Stated = Extract<
  Failure,
  "rate_limited" | "overloaded" | "server_error" | "too_long" | "unauthorized" | "filtered" | "invalid"
>;

/** An answer outside 2xx. */
export interface Refusal {
  readonly status: number;
  readonly body: object;
  /** Name and value in turn. */
  readonly headers?: readonly string[];
}

export interface Shapes {
  /** The content type of a stream. */
  readonly streams: string;
  /** Headers of every answer. */
  headers?(id: string): readonly string[];
  /** What a request says; it may be any JSON. */
  heard(body: unknown): Heard;
  whole(said: Said): object;
  /** What a stream begins with, before its first word. */
  opening(said: Said): Buffer;
  /** The word at `index` of `said.words`. */
  word(said: Said, index: number): Buffer;
  closing(said: Said): Buffer;
  /** How a request fails. Undefined of `filtered` where the answer itself says so. */
  refusal(failure: Stated, said: Said): Refusal | undefined;
  /** The vectors of an embeddings request, where the dialect has these. */
  embedded?(body: unknown, model: string): object;
  counted?(tokens: number): object;
}

/** Seconds after which a call that was `rate_limited` is told to come again. */
export const RETRY_AFTER = "1";

/** Events of a stream, each as one line of data. */
export function events(...data: readonly (object | string)[]): Buffer {
  return Buffer.from(
    data.map((each) => `data: ${typeof each === "string" ? each : JSON.stringify(each)}\n\n`).join(""),
  );
}

/** The same with the name that each has as its `type`. */
export function namedEvents(...data: readonly { readonly type: string; readonly [member: string]: unknown }[]): Buffer {
  return Buffer.from(data.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join(""));
}
