/** A messages request, as a client of Anthropic's sends it, as a chat completion request. */
import { entries, member, text } from "../../plan/json.ts";
import { effortOf } from "../anthropic/thinking.ts";
import type { ChatFormat, ChatRequest, ChatTool, ChatToolChoice, ChatWebSearch } from "../chat.ts";
import { tooDeep, wrong } from "../dialect-error.ts";
import { isObject, type JsonObject, object, saysSomething, unlessTooDeep } from "../json.ts";
import { functionTool, nameOf, searchFrom, unread } from "./asked.ts";
import { chatMessages } from "./messages-turns.ts";

export interface ChatRequestResult {
  readonly chat: ChatRequest;
  /** Names of what the request says and the chat cannot, each once: safe to stand in a header. */
  readonly dropped: readonly string[];
  /** What the request refers to is kept by a provider: the member that says so. The chat lacks it, and stands for no request. */
  readonly kept?: string | undefined;
}

export interface ChatRequestOptions {
  /** What the model thought goes back to it as `reasoning_content`; many providers refuse that member. */
  readonly keepReasoning?: boolean;
}

/** Members that are read here. */
const READ = new Set([
  ...["model", "max_tokens", "messages", "system", "stop_sequences", "temperature", "top_p", "tools", "tool_choice"],
  ...["thinking", "output_config", "output_format", "metadata", "service_tier", "stream"],
]);
/** OpenAI takes no more. */
const MOST_STOPS = 4;

/** `request` as a chat. Throws `DialectError` where it cannot be read. Of a request to count tokens the same is made. */
export function chatRequest(request: unknown, options: ChatRequestOptions = {}): ChatRequestResult {
  return unlessTooDeep(() => translated(request, options), tooDeep);
}

function translated(request: unknown, options: ChatRequestOptions): ChatRequestResult {
  if (!isObject(request)) throw wrong("the request", "a JSON object", request);
  const { model, max_tokens, temperature, top_p, stream } = request;
  if (typeof model !== "string" || model === "") throw wrong("model", "a model name", model);
  if (max_tokens !== undefined && !isCount(max_tokens))
    throw wrong("max_tokens", "a whole number, at least 0", max_tokens);
  if (stream !== undefined && typeof stream !== "boolean") throw wrong("stream", "true or false", stream);
  const losses = new Set<string>();
  const messages = chatMessages(request.system, request.messages, {
    keepReasoning: options.keepReasoning ?? false,
    losses,
  });
  const { tools, search } = toolsOf(request.tools, losses);
  const choice = tools.length === 0 ? undefined : choiceOf(object(request.tool_choice));
  const alone = member(request.tool_choice, "disable_parallel_tool_use") === true && tools.length > 0;
  const stops = entries(request.stop_sequences).filter((each): each is string => typeof each === "string");
  if (stops.length > MOST_STOPS) losses.add("stop_sequences");
  const effort = effortOf(request);
  const format = formatOf(request, losses);
  const user = text(member(request.metadata, "user_id"));
  const tier = tierOf(request.service_tier);
  for (const name of unread(request, READ)) losses.add(name);
  const chat: ChatRequest = {
    model,
    messages,
    ...(isCount(max_tokens) && { max_completion_tokens: max_tokens }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof top_p === "number" && { top_p }),
    ...(stops.length > 0 && { stop: stops.slice(0, MOST_STOPS) }),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(alone && { parallel_tool_calls: false }),
    ...(search !== undefined && { web_search_options: search }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(format !== undefined && { response_format: format }),
    ...(user !== "" && { user }),
    ...(tier !== undefined && { service_tier: tier }),
    // An Anthropic client is always told the usage.
    ...(stream === true && { stream, stream_options: { include_usage: true } }),
  };
  return { chat, dropped: [...losses] };
}

function toolsOf(
  given: unknown,
  losses: Set<string>,
): { readonly tools: readonly ChatTool[]; readonly search: ChatWebSearch | undefined } {
  const tools: ChatTool[] = [];
  let search: ChatWebSearch | undefined;
  if (given !== undefined && given !== null && !Array.isArray(given)) throw wrong("tools", "an array", given);
  for (const tool of entries(given)) {
    const kind = text(member(tool, "type"));
    if (kind.startsWith("web_search_")) search = searchOf(object(tool), losses);
    // Those that Anthropic runs, or whose description the model brings along.
    else if (kind !== "" && kind !== "custom") losses.add(nameOf(kind, "tools"));
    else tools.push(functionTool(object(tool), member(tool, "input_schema")));
  }
  return { tools, search };
}

function searchOf({ user_location, ...rest }: JsonObject, losses: Set<string>): ChatWebSearch {
  for (const name of ["max_uses", "allowed_domains", "blocked_domains"])
    if (saysSomething(rest[name])) losses.add(name);
  return searchFrom(user_location);
}

function choiceOf({ type, name }: JsonObject): ChatToolChoice | undefined {
  if (type === "auto" || type === "none") return type;
  if (type === "any") return "required";
  return type === "tool" ? { type: "function", function: { name: text(name) } } : undefined;
}

function formatOf(request: JsonObject, losses: Set<string>): ChatFormat | undefined {
  // The second is its name from before it was released.
  const { type, schema } = object(member(request.output_config, "format") ?? request.output_format);
  if (type === undefined) return undefined;
  if (type !== "json_schema" || !isObject(schema)) {
    losses.add("output_format");
    return undefined;
  }
  return { type, json_schema: { name: "answer", schema, strict: true } };
}

function tierOf(tier: unknown): ChatRequest["service_tier"] {
  if (tier === "standard_only") return "default";
  return tier === "auto" ? tier : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
