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
}

export interface SaidCall {
  /** Which call a piece belongs to. */
  readonly index: number;
  /** Empty in all pieces but the first. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export function saidIn(message: unknown): Said {
  const { content, reasoning, reasoning_content, refusal, tool_calls, function_call, thinking_blocks } =
    object(message);
  const calls = entries(tool_calls).map((call, at) => callOf(call, at));
  if (function_call !== undefined && function_call !== null) calls.push(callOf({ function: function_call }, 0));
  return {
    text: typeof content === "string" ? content : textOf(content),
    reasoning: text(reasoning_content) || text(reasoning) || thoughtIn(content),
    refusal: text(refusal),
    calls,
    thinkingBlocks: entries(thinking_blocks),
  };
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
