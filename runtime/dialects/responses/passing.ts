/** Answers of the responses API on their way to a client that speaks it: read for what a plan has to know, and not touched. */
import { readAnswer } from "../../plan/answer.ts";
import { type Classified, classifyAnswer, classifyContent } from "../../plan/failure.ts";
import { entries, member, parse, text } from "../../plan/json.ts";
import { PassingStream } from "../../plan/passing-stream.ts";
import type { StreamEnd } from "../../plan/stream-end.ts";
import { eventsOf } from "../../plan/stream-events.ts";
import { CHAT_USAGE, readUsage, type Usage, type UsageShape, usageOfAnswer } from "../../plan/usage.ts";
import { isObject } from "../../plan/whole-answer.ts";
import type { Wire, WireStream } from "../../plan/wire.ts";
import { type JsonObject, object } from "../json.ts";

const USAGE: UsageShape = {
  pattern:
    /\{"input_tokens":(\d{1,9}),"input_tokens_details":\{"cached_tokens":(\d{1,9})\},"output_tokens":(\d{1,9}),"output_tokens_details":\{(?:"\w+":\d{1,9},?)*\},"total_tokens":(\d{1,9})\}/y,
  matched: ([, prompt, cached, completion, total]) => CHAT_USAGE.matched(["", prompt, completion, total, cached]),
  read: (counts) => readCounts(counts),
};

export const RESPONSES_WIRE: Wire = {
  stream: (heldBack) => new PassingResponses(heldBack),
  inspect(body, _tail, closely) {
    // No text of an answer can look so: there quotes are escaped.
    const isPlain = !closely && isObject(body) && !SUSPECT.test(body.toString("latin1"));
    if (isPlain) return { error: undefined, filtered: false, refused: false };
    const response = parse(body.toString());
    return { error: failureOf(response), ...refusals(response) };
  },
  usageOfAnswer: (body, tail) => usageOfAnswer(body, tail, USAGE),
  failureOf: classifyAnswer,
  errorIn: classifyContent,
  answer(body, stream) {
    const response = stream ? lastResponse(body) : parse(body.toString());
    return readAnswer(Buffer.from(JSON.stringify(chatOf(response))), false);
  },
};

/** An answer that may have failed: `error` is null in all others. Items have a status, too, which a closer look tells apart. */
const SUSPECT = /"error"\s*:\s*[^n\s]|"status"\s*:\s*"(?:failed|cancelled)"/;

/** Events after which nothing is to come, among the others told by a look at their text. */
const LAST = /"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|failed|cancelled))"/;

/** Its last event repeats all of it, and so is as long as it is: its events are followed to the end, and few of them parsed. */
class PassingResponses extends PassingStream implements WireStream {
  #usage: Usage | undefined;
  /** Why it failed, where its provider said so. */
  #failure: Classified | undefined;
  /** The data of the last event. */
  #last = "";

  protected take(data: string): void {
    this.#last = data;
    if (this.content && !LAST.test(data)) return;
    const event = parse(data);
    const type = text(member(event, "type"));
    switch (type) {
      case "response.completed":
      case "response.incomplete":
        this.#finish(member(event, "response"));
        return;
      case "response.failed":
      case "response.cancelled":
        this.done = true;
        this.#fail(failureOf(member(event, "response")) ?? UNKNOWN_FAILURE);
        return;
      case "error":
        // The error stands beside the type, or under its own name.
        this.#fail(classifyContent({ error: member(event, "error") ?? event }) ?? UNKNOWN_FAILURE);
        return;
      case "":
        // Some end their streams as those of chats end.
        if (data !== "[DONE]" && this.hidesErrors) this.error = FOREIGN;
        return;
      default:
        if (saysSomething(object(event))) this.content = true;
    }
  }

