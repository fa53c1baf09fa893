/** A whole chat completion of what a provider of another dialect said. */
import type {
  ChatAnnotation,
  ChatCompletion,
  ChatFinish,
  ChatImage,
  ChatThinking,
  ChatToolCall,
  ChatUsage,
} from "./chat.ts";

/** What an answer is called, and when it came. */
export interface CompletionOrigin {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
}

/** What it says. */
export interface CompletionParts {
  readonly content: string;
  readonly refusal: string | null;
  readonly reasoning: string;
  readonly thoughts: readonly ChatThinking[];
  readonly calls: ChatToolCall[];
  readonly annotations: ChatAnnotation[];
  readonly images: ChatImage[];
  readonly finish: ChatFinish;
  /** Undefined where the provider counted nothing. */
  readonly usage: ChatUsage | undefined;
}

export function completion({ id, created, model }: CompletionOrigin, parts: CompletionParts): ChatCompletion {
  const { content, refusal, reasoning, thoughts, calls, annotations, images, finish, usage } = parts;
  const isSilent = content === "" && (calls.length > 0 || finish === "content_filter");
  const message = {
    role: "assistant" as const,
    content: isSilent ? null : content,
    refusal,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(annotations.length > 0 && { annotations }),
    ...(reasoning !== "" && { reasoning_content: reasoning }),
    ...(thoughts.length > 0 && { thinking_blocks: thoughts }),
    ...(images.length > 0 && { images }),
  };
  const choice = { index: 0 as const, message, logprobs: null, finish_reason: finish };
  return { id, object: "chat.completion", created, model, choices: [choice], ...(usage !== undefined && { usage }) };
}
