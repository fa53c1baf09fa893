/** How providers that speak OpenAI's dialect depart from it: what the table's quirks come to for requests and answers. */
import { hash } from "node:crypto";
import { EventReader } from "../plan/event-reader.ts";
import { entries, member, parse, text } from "../plan/json.ts";
import type { Quirks } from "../table/index.ts";
import type { ChatError } from "./chat.ts";
import { saidIn } from "./inbound/said.ts";
import { isObject, type JsonObject, object, saysSomething, unlessTooDeep } from "./json.ts";
import type { StreamTranslator } from "./stream-translator.ts";

/** Members of messages that OpenAI's dialect does not have. */
const THOUGHTS = ["reasoning_content", "reasoning", "thinking_blocks"];

/**
 * What a request's text must hold for `conformedRequest` to change it: one that does not match goes as it came, unread.
 * Undefined where no request has to be changed.
 */
export function departures(quirks: Quirks): RegExp | undefined {
  const { renamed = {}, refused = [], json, forced_tool, short_ids } = quirks;
  const names = [
    ...Object.keys(renamed),
    ...refused,
    ...(json === undefined ? [] : ["response_format"]),
    ...(forced_tool === undefined ? [] : ["tool_choice"]),
    ...(short_ids === undefined ? [] : ["tool_calls", "tool_call_id"]),
  ];
  // Who is particular about members is so about these.
  return names.length === 0 ? undefined : new RegExp(`"(?:${[...names, ...THOUGHTS].join("|")})"\\s*:`);
}

export interface ConformedRequest {
  readonly body: JsonObject;
  /** Names of what was left out. */
  readonly dropped: readonly string[];
}

/** A chat completion request as a provider with these quirks takes it. `chat` itself stays as it is. */
export function conformedRequest(chat: JsonObject, quirks: Quirks): ConformedRequest {
  const { renamed = {}, refused = [], json, forced_tool } = quirks;
  const body: Record<string, unknown> = { ...chat };
  const dropped: string[] = [];
  for (const [name, theirs] of Object.entries(renamed)) rename(body, name, theirs);
  for (const name of refused) {
    // A flag for streams is nothing that was asked of the model.
    if (saysSomething(body[name]) && !(name === "n" && body.n === 1) && name !== "stream_options") dropped.push(name);
    delete body[name];
  }
  if (json === "json_object" && member(body.response_format, "type") === "json_schema") {
    body.response_format = { type: "json_object" };
    dropped.push("json_schema");
  }
  if (forced_tool !== undefined) forceTool(body, forced_tool);
  if (Array.isArray(body.messages)) body.messages = body.messages.map((message) => conformedMessage(message, quirks));
  return { body, dropped };
}

function rename(body: Record<string, unknown>, from: string, to: string): void {
  if (body[from] !== undefined) body[to] ??= body[from];
  delete body[from];
}

/** A tool that is named is forced by being the only one. */
function forceTool(body: Record<string, unknown>, word: string): void {
  const named = member(member(body.tool_choice, "function"), "name");
  if (named !== undefined) {
    body.tools = entries(body.tools).filter((tool) => member(member(tool, "function"), "name") === named);
    body.tool_choice = word;
  } else if (body.tool_choice === "required") body.tool_choice = word;
}

function conformedMessage(message: unknown, quirks: Quirks): unknown {
  if (!isObject(message)) return message;
  const { reasoning_content, reasoning, thinking_blocks, ...rest } = message;
  const thought = text(reasoning_content) || text(reasoning);
  return {
    ...rest,
    ...(quirks.replays_reasoning && thought !== "" && { reasoning_content: thought }),
    ...(quirks.short_ids && typeof rest.tool_call_id === "string" && { tool_call_id: shortId(rest.tool_call_id) }),
    ...(quirks.short_ids && Array.isArray(rest.tool_calls) && { tool_calls: rest.tool_calls.map(withShortId) }),
  };
}

function withShortId(call: unknown): unknown {
  return { ...object(call), id: shortId(text(member(call, "id"))) };
}

/** The same for the same id, so that calls and results go on belonging together. */
function shortId(id: string): string {
  return /^[a-zA-Z0-9]{9}$/.test(id) ? id : hash("sha256", id).slice(0, 9);
}

/** Reasons to end that are not OpenAI's (Mistral, Together), in its words. */
const FINISHES: Readonly<Record<string, string>> = { model_length: "length", eos: "stop", tool_call: "tool_calls" };

/**
 * An answer, or a chunk of one, in one form, whoever gave it: reasoning as `reasoning_content` (OpenRouter, Groq, vLLM and
 * Ollama have `reasoning`, Mistral a part of the content), content as text, usage in its place (Groq: `x_groq.usage`).
 */
export function conformedAnswer(answer: JsonObject): JsonObject {
  const usage = answer.usage ?? member(answer.x_groq, "usage");
  return {
    ...answer,
    ...(Array.isArray(answer.choices) && { choices: answer.choices.map(conformedChoice) }),
    ...(usage !== undefined && { usage }),
  };
}

function conformedChoice(choice: unknown): unknown {
  const { finish_reason, message, delta, ...rest } = object(choice);
  return {
    ...rest,
    ...(message !== undefined && { message: { refusal: null, ...conformedSaid(message) } }),
    ...(delta !== undefined && { delta: conformedSaid(delta) }),
    logprobs: rest.logprobs ?? null,
    finish_reason: FINISHES[text(finish_reason)] ?? finish_reason ?? null,
  };
}

function conformedSaid(said: unknown): JsonObject {
  const { reasoning, reasoning_content, content, ...rest } = object(said);
  const { text: words, reasoning: thought } = saidIn(said);
  return {
    ...rest,
    ...(content !== undefined && { content: Array.isArray(content) ? words : content }),
    ...(thought !== "" && { reasoning_content: thought }),
  };
}

/**
 * An error answer in OpenAI's form. Others have it without a wrapper (Mistral, Cohere, vLLM), as a text, in a list
 * (Gemini), or with the reason under `detail` or `innererror`. Undefined where `answer` is none of these.
 */
export function conformedError(answer: unknown): ChatError | undefined {
  const [first] = Array.isArray(answer) ? answer : [answer];
  const error = member(first, "error") ?? first;
  const message = text(error) || text(member(error, "message")) || text(member(error, "detail"));
  if (message === "") return undefined;
  const code = member(member(error, "innererror"), "code") ?? member(error, "code") ?? member(error, "status");
  return {
    error: {
      message,
      type: text(member(error, "type")) || "invalid_request_error",
      param: text(member(error, "param")) || null,
      code: typeof code === "number" ? String(code) : text(code) || null,
    },
  };
}

/** A stream of chunks, each in one form. */
export class ConformedStream implements StreamTranslator {
  readonly #reader = new EventReader();

  push(chunk: Buffer): string {
    const events = this.#reader.read(chunk);
    // A comment says that the provider is still at it.
    if (events.length === 0) return chunk.includes("\n\n") ? ": keep-alive\n\n" : "";
    return events.map((data) => `data: ${conformedData(data)}\n\n`).join("");
  }

  end(): string {
    return "";
  }
}

function conformedData(data: string): string {
  const value = parse(data);
  if (!isObject(value)) return data;
  return unlessTooDeep(
    () => JSON.stringify(conformedAnswer(value)),
    () => data,
  );
}