  #finish(response: unknown): void {
    const { filtered, refused } = refusals(response);
    this.filtered = filtered;
    this.refused = refused;
    this.#usage = readCounts(member(response, "usage"));
    if (entries(member(response, "output")).length > 0) this.content = true;
    this.finished = true;
    this.done = true;
  }

  #fail(failure: Classified): void {
    this.#failure ??= failure;
    if (this.hidesErrors) this.error = failure;
  }

  pass(chunk: Buffer): boolean {
    this.read(chunk);
    return this.done;
  }

  ending(): StreamEnd {
    // A provider may leave out the blank line behind the last event.
    if (!this.done) this.read(END_OF_EVENT);
    return { complete: this.finished, finished: this.finished, error: this.finished ? undefined : this.#failure };
  }

  usage(): Usage | undefined {
    return this.#usage;
  }

  broken(error: string): string {
    if (this.#failure !== undefined) return "";
    const { message, code, param } = object(member(parse(error), "error"));
    const sequence_number = Number(member(parse(this.#last), "sequence_number") ?? -1) + 1;
    return `event: error\ndata: ${JSON.stringify({ type: "error", code, message, param, sequence_number })}\n\n`;
  }
}

const END_OF_EVENT = Buffer.from("\n\n");
const FOREIGN: Classified = { failure: "server_error", detail: "the provider sent what is no response" };
const UNKNOWN_FAILURE: Classified = { failure: "server_error", detail: "the response failed" };

/** Whether an event holds something of the answer: one that begins or ends a message or a thought does by what is in it. */
function saysSomething(event: JsonObject): boolean {
  const { output_index, delta, text: whole, part, item } = event;
  if (output_index === undefined) return false;
  if (delta !== undefined) return delta !== "";
  if (whole !== undefined) return whole !== "";
  if (part !== undefined) return partSays(part);
  const { type, content, summary } = object(item);
  if (type !== "message" && type !== "reasoning") return true;
  return [...entries(content), ...entries(summary)].some(partSays);
}

function partSays(part: unknown): boolean {
  return text(member(part, "text")) !== "" || text(member(part, "refusal")) !== "";
}

/** Why a response that came with a 2xx status is none. */
function failureOf(response: unknown): Classified | undefined {
  const status = text(member(response, "status"));
  const reported = classifyContent(response);
  if (reported !== undefined) return reported;
  if (!Array.isArray(member(response, "output"))) return FOREIGN;
  return status === "failed" || status === "cancelled" ? UNKNOWN_FAILURE : undefined;
}

function refusals(response: unknown): { readonly filtered: boolean; readonly refused: boolean } {
  return {
    filtered: member(member(response, "incomplete_details"), "reason") === "content_filter",
    refused: partsOf(response).some((part) => text(member(part, "refusal")) !== ""),
  };
}

function readCounts(usage: unknown): Usage | undefined {
  return readUsage(chatUsage(usage));
}

function chatUsage(usage: unknown): object | undefined {
  const { input_tokens, output_tokens, total_tokens, input_tokens_details } = object(usage);
  if (input_tokens === undefined) return undefined;
  const counts = { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens };
  return { ...counts, prompt_tokens_details: input_tokens_details };
}

/** The parts of all messages. */
function partsOf(response: unknown): readonly unknown[] {
  return entries(member(response, "output")).flatMap((item) =>
    member(item, "type") === "message" ? entries(member(item, "content")) : [],
  );
}

/** The response that the last event of a stream repeats. */
function lastResponse(body: Buffer): unknown {
  const last = eventsOf(body).findLast(({ data }) => LAST.test(data));
  return member(parse(last?.data ?? ""), "response");
}

/** What gates read of a response, as the chat that they know. */
function chatOf(response: unknown): object {
  const parts = partsOf(response);
  const said = (name: string): string => parts.map((part) => text(member(part, name))).join("");
  const logprobs = { content: parts.flatMap((part) => entries(member(part, "logprobs"))) };
  const message = { content: said("text"), refusal: said("refusal") };
  return {
    choices: [{ message, logprobs, finish_reason: finishOf(response) }],
    usage: chatUsage(member(response, "usage")),
  };
}

/** A call is one that the client is to answer; those of the provider's own tools are over. */
const CALLS = [
  "function_call",
  "custom_tool_call",
  "local_shell_call",
  "shell_call",
  "apply_patch_call",
  "computer_call",
];

function finishOf(response: unknown): string {
  const reason = member(member(response, "incomplete_details"), "reason");
  if (reason === "max_output_tokens") return "length";
  if (reason === "content_filter") return "content_filter";
  const called = entries(member(response, "output")).some((item) => CALLS.includes(text(member(item, "type"))));
  return called ? "tool_calls" : "stop";
}
