/** Answers of the messages API on their way to a client that speaks it: read for what a plan has to know, and not touched. */
import { readAnswer } from "../../plan/answer.ts";
import { type Classified, classifyAnswer, classifyContent } from "../../plan/failure.ts";
import { member, parse, text } from "../../plan/json.ts";
import { PassingStream } from "../../plan/passing-stream.ts";
import type { Received } from "../../plan/received.ts";
import type { StreamEnd } from "../../plan/stream-end.ts";
import { readUsage, type Usage, type UsageShape, usageOfAnswer } from "../../plan/usage.ts";
import { isObject, mentionsError } from "../../plan/whole-answer.ts";
import type { Wire, WireStream } from "../../plan/wire.ts";
import { messagesError } from "../inbound/messages-error.ts";
import { type JsonObject, object } from "../json.ts";
import { chatCompletion, refusalOf, usageOf } from "./answer.ts";
import { brokenAnswer, chatError } from "./error.ts";
import { ChatStream } from "./stream.ts";

/** A message's usage; with searches, or in several turns of the provider's own, it has more, and is parsed. */
const USAGE: UsageShape = {
  pattern:
    /\{"input_tokens":(\d{1,9}),"cache_creation_input_tokens":(\d{1,9}),"cache_read_input_tokens":(\d{1,9})(?:,"cache_creation":\{"ephemeral_5m_input_tokens":\d{1,9},"ephemeral_1h_input_tokens":(\d{1,9})\})?,"output_tokens":(\d{1,9})(?:,"service_tier":"\w+")?\}/y,
  matched: ([, input, written, read, kept = 0, output]) =>
    readCounts({
      input_tokens: Number(input),
      cache_creation_input_tokens: Number(written),
      cache_read_input_tokens: Number(read),
      cache_creation: { ephemeral_1h_input_tokens: Number(kept) },
      output_tokens: Number(output),
    }),
  read: (counts) => readCounts(counts),
};

export const MESSAGES_WIRE: Wire = {
  stream: (heldBack) => new PassingMessages(heldBack),
  inspect(body, tail, closely) {
    // An error says its type at depth 1 as well, which no text of an answer can.
    const isPlain = !closely && isObject(body) && !mentionsError(body, tail);
    if (isPlain) return { error: undefined, filtered: false, refused: false };
    const message = parse(body.toString());
    const isMessage = Array.isArray(member(message, "content"));
    return { error: isMessage ? undefined : notMessage(message), ...refusals(message) };
  },
  usageOfAnswer: (body, tail) => usageOfAnswer(body, tail, USAGE),
  failureOf(status, body) {
    const error = chatError(parse(body.toString()));
    return classifyAnswer(status, error === undefined ? body : Buffer.from(JSON.stringify(error)));
  },
  errorIn,
  answer(body, stream) {
    if (!stream) return readAnswer(Buffer.from(JSON.stringify(chatCompletion(parse(body.toString()), 0))), false);
    const chunks = new ChatStream({ created: 0, includeUsage: true });
    return readAnswer(Buffer.from(chunks.push(body) + chunks.end()), true);
  },
};

/** Pings and the beginning of the message say nothing yet, and nor does a block of text that is empty so far. */
class PassingMessages extends PassingStream implements WireStream {
  /** What the message's first event counts: later ones need not repeat it. */
  #counts: JsonObject = {};

  protected take(data: string): void {
    const event = parse(data);
    switch (member(event, "type")) {
      case "message_start": {
        const message = object(member(event, "message"));
        this.#counts = counted(message.usage);
        if (Array.isArray(message.content) && message.content.length > 0) this.content = true;
        return;
      }
      case "content_block_start":
        if (saysSomething(object(member(event, "content_block")))) this.content = true;
        return;
      case "content_block_delta":
        if (saysSomething(object(member(event, "delta")))) this.content = true;
        return;
      case "message_delta": {
        const delta = object(member(event, "delta"));
        if (text(delta.stop_reason) !== "") this.finished = true;
        const { filtered, refused } = refusals(delta);
        this.filtered ||= filtered;
        this.refused ||= refused;
        return;
      }
      case "message_stop":
        this.done = true;
        return;
      case "error":
        if (this.hidesErrors) this.error = errorIn(event);
        return;
      case undefined:
        this.error = classifyContent(brokenAnswer("the provider sent an event that is not one of its dialect"));
    }
  }

