/** How answers of a dialect are read while they pass: as little of them as a plan has to know, and nothing is changed. */
import { type Answer, readAnswer } from "./answer.ts";
import { type Classified, classifyAnswer, classifyContent } from "./failure.ts";
import { PassingChat } from "./passing-chat.ts";
import type { Received } from "./received.ts";
import type { StreamEnd } from "./stream-end.ts";
import { type Usage, usageOfAnswer } from "./usage.ts";
import { type Inspected, inspect } from "./whole-answer.ts";

/** One stream: what is known of it while it is held, while it passes, and at its end. */
export interface WireStream {
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
  /** Takes a chunk that is held, until it is known whether this model answers. */
  read(chunk: Buffer): void;
  /** Takes a chunk that was handed on, the last of `received`. Whether the stream's last event ends with it. */
  pass(chunk: Buffer, received: Received): boolean;
  /** How it ended, whose last bytes are `tail`. */
  ending(tail: Buffer): StreamEnd;
  /** The usage that it reported, in those bytes or before. */
  usage(tail: Buffer): Usage | undefined;
  /**
   * The event that ends it where it broke off; empty where the provider said so itself. `error` is the body of an error
   * answer as OpenAI writes it.
   */
  broken(error: string): string;
}

export interface Wire {
  /** `heldBack`: content does not end the holding, because the plan wants to know how the answer ends. */
  stream(heldBack: boolean): WireStream;
  /** What an unstreamed answer with a 2xx status, of which `tail` is the end, says of itself. */
  inspect(body: Buffer, tail: string, closely: boolean): Inspected;
  usageOfAnswer(body: Buffer, tail?: string): Usage | undefined;
  /** The failure that an answer with a status outside 2xx stands for. */
  failureOf(status: number, body: Buffer): Classified;
  /** The failure in a JSON value that came with a 2xx status. */
  errorIn(value: unknown): Classified | undefined;
  /** A whole answer, or all events of a stream, for gates. */
  answer(body: Buffer, stream: boolean): Answer;
}

/** OpenAI's chat completions, and its embeddings. */
export const CHAT_WIRE: Wire = {
  stream: (heldBack) => new PassingChat(heldBack),
  inspect,
  usageOfAnswer,
  failureOf: classifyAnswer,
  errorIn: classifyContent,
  answer: readAnswer,
};
