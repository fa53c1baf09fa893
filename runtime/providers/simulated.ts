/**
 * A provider without a network: answers chat completions from the request alone, always the same for the same body. For
 * trying a policy out; the shapes are those of the OpenAI API.
 */
import { hash } from "node:crypto";
import type { Transport, UpstreamCall, UpstreamControl, UpstreamEvents } from "../plan/doors.ts";
import { simulatedEmbeddings } from "./simulated-embeddings.ts";

/** Of the last user message this much is echoed, in characters. */
const ECHO_LENGTH = 60;
/** What the API counts as created at: fixed, so that answers can be compared. */
const CREATED = 1_767_225_600;

/** A transport that answers every call itself. */
export function simulatedTransport(): Transport {
  return {
    send: (call, events) => new Recital(answer(call), events),
    async close() {},
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly chunks: readonly Buffer[];
}

/** Tells an answer piece by piece, one turn of the event loop each. */
class Recital implements UpstreamControl {
  readonly #answer: Answer;
  readonly #events: UpstreamEvents;
  #next = 0;
  #paused = false;
  #over = false;
  #pending: NodeJS.Immediate | undefined;

  constructor(answer: Answer, events: UpstreamEvents) {
    this.#answer = answer;
    this.#events = events;
    this.#pending = setImmediate(() => {
      events.head(answer.status, ["content-type", answer.type]);
      this.#schedule();
    });
  }

  abort(): void {
    this.#over = true;
    clearImmediate(this.#pending);
  }

  pause(): void {
    this.#paused = true;
    clearImmediate(this.#pending);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#paused && !this.#over) this.#pending = setImmediate(() => this.#tell());
  }

  #tell(): void {
    const chunk = this.#answer.chunks[this.#next++];
    if (chunk === undefined) {
      this.#events.end();
      return;
    }
    this.#events.data(chunk);
    this.#schedule();
  }
}

function answer(call: UpstreamCall): Answer {
  if (call.endpoint === "embeddings") {
    const body = JSON.stringify(simulatedEmbeddings(call.body, call.model.upstream, tokens));
    return { status: 200, type: "application/json", chunks: [Buffer.from(body)] };
  }
  const request = readRequest(call.body);
  if (request === undefined) {
    const message = "We could not parse the JSON body of your request.";
    const error = { message, type: "invalid_request_error", param: null, code: null };
    return { status: 400, type: "application/json", chunks: [Buffer.from(JSON.stringify({ error }))] };
  }
  const id = `chatcmpl-${hash("sha256", call.body).slice(0, 29)}`;
  const said = `${call.model.upstream} (simulated) heard: ${excerpt(request.lastUserText)}`;
  const completionTokens = tokens(said);
  const usage = {
    prompt_tokens: request.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: request.promptTokens + completionTokens,
  };
  const common = { id, created: CREATED, model: call.model.upstream };
  if (!call.stream) {
    const message = { role: "assistant", content: said, refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }];
    const body = { ...common, object: "chat.completion", choices, usage };
    return { status: 200, type: "application/json", chunks: [Buffer.from(JSON.stringify(body))] };
  }
  return {
    status: 200,
    type: "text/event-stream",
    chunks: streamed(common, said, request.includeUsage ? usage : undefined),
  };
}

function streamed(common: object, said: string, usage: object | undefined): readonly Buffer[] {
  const event = (choices: readonly object[], rest: object = {}): string =>
    JSON.stringify({ ...common, object: "chat.completion.chunk", choices, ...rest });
  const choice = (delta: object, finish: "stop" | null = null): readonly object[] => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  // With `include_usage` every event but the last has a null usage.
  const rest = usage === undefined ? {} : { usage: null };
  const events = [
    event(choice({ role: "assistant", content: "", refusal: null }), rest),
    ...words(said).map((word) => event(choice({ content: word }), rest)),
    event(choice({}, "stop"), rest),
    ...(usage === undefined ? [] : [event([], { usage })]),
    "[DONE]",
  ];
  return events.map((data) => Buffer.from(`data: ${data}\n\n`));
}

function words(said: string): readonly string[] {
  return said.match(/\s*\S+/gu) ?? [];
}

interface ChatRequest {
  readonly lastUserText: string;
  readonly promptTokens: number;
  readonly includeUsage: boolean;
}

interface WireRequest {
  readonly messages?: readonly { readonly role?: unknown; readonly content?: unknown }[];
  readonly stream_options?: { readonly include_usage?: unknown } | null;
}

function readRequest(body: Buffer): ChatRequest | undefined {
  try {
    const request: WireRequest = JSON.parse(body.toString());
    const messages = (request.messages ?? []).map(({ role, content }) => ({ role, text: textOf(content) }));
    return {
      lastUserText: messages.findLast(({ role }) => role === "user")?.text ?? "",
      promptTokens: messages.reduce((sum, { text }) => sum + tokens(text) + 4, 3),
      includeUsage: request.stream_options?.include_usage === true,
    };
  } catch {
    return undefined;
  }
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { readonly text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join(" ");
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= ECHO_LENGTH ? line : `${characters.slice(0, ECHO_LENGTH - 1).join("")}…`;
}

/** The usual rule of thumb: four characters a token. */
function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
