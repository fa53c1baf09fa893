/** What a model gave over the AI SDK's provider interface, as a chat completion. */
import type {
  LanguageModelV4File,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Source,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { member } from "../../plan/json.ts";
import type {
  ChatAnnotation,
  ChatAnswer,
  ChatCompletion,
  ChatFinish,
  ChatImage,
  ChatThinking,
  ChatUsage,
} from "../chat.ts";
import { type CompletionOrigin, completion } from "../completion.ts";
import { type ExtraContent, extraContentOf, thinkingOf } from "./signatures.ts";

/** What an answer is called where the provider gives it no name. */
export type AnswerTerms = CompletionOrigin;

type ToolCall = NonNullable<ChatAnswer["tool_calls"]>[number] & { readonly extra_content?: ExtraContent };

/** The answer; of one that its provider says went wrong, why. */
export function completionOf(result: LanguageModelV4GenerateResult, terms: AnswerTerms): ChatCompletion | string {
  const { content, finishReason, usage, response } = result;
  const finish = finishOf(finishReason);
  if (finish === undefined) return wentWrong(finishReason);
  let words = "";
  let reasoning = "";
  const thoughts: ChatThinking[] = [];
  const calls: ToolCall[] = [];
  const annotations: ChatAnnotation[] = [];
  const images: ChatImage[] = [];
  for (const part of content) {
    if (part.type === "text") {
      words += part.text;
      for (const { source } of part.citations ?? []) annotations.push(...annotationOf(source, words.length));
    } else if (part.type === "reasoning") {
      reasoning += part.text;
      const thought = thinkingOf(part.text, part.providerMetadata);
      if (thought !== undefined) thoughts.push(thought);
    } else if (part.type === "tool-call" && part.providerExecuted !== true) {
      const extra = extraContentOf(part.providerMetadata);
      calls.push({
        id: part.toolCallId,
        type: "function",
        function: { name: part.toolName, arguments: part.input },
        ...(extra && { extra_content: extra }),
      });
    } else if (part.type === "file") images.push(...imagesOf(part));
    else if (part.type === "source") annotations.push(...annotationOf(part, words.length));
  }
  const counted = usageOf(usage, billedOf(response?.body));
  const { id, created, model } = terms;
  const origin = { id: response?.id ?? id, created, model: response?.modelId ?? model };
  const said = { content: words, refusal: null, reasoning, thoughts, calls, annotations, images, finish };
  return completion(origin, { ...said, usage: counted });
}

/** A file that the model made, where it is a picture; others cannot be said. */
export function imagesOf({ mediaType, data }: LanguageModelV4File): ChatImage[] {
  if (!mediaType.startsWith("image/")) return [];
  if (data.type === "url") return [{ type: "image_url", image_url: { url: data.url.href } }];
  const base64 = typeof data.data === "string" ? data.data : Buffer.from(data.data).toString("base64");
  return [{ type: "image_url", image_url: { url: `data:${mediaType};base64,${base64}` } }];
}

/** Undefined where the provider says that it went wrong. */
export function finishOf({ unified }: LanguageModelV4FinishReason): ChatFinish | undefined {
  switch (unified) {
    case "length":
      return "length";
    case "content-filter":
      return "content_filter";
    case "tool-calls":
      return "tool_calls";
    case "error":
    case "interrupted":
      return undefined;
    default:
      return "stop";
  }
}

export function wentWrong({ raw }: LanguageModelV4FinishReason): string {
  return `the provider ended its answer with \`${raw ?? "error"}\``;
}

/** A page that the answer is from. It is not known which words are. */
export function annotationOf(source: LanguageModelV4Source, at: number): readonly ChatAnnotation[] {
  if (source.sourceType !== "url") return [];
  const citation = { start_index: at, end_index: at, url: source.url, title: source.title ?? source.url };
  return [{ type: "url_citation", url_citation: citation }];
}

/** Tokens that a provider bills, where it counts those apart from what the model read and wrote. */
export interface Billed {
  readonly input: number;
  readonly output: number;
}

/** Cohere's `billed_units`, of an answer and of the last event of a stream (docs.cohere.com, "Chat"). */
export function billedOf(answer: unknown): Billed | undefined {
  const units = member(member(answer, "usage") ?? member(member(answer, "delta"), "usage"), "billed_units");
  const [input, output] = [member(units, "input_tokens"), member(units, "output_tokens")];
  return typeof input === "number" && typeof output === "number" ? { input, output } : undefined;
}

/** Undefined where the provider counted nothing. */
export function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage, billed?: Billed): ChatUsage | undefined {
  const prompt = billed?.input ?? inputTokens.total;
  if (prompt === undefined) return undefined;
  const completion = billed?.output ?? outputTokens.total ?? 0;
  const { reasoning } = outputTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: inputTokens.cacheRead ?? 0,
      cache_write_tokens: inputTokens.cacheWrite ?? 0,
    },
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
