/** An answer of the messages API as a chat completion. */
import { entries, member, text } from "../../plan/json.ts";
import type {
  ChatAnnotation,
  ChatCompletion,
  ChatError,
  ChatFinish,
  ChatThinking,
  ChatToolCall,
  ChatUsage,
} from "../chat.ts";
import { completion } from "../completion.ts";
import { object, unlessTooDeep } from "../json.ts";
import { brokenAnswer, chatError, TOO_DEEP } from "./error.ts";
import { JSON_TOOL } from "./tools.ts";

/** Between two texts that something else stood between: else the second would go on in the first one's sentence. */
export const BREAK = "\n\n";

/**
 * `message` as a chat completion, created at that many seconds since the epoch. What Anthropic's own tools did has no
 * place in one, and is left out. An error that came with status 200 stays one, and so does what is no message.
 */
export function chatCompletion(message: unknown, created: number): ChatCompletion | ChatError {
  return unlessTooDeep(
    () => translated(message, created),
    () => brokenAnswer(TOO_DEEP),
  );
}

function translated(message: unknown, created: number): ChatCompletion | ChatError {
  const blocks = member(message, "content");
  if (!Array.isArray(blocks)) return chatError(message) ?? brokenAnswer("the provider's answer is not a message");
  let content = "";
  let reasoning = "";
  let before = "";
  const thoughts: ChatThinking[] = [];
  const calls: ChatToolCall[] = [];
  const annotations: ChatAnnotation[] = [];
  for (const block of blocks) {
    const { type, id, name, input, data, thinking, signature, ...rest } = object(block);
    const isJson = type === "tool_use" && name === JSON_TOOL;
    const said = isJson ? JSON.stringify(input) : text(rest.text);
    if (type === "text" || isJson) {
      if (said !== "" && content !== "" && before !== "text") content += BREAK;
      annotations.push(...citationsOf(rest.citations, content.length, content.length + said.length));
      content += said;
    } else if (type === "tool_use") {
      const call = { name: text(name), arguments: JSON.stringify(input ?? {}) };
      calls.push({ id: text(id), type: "function", function: call });
    } else if (type === "thinking") {
      if (text(thinking) !== "" && reasoning !== "") reasoning += BREAK;
      reasoning += text(thinking);
      if (text(signature) !== "") thoughts.push({ type, thinking: text(thinking), signature: text(signature) });
    } else if (type === "redacted_thinking") {
      thoughts.push({ type, data: text(data) });
    }
    before = text(type);
  }
  const finish = finishOf(member(message, "stop_reason"), calls.length > 0);
  const usage = usageOf(object(member(message, "usage")));
  const origin = { id: text(member(message, "id")), created, model: text(member(message, "model")) };
  const refusal = refusalOf(message);
  return completion(origin, { content, refusal, reasoning, thoughts, calls, annotations, images: [], finish, usage });
}

/** Sources that the text from `start` to `end`, in UTF-16 units, refers to by url; others cannot be said. */
export function citationsOf(citations: unknown, start: number, end: number): readonly ChatAnnotation[] {
  return entries(citations).flatMap((citation): readonly ChatAnnotation[] => {
    const { url, source, title } = object(citation);
    const where = text(url) || text(source);
    if (!URL.canParse(where)) return [];
    const url_citation = { start_index: start, end_index: end, url: where, title: text(title) };
    return [{ type: "url_citation", url_citation }];
  });
}

/** Why it ended. `calls`: tools of the client's are called; the one for JSON is none of them. */
export function finishOf(stop: unknown, calls: boolean): ChatFinish {
  switch (stop) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "tool_use":
      return calls ? "tool_calls" : "stop";
    case "refusal":
      return "content_filter";
    default: // end_turn, stop_sequence, pause_turn, and what is still to come
      return "stop";
  }
}

/** What Anthropic's safety says about an answer that it stopped. `message` has the `stop_details`. */
export function refusalOf(message: unknown): string | null {
  return text(member(member(message, "stop_details"), "explanation")) || null;
}

/** Anthropic counts apart what was read from and written to the cache; OpenAI as parts of the prompt. */
export function usageOf(usage: Readonly<Record<string, unknown>>): ChatUsage | undefined {
  if (typeof usage.input_tokens !== "number" && typeof usage.output_tokens !== "number") return undefined;
  const read = count(usage.cache_read_input_tokens);
  const written = count(usage.cache_creation_input_tokens);
  const kept = Math.min(count(member(usage.cache_creation, "ephemeral_1h_input_tokens")), written);
  const prompt = count(usage.input_tokens) + read + written;
  const completion = count(usage.output_tokens);
  const thinking = member(usage.output_tokens_details, "thinking_tokens");
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: read,
      cache_write_tokens: written,
      ...(kept > 0 && { cache_write_1h_tokens: kept }),
    },
    ...(typeof thinking === "number" && { completion_tokens_details: { reasoning_tokens: thinking } }),
  };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}
