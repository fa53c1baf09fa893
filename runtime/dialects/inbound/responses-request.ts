/** A request of the responses API as a chat completion request, as far as it can be one. */
import { entries, member, text } from "../../plan/json.ts";
import type { ChatEffort, ChatFormat, ChatRequest, ChatTool, ChatToolChoice, ChatWebSearch } from "../chat.ts";
import { DialectError, wrong } from "../dialect-error.ts";
import { isObject, type JsonObject, object, saysSomething } from "../json.ts";
import { functionTool, nameOf, searchFrom, unread } from "./asked.ts";
import { functionOfCustom } from "./custom-tools.ts";
import type { ChatRequestOptions, ChatRequestResult } from "./messages-request.ts";
import { inputMessages } from "./responses-input.ts";

/** What refers to things that a provider of responses keeps. */
const KEPT = ["previous_response_id", "conversation", "prompt"] as const;
const READ = new Set<string>([
  ...[...KEPT, "background"],
  ...["model", "input", "instructions", "max_output_tokens", "temperature", "top_p", "tools", "tool_choice", "text"],
  ...["parallel_tool_calls", "reasoning", "user", "safety_identifier", "prompt_cache_key", "service_tier", "stream"],
  ...["top_logprobs", "include", "stream_options"],
  // Kept with a stored response, or nowhere.
  ...["metadata", "store"],
]);
const LOGPROBS = "message.output_text.logprobs";

/** `request` as a chat. Throws `DialectError` where it cannot be read. */
export function chatOfResponses(request: unknown, options: ChatRequestOptions = {}): ChatRequestResult {
  if (!isObject(request)) throw wrong("the request", "a JSON object", request);
  const { model, stream, max_output_tokens, temperature, top_p, service_tier } = request;
  if (typeof model !== "string" || model === "") throw wrong("model", "a model name", model);
  if (saysSomething(request.background))
    throw new DialectError("background", "`background` is not supported: responses cannot be asked for later here");
  const losses = new Set<string>();
  const { messages, reference } = inputMessages(request, { keepReasoning: options.keepReasoning ?? false, losses });
  const kept = KEPT.find((name) => saysSomething(request[name])) ?? reference;
  if (request.input === undefined && kept === undefined) throw wrong("input", "a text or an array", undefined);
  const { tools, search } = toolsOf(request.tools, losses);
  const choice = tools.length === 0 ? undefined : choiceOf(request.tool_choice, losses);
  const format = formatOf(object(member(request.text, "format")));
  const verbosity = member(request.text, "verbosity");
  const effort = member(request.reasoning, "effort");
  const asked = entries(request.include);
  if (asked.some((each) => each !== LOGPROBS)) losses.add("include");
  // To leave nothing out is what is done here anyway.
  const { truncation, ...rest } = request;
  for (const name of unread(truncation === "disabled" ? rest : request, READ)) losses.add(name);
  const chat: ChatRequest = {
    model,
    messages,
    ...(typeof max_output_tokens === "number" && { max_completion_tokens: max_output_tokens }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof top_p === "number" && { top_p }),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(request.parallel_tool_calls === false && tools.length > 0 && { parallel_tool_calls: false }),
    ...(search !== undefined && { web_search_options: search }),
    ...(format !== undefined && { response_format: format }),
    ...(isVerbosity(verbosity) && { verbosity }),
    ...(typeof effort === "string" && { reasoning_effort: effort as ChatEffort }),
    ...(asked.includes(LOGPROBS) && { logprobs: true }),
    ...(asked.includes(LOGPROBS) && typeof request.top_logprobs === "number" && { top_logprobs: request.top_logprobs }),
    ...texts(request, ["user", "safety_identifier", "prompt_cache_key"]),
    ...(isTier(service_tier) && { service_tier }),
    // A client of this dialect is always told the usage.
    ...(stream === true && { stream, stream_options: { include_usage: true } }),
  };
  return { chat, dropped: [...losses], kept };
}

function toolsOf(
  given: unknown,
  losses: Set<string>,
): { readonly tools: readonly ChatTool[]; readonly search: ChatWebSearch | undefined } {
  const tools: ChatTool[] = [];
  let search: ChatWebSearch | undefined;
  for (const tool of entries(given)) {
    const { type, parameters } = object(tool);
    if (type === "function") tools.push(functionTool(object(tool), parameters));
    else if (type === "custom") tools.push(functionOfCustom(object(tool), losses));
    else if (text(type).startsWith("web_search")) search = searchOf(object(tool));
    else losses.add(nameOf(type, "others"));
  }
  return { tools, search };
}

function searchOf({ user_location, search_context_size }: JsonObject): ChatWebSearch {
  return {
    ...searchFrom(user_location),
    ...(isVerbosity(search_context_size) && { search_context_size }),
  };
}

function choiceOf(choice: unknown, losses: Set<string>): ChatToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const { type, name, mode, tools } = object(choice);
  if (type === "function" || type === "custom") return { type: "function", function: { name: text(name) } };
  if (type === "allowed_tools") {
    const allowed = entries(tools).map((tool) => ({
      type: "function",
      function: { name: text(member(tool, "name")) },
    }));
    return { type, allowed_tools: { mode: mode === "required" ? mode : "auto", tools: allowed } };
  }
  if (saysSomething(choice)) losses.add("tool_choice");
  return undefined;
}

function formatOf({ type, name, description, schema, strict }: JsonObject): ChatFormat | undefined {
  if (type === "json_object") return { type };
  if (type !== "json_schema") return undefined;
  const described = typeof description === "string" ? { description } : {};
  const json_schema = { name: text(name), ...described, schema: object(schema), ...(strict === true && { strict }) };
  return { type, json_schema };
}

function texts(request: JsonObject, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = text(request[name]);
      return value === "" ? [] : [[name, value]];
    }),
  );
}

function isVerbosity(value: unknown): value is "low" | "medium" | "high" {
  return value === "low" || value === "medium" || value === "high";
}

function isTier(value: unknown): value is NonNullable<ChatRequest["service_tier"]> {
  return value === "auto" || value === "default" || value === "flex" || value === "priority";
}