  pass(chunk: Buffer, received: Received): boolean {
    if (!mayEnd(chunk)) return false;
    const tail = received.bytes();
    return STOPPED.test(tail.toString("latin1", Math.max(0, tail.length - STOP_BYTES)));
  }

  ending(tail: Buffer): StreamEnd {
    return this.ended(endOfStream(tail), tail);
  }

  usage(tail: Buffer): Usage | undefined {
    return readCounts({ ...this.#counts, ...lastUsage(tail) });
  }

  broken(error: string): string {
    return this.hasTold ? "" : `event: error\ndata: ${JSON.stringify(messagesError(parse(error)))}\n\n`;
  }
}

/** Whether a block as it begins, or a piece of one, holds something: of a tool call its beginning does. */
function saysSomething({ type, text: said, thinking }: JsonObject): boolean {
  if (type === "text" || type === "text_delta") return text(said) !== "";
  return type === "thinking" || type === "thinking_delta" ? text(thinking) !== "" : type !== "signature_delta";
}

/** Read backwards, no further than the last event that says something. */
function endOfStream(tail: Buffer): StreamEnd {
  const rest = tail.toString("utf8", tail.lastIndexOf(LF) + 1);
  const cut = rest.startsWith("data:") && parse(rest.slice("data:".length)) === undefined;
  let done = false;
  let finished = false;
  let error: Classified | undefined;
  for (const event of eventsBackwards(tail)) {
    const type = text(member(event, "type"));
    if (type === "message_stop") done = true;
    else if (type === "message_delta") finished = text(member(member(event, "delta"), "stop_reason")) !== "";
    else if (type === "error") error = errorIn(event);
    if (finished || error !== undefined || type === "content_block_delta") break;
  }
  return { complete: (done || finished) && !cut, finished, error };
}

const LF = 0x0a;

/** The data of the events in `tail`, the last one first; of one that is not there whole nothing. */
function* eventsBackwards(tail: Buffer): Generator<unknown> {
  for (let end = tail.length; end > 0; ) {
    const start = tail.lastIndexOf(LF, end - 1) + 1;
    const line = tail.toString("utf8", start, end);
    if (line.startsWith("data:")) yield parse(line.slice("data:".length));
    end = start - 1;
  }
}

/** The last event is short, but some proxies write metrics into it: then the stream's end is that of its connection. */
const STOP_BYTES = 256;
const STOPPED = /(?:^|\n)data: ?\{[^\n]*"type"\s*:\s*"message_stop"[^\n]*\}\s*\r?\n\r?\n$/;

/** Anthropic pads its events with spaces in front of the last brace; `message_stop` ends with a `p` and a quote. */
function mayEnd(chunk: Buffer): boolean {
  let last = chunk.length - 1;
  while (last >= 0 && isSpace(chunk[last])) last--;
  if (last < 0) return true;
  if (chunk[last--] !== 0x7d) return false;
  while (last >= 0 && isSpace(chunk[last])) last--;
  return last < 1 || (chunk[last] === 0x22 && chunk[last - 1] === 0x70);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LF || byte === 0x0d;
}

/** The last counts, which are of all so far. */
function lastUsage(tail: Buffer): JsonObject {
  for (const event of eventsBackwards(tail))
    if (member(event, "type") === "message_delta") return counted(member(event, "usage"));
  return {};
}

/** Counts that are stated: one that is not repeated still holds. */
function counted(usage: unknown): JsonObject {
  return Object.fromEntries(Object.entries(object(usage)).filter(([, value]) => value !== null));
}

function readCounts(counts: unknown): Usage | undefined {
  return readUsage(usageOf(object(counts)));
}

function refusals(message: unknown): { readonly filtered: boolean; readonly refused: boolean } {
  const filtered = member(message, "stop_reason") === "refusal";
  return { filtered, refused: filtered && refusalOf(message) !== null };
}

function errorIn(value: unknown): Classified | undefined {
  return classifyContent(chatError(value));
}

function notMessage(value: unknown): Classified | undefined {
  return errorIn(value) ?? classifyContent(brokenAnswer("the provider's answer is not a message"));
}
