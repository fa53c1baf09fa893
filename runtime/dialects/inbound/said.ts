/** What a chat completion says, whole or in a stream: read from whatever providers of the dialect send. */
import { entries, member, text } from "../../plan/json.ts";
import { object } from "../json.ts";

/** The same of a message, and of a delta of one. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly SaidCall[];
  readonly thinkingBlocks: readonly unknown[];
  /** Addresses of pictures that were made, as OpenRouter has them. */
  readonly images: readonly string[];
}

export interface SaidCall {
  /** Which call a piece belongs to. */
  readonly index: number;
  /** Empty in all pieces but the first. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Of the one call that could be made before there were tools: it had no id. */
const ONLY_CALL = "call_0";

export function saidIn(message: unknown): Said {
  const { content, reasoning, reasoning_content, refusal, tool_calls, function_call, thinking_blocks, audio, images } =
    object(message);
  const calls = entries(tool_calls).map((call, at) => callOf(call, at));
  if (function_call !== undefined && function_call !== null)
    calls.push(callOf({ id: ONLY_CALL, function: function_call }, 0));
  return {
    // What is spoken is written down beside it, and text stands in both or in neither.
    text: (typeof content === "string" ? content : textOf(content)) || text(member(audio, "transcript")),
    reasoning: text(reasoning_content) || text(reasoning) || thoughtIn(content),
    refusal: text(refusal),
    calls,
    thinkingBlocks: entries(thinking_blocks),
    images: entries(images).map((image) => text(member(member(image, "image_url"), "url"))),
  };
}

/** The usage that a chunk of a stream reports; Groq has it in a place of its own. */
export function usageIn(chunk: unknown): unknown {
  return member(chunk, "usage") ?? member(member(chunk, "x_groq"), "usage") ?? undefined;
}

/** Tokens of an answer: cached, and cache-writing ones, are of the prompt, and reasoning of the completion. */
export interface SpentTokens {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly written: number;
  /** The part of `written` that is kept for an hour. */
  readonly writtenLong: number;
  /** Undefined where it is not told apart. */
  readonly reasoning: number | undefined;
}

/** What a chat completion's `usage` comes to, made to agree with itself. */
export function spentIn(usage: unknown): SpentTokens {
  const details = member(usage, "prompt_tokens_details");
  const prompt = count(member(usage, "prompt_tokens"));
  const cached = Math.min(count(member(details, "cached_tokens") ?? member(usage, "prompt_cache_hit_tokens")), prompt);
  const written = Math.min(count(member(details, "cache_write_tokens")), prompt - cached);
  const reasoning = member(member(usage, "completion_tokens_details"), "reasoning_tokens");
  return {
    prompt,
    // xAI leaves reasoning out of `completion_tokens`, but not out of the total.
    completion: Math.max(count(member(usage, "completion_tokens")), count(member(usage, "total_tokens")) - prompt),
    cached,
    written,
    writtenLong: Math.min(count(member(details, "cache_write_1h_tokens")), written),
    reasoning: typeof reasoning === "number" ? count(reasoning) : undefined,
  };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

function callOf(call: unknown, at: number): SaidCall {
  const { index, id } = object(call);
  const called = object(member(call, "function") ?? member(call, "custom"));
  const written = called.arguments ?? called.input;
  return {
    index: typeof index === "number" ? index : at,
    id: text(id),
    name: text(called.name),
    // Ollama's older versions and some others give an object.
    arguments: typeof written === "object" && written !== null ? JSON.stringify(written) : text(written),
  };
}

/** Mistral gives a list where it reasons: parts of type `text`, and of type `thinking` with parts of their own. */
function textOf(content: unknown): string {
  return entries(content)
    .map((part) => text(member(part, "text")))
    .join("");
}

function thoughtIn(content: unknown): string {
  return entries(content)
    .map((part) => textOf(member(part, "thinking")))
    .join("");
}
