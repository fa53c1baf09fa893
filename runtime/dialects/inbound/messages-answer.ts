/** A chat completion as an answer of the messages API. */
import { entries, member, text } from "../../plan/json.ts";
import type { ThinkingBlock } from "../anthropic/wire.ts";
import { argumentsOf, isObject, object } from "../json.ts";
import { type MessagesError, messagesError } from "./messages-error.ts";
import { saidIn, spentIn } from "./said.ts";

export type AnswerBlock =
  | { readonly type: "text"; readonly text: string; readonly citations: null }
  | ThinkingBlock
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly caller: { readonly type: "direct" };
    };

export type StopReason = "end_turn" | "max_tokens" | "tool_use" | "refusal";

/** All members that `@anthropic-ai/sdk` promises its users. */
export interface MessagesAnswer {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: AnswerBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: null;
  readonly stop_details: StopDetails | null;
  readonly container: null;
  readonly diagnostics: null;
  readonly usage: MessagesUsage;
}

export interface StopDetails {
  readonly type: "refusal";
  readonly category: null;
  readonly explanation: string | null;
}

/** What a stream counts at its end. */
export interface DeltaUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number } | null;
  readonly server_tool_use: null;
}

export interface MessagesUsage extends DeltaUsage {
  /** The cache-writing tokens by how long they are kept; null where there are none. */
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  } | null;
  readonly service_tier: null;
  readonly inference_geo: null;
  readonly speed: null;
}

/** `completion` as a message: its first choice. An error that came with status 200, or none of a model, is one here too. */
export function messagesAnswer(completion: unknown): MessagesAnswer | MessagesError {
  const [choice] = entries(member(completion, "choices"));
  if (!isObject(choice)) return messagesError(completion);
  const { text: words, reasoning, refusal, calls, thinkingBlocks } = saidIn(choice.message);
  const content: AnswerBlock[] = thoughtsOf(thinkingBlocks, reasoning);
  if (words !== "") content.push(textBlock(words));
  if (refusal !== "") content.push(textBlock(refusal));
  for (const call of calls) {
    const input = argumentsOf(call.arguments);
    content.push({ type: "tool_use", id: call.id, name: call.name, input, caller: { type: "direct" } });
  }
  const stop = stopOf(text(choice.finish_reason), calls.length > 0, refusal !== "");
  return {
    ...emptyAnswer(text(member(completion, "id")), text(member(completion, "model"))),
    content,
    stop_reason: stop,
    stop_details: detailsOf(stop, refusal),
    usage: messagesUsage(member(completion, "usage")),
  };
}

/** Names of what `completion` says and a message cannot: a citation needs the text that is cited, and no block holds a picture. */
export function unsaidInMessages(completion: unknown): readonly string[] {
  const [choice] = entries(member(completion, "choices"));
  const message = member(choice, "message");
  return ["images", "annotations"].filter((name) => entries(member(message, name)).length > 0);
}

/** A message that nothing was said in yet. */
export function emptyAnswer(id: string, model: string): MessagesAnswer {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: messagesUsage(undefined),
  };
}

/** A refusal is an answer that was stopped for what it would say. Which stop sequence was met, OpenAI does not tell. */
export function stopOf(finish: string, calls: boolean, refused: boolean): StopReason {
  if (refused || finish === "content_filter") return "refusal";
  if (finish === "length") return "max_tokens";
  // Some providers say `stop` although they call tools.
  return calls || finish === "tool_calls" || finish === "function_call" ? "tool_use" : "end_turn";
}

export function detailsOf(stop: StopReason, refusal: string): StopDetails | null {
  return stop === "refusal" ? { type: "refusal", category: null, explanation: refusal || null } : null;
}

/** Of OpenAI's prompt tokens, what was read from and written to the cache is counted apart here. */
export function deltaUsage(usage: unknown): DeltaUsage {
  const { prompt, completion, cached, written, reasoning } = spentIn(usage);
  return {
    input_tokens: prompt - cached - written,
    output_tokens: completion,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
  };
}

function messagesUsage(usage: unknown): MessagesUsage {
  const { written, writtenLong: long } = spentIn(usage);
  const cache_creation =
    written === 0 ? null : { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long };
  return { ...deltaUsage(usage), cache_creation, service_tier: null, inference_geo: null, speed: null };
}

/** With their signatures where they came with them; a signature cannot be made up, so that of others is empty. */
function thoughtsOf(blocks: readonly unknown[], reasoning: string): AnswerBlock[] {
  const signed = blocks.flatMap((block): readonly AnswerBlock[] => {
    const { type, thinking, signature, data } = object(block);
    if (type === "redacted_thinking") return [{ type, data: text(data) }];
    return type === "thinking" ? [{ type, thinking: text(thinking), signature: text(signature) }] : [];
  });
  if (signed.length > 0 || reasoning === "") return signed;
  return [{ type: "thinking", thinking: reasoning, signature: "" }];
}

function textBlock(said: string): AnswerBlock {
  return { type: "text", text: said, citations: null };
}
