/** A chat completion as an answer of the responses API. */
import { entries, member, text } from "../../plan/json.ts";
import { dataOf } from "../anthropic/media.ts";
import type { ChatError } from "../chat.ts";
import { isObject, type JsonObject, object } from "../json.ts";
import { customNames, inputOfCustom } from "./custom-tools.ts";
import { type SaidCall, saidIn, spentIn } from "./said.ts";

export type ResponseItem = ReasoningItem | MessageItem | CallItem | CustomCallItem | ImageItem;
export type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface ReasoningItem {
  readonly type: "reasoning";
  readonly id: string;
  readonly summary: { readonly type: "summary_text"; readonly text: string }[];
  readonly status: ItemStatus;
}

export interface MessageItem {
  readonly type: "message";
  readonly id: string;
  readonly role: "assistant";
  readonly status: ItemStatus;
  readonly content: MessagePart[];
}

export type MessagePart =
  | { readonly type: "output_text"; readonly text: string; readonly annotations: object[]; readonly logprobs: object[] }
  | { readonly type: "refusal"; readonly refusal: string };

export interface CallItem {
  readonly type: "function_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
  readonly status: ItemStatus;
}

export interface CustomCallItem {
  readonly type: "custom_tool_call";
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly input: string;
}

export interface ImageItem {
  readonly type: "image_generation_call";
  readonly id: string;
  readonly status: ItemStatus;
  /** Base64. */
  readonly result: string | null;
}

/** A response; the members that repeat the request are those that OpenAI repeats. */
export interface ResponsesAnswer {
  readonly id: string;
  readonly object: "response";
  readonly created_at: number;
  readonly model: string;
  readonly status: "completed" | "incomplete" | "in_progress" | "failed";
  readonly error: { readonly code: "server_error" | "rate_limit_exceeded"; readonly message: string } | null;
  readonly incomplete_details: { readonly reason: "max_output_tokens" | "content_filter" } | null;
  readonly output: readonly ResponseItem[];
  readonly usage?: object;
  readonly [repeated: string]: unknown;
}

/** `completion` as the response to `request`, which is as the client sent it. An error stays one. */
export function responsesAnswer(completion: unknown, request: JsonObject): ResponsesAnswer | ChatError {
  const [choice] = entries(member(completion, "choices"));
  if (!isObject(choice)) return errorOf(completion);
  const { text: words, reasoning, refusal, calls, images } = saidIn(choice.message);
  const id = text(member(completion, "id"));
  const annotations = annotationsOf(member(choice.message, "annotations"));
  const content: MessagePart[] = [
    ...(words === "" ? [] : [{ type: "output_text" as const, text: words, annotations, logprobs: logprobsOf(choice) }]),
    ...(refusal === "" ? [] : [{ type: "refusal" as const, refusal }]),
  ];
  const status = "completed";
  const output: ResponseItem[] = [];
  if (reasoning !== "")
    output.push({ type: "reasoning", id: `rs_${id}`, summary: [{ type: "summary_text", text: reasoning }], status });
  if (content.length > 0) output.push({ type: "message", id: `msg_${id}`, role: "assistant", status, content });
  for (const [at, image] of images.entries()) {
    const result = pictureOf(image);
    if (result !== undefined) output.push({ type: "image_generation_call", id: `ig_${at}_${id}`, status, result });
  }
  const custom = customNames(request);
  for (const call of calls) output.push(callItem(call, custom, `fc_${call.id}`, status));
  const created = member(completion, "created");
  const begun = beginning({ id, model: text(member(completion, "model")), created: Number(created) || 0 }, request);
  return { ...begun, ...ending(text(choice.finish_reason), member(completion, "usage")), output };
}

/** A call of a function, or of the custom tool that it stands for. */
export function callItem(
  { id: call_id, name, arguments: written }: SaidCall,
  custom: ReadonlySet<string>,
  id: string,
  status: ItemStatus,
): CallItem | CustomCallItem {
  if (!custom.has(name)) return { type: "function_call", id, call_id, name, arguments: written, status };
  return { type: "custom_tool_call", id, call_id, name, input: inputOfCustom(written) };
}

/** The picture at `url` as base64; undefined where it is not in the url itself. */
export function pictureOf(url: string): string | undefined {
  return dataOf(url)?.base64;
}

/** Names of what `completion` says and a response cannot. */
export function unsaidInResponses(completion: unknown): readonly string[] {
  const [choice] = entries(member(completion, "choices"));
  const { images } = saidIn(member(choice, "message"));
  return images.some((image) => pictureOf(image) === undefined) ? ["images"] : [];
}

export interface ResponseOrigin {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly created: number;
}

/** A response of which nothing was said yet. */
export function beginning({ id, model, created }: ResponseOrigin, request: JsonObject): ResponsesAnswer {
  const { instructions, metadata, parallel_tool_calls, temperature, top_p, max_output_tokens, text: asked } = request;
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: created,
    model,
    status: "in_progress",
    error: null,
    incomplete_details: null,
    output: [],
    instructions: typeof instructions === "string" ? instructions : null,
    metadata: isObject(metadata) ? metadata : {},
    parallel_tool_calls: parallel_tool_calls !== false,
    temperature: typeof temperature === "number" ? temperature : 1,
    top_p: typeof top_p === "number" ? top_p : 1,
    max_output_tokens: typeof max_output_tokens === "number" ? max_output_tokens : null,
    previous_response_id: null,
    tool_choice: request.tool_choice ?? "auto",
    tools: entries(request.tools).map(toolOf),
    reasoning: { effort: null, summary: null, ...object(request.reasoning) },
    text: { format: { type: "text" }, ...object(asked) },
    truncation: "disabled",
  };
}

/** How a response ended. */
export function ending(
  finish: string,
  usage: unknown,
): Pick<ResponsesAnswer, "status" | "incomplete_details" | "usage"> {
  const reason = finish === "length" ? "max_output_tokens" : finish === "content_filter" ? finish : undefined;
  return {
    status: reason === undefined ? "completed" : "incomplete",
    incomplete_details: reason === undefined ? null : { reason },
    ...(isObject(usage) && { usage: usageOf(usage) }),
  };
}

/** The sources of a chat's answer, without the wrapper that they have there. */
export function annotationsOf(annotations: unknown): object[] {
  return entries(annotations).flatMap((annotation) => {
    const cited = member(annotation, "url_citation");
    return isObject(cited) ? [{ type: "url_citation", ...cited }] : [];
  });
}

/** The log-probabilities of a choice's text. Where a token is no text of its own, OpenAI says null of its bytes in chats alone. */
export function logprobsOf(choice: unknown): object[] {
  const withBytes = (token: unknown): JsonObject => ({ ...object(token), bytes: entries(member(token, "bytes")) });
  return entries(member(member(choice, "logprobs"), "content")).map((token) => ({
    ...withBytes(token),
    top_logprobs: entries(member(token, "top_logprobs")).map(withBytes),
  }));
}

function toolOf(tool: unknown): object {
  const { type } = object(tool);
  return { ...(type === "function" && { strict: true, parameters: null }), ...object(tool) };
}

function usageOf(usage: JsonObject): object {
  const { prompt, completion, cached, written, reasoning = 0 } = spentIn(usage);
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + completion,
  };
}

function errorOf(value: unknown): ChatError {
  const error = object(member(value, "error"));
  return {
    error: {
      message: text(error.message) || "the provider's answer is not a chat completion",
      type: text(error.type) || "server_error",
      param: text(error.param) || null,
      code: text(error.code) || null,
    },
  };
}
