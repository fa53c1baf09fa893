/** How answers of a dialect are read while they pass: as little of them as a plan has to know, and nothing is changed. */
import { type Answer, readAnswer } from "./answer.ts";
import { type Classified, classifyAnswer, classifyContent } from "./failure.ts";
import { endOfStream, endsWithDone, mayEndDone, type StreamEnd } from "./stream-end.ts";
import { StreamStart } from "./stream-start.ts";
import { type Usage, usageOfAnswer, usageOfStream } from "./usage.ts";
import { type Inspected, inspect } from "./whole-answer.ts";

/** The beginning of a stream, read until it is known whether this model answers. */
export interface WireStart {
  /** Text, a tool call or reasoning has come. */
  readonly content: boolean;
  /** Why the answer ended has come. */
  readonly finished: boolean;
  /** The stream's last event has come. */
  readonly done: boolean;
  /** An error event has come that can still be hidden. */
  readonly error: Classified | undefined;
  readonly filtered: boolean;
  readonly refused: boolean;
  read(chunk: Buffer): void;
}

export interface Wire {
  /** For one stream. `heldBack`: content does not end the holding, because the plan wants to know how the answer ends. */
  start(heldBack: boolean): WireStart;
  /** How a stream ended whose last bytes are `tail`. */
  endOfStream(tail: Buffer): StreamEnd;
  /** Whether `chunk` can be the end of a stream's last event: a look at a few bytes. */
  mayEnd(chunk: Buffer): boolean;
  /** Whether a stream whose last bytes are `tail` ends with its last event. */
  hasEnded(tail: Buffer): boolean;
  /** The usage that a stream reported in its last bytes, and as it began. */
  usageOfStream(tail: Buffer, start: WireStart): Usage | undefined;
  /** What an unstreamed answer with a 2xx status, of which `tail` is the end, says of itself. */
  inspect(body: Buffer, tail: string, closely: boolean): Inspected;
  usageOfAnswer(body: Buffer, tail?: string): Usage | undefined;
  /** The failure that an answer with a status outside 2xx stands for. */
  failureOf(status: number, body: Buffer): Classified;
  /** The failure in a JSON value that came with a 2xx status. */
  errorIn(value: unknown): Classified | undefined;
  /** A whole answer, or all events of a stream, for gates. */
  answer(body: Buffer, stream: boolean): Answer;
  /** The event that ends a stream which broke off. `error` is the body of an error answer as OpenAI writes it. */
  broken(error: string): string;
}

/** OpenAI's chat completions, and its embeddings. */
export const CHAT_WIRE: Wire = {
  start: (heldBack) => new StreamStart(heldBack),
  endOfStream,
  mayEnd: mayEndDone,
  hasEnded: endsWithDone,
  usageOfStream: (tail) => usageOfStream(tail),
  inspect,
  usageOfAnswer,
  failureOf: classifyAnswer,
  errorIn: classifyContent,
  answer: readAnswer,
  broken: (error) => `data: ${error}\n\n`,
};
