/**
 * A chat completion request as a messages request. What Anthropic has no word for is left out, and named. The wire facts:
 * Anthropic's API reference (messages, version 2023-06-01) and OpenAI's specification 2.3.0.
 */
import { member, text } from "../../plan/json.ts";
import type { Overrides } from "../../plan/request.ts";
import { tooDeep, wrong } from "../dialect-error.ts";
import { isObject, type JsonObject, object, saysSomething, unlessTooDeep } from "../json.ts";
import { type ModelTraits, traitsOf } from "./models.ts";
import { restricted } from "./schema.ts";
import { type ThinkingSettings, thinkingFor } from "./thinking.ts";
import { answeringInJson, type ToolSettings, toolsOf } from "./tools.ts";
import { turnsOf } from "./turns.ts";
import type { MessagesRequest, OutputConfig } from "./wire.ts";

/** Who the request goes to. */
export interface MessagesTarget {
  /** What the provider calls the model. */
  readonly model: string;
  /** The most tokens that it writes: Anthropic wants a cap, and most chats state none. */
  readonly output: number;
}

export interface MessagesRequestResult {
  readonly body: MessagesRequest;
  /** Names of what the request says and the body cannot, each once: safe to stand in a header. */
  readonly dropped: readonly string[];
}

/** Members that are read, here or by who calls this. */
const READ = new Set([
  ...["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "tools"],
  ...["tool_choice", "parallel_tool_calls", "functions", "function_call", "reasoning_effort", "response_format"],
  ...["web_search_options", "user", "safety_identifier", "service_tier", "stream", "stream_options"],
  // It is for the policy, or kept with a stored answer: no model sees it.
  "metadata",
]);

/** What says no more than leaving it out. */
const NEUTRAL: Readonly<Record<string, unknown>> = {
  n: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  top_logprobs: 0,
  verbosity: "medium",
};

/** More names than a client that means well sends. */
const MOST_NAMES = 20;

/** What a system prompt says of JSON where nothing else can hold the model to it. */
const JSON_ONLY = "Answer with one JSON object and nothing else: no words around it, no code fence.";

/** `chat` as a body for `target`. Throws `DialectError` where it cannot be read. */
export function messagesRequest(chat: unknown, target: MessagesTarget, overrides?: Overrides): MessagesRequestResult {
  return unlessTooDeep(() => translated(chat, target, overrides), tooDeep);
}

function translated(chat: unknown, target: MessagesTarget, overrides: Overrides | undefined): MessagesRequestResult {
  if (!isObject(chat)) throw wrong("the request", "a JSON object", chat);
  const losses = new Set<string>();
  const traits = traitsOf(target.model);
  const format = object(chat.response_format);
  const { system, turns, inUnthoughtLoop } = turnsOf(chat.messages, overrides?.system, losses);
  const { tools, choice } = toolsFor(chat, format, traits, { only: overrides?.tools, losses });
  const maxTokens = capOf(chat, target, overrides);
  const forced = choice?.type === "any" || choice?.type === "tool";
  const effort = overrides?.reasoningEffort ?? chat.reasoning_effort;
  const canBegin = !forced && !inUnthoughtLoop;
  const thinking = thoughtFor(effort, { traits, maxTokens, canBegin }, losses);
  const output = outputOf(format, traits, thinking);
  const user = chat.safety_identifier ?? chat.user ?? member(chat.metadata, "user_id");
  const stop = stopsOf(chat.stop, losses);
  const jsonOnly = format.type === "json_object";
  if (jsonOnly) losses.add("response_format");
  for (const name of unread(chat)) losses.add(name);

  const body: MessagesRequest = {
    model: target.model,
    max_tokens: maxTokens,
    ...((system !== undefined || jsonOnly) && { system: jsonOnly ? withJsonOnly(system) : (system ?? "") }),
    messages: turns,
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...samplingOf(chat, overrides?.temperature, { traits, thinking, losses }),
    ...(thinking.thinking !== undefined && { thinking: thinking.thinking }),
    ...(output !== undefined && { output_config: output }),
    ...(typeof user === "string" && user !== "" && { metadata: { user_id: user } }),
    ...tierOf(chat.service_tier, losses),
    ...(chat.stream === true && { stream: true }),
  };
  return { body, dropped: [...losses] };
}

/** The least of the request's cap, the step's and the model's. */
function capOf(chat: JsonObject, { output }: MessagesTarget, overrides: Overrides | undefined): number {
  const stated = [chat.max_completion_tokens, chat.max_tokens].find((cap) => typeof cap === "number");
  return Math.min(stated ?? output, overrides?.maxTokens ?? output, output);
}

function toolsFor(
  chat: JsonObject,
  format: JsonObject,
  traits: ModelTraits,
  { only, losses }: { readonly only: readonly string[] | undefined; readonly losses: Set<string> },
): ToolSettings {
  const settings = toolsOf(chat, traits, only, losses);
  if (format.type !== "json_schema" || traits.schemas) return settings;
  // Their documented way to JSON: a tool that must be called.
  const { schema, description } = object(format.json_schema);
  return answeringInJson(settings, object(schema), text(description));
}

function thoughtFor(effort: unknown, terms: Parameters<typeof thinkingFor>[1], losses: Set<string>): ThinkingSettings {
  if (typeof effort !== "string") return {};
  const settings = thinkingFor(effort, terms);
  if (settings === undefined) losses.add("reasoning_effort");
  return settings ?? {};
}

function outputOf(format: JsonObject, traits: ModelTraits, { effort }: ThinkingSettings): OutputConfig | undefined {
  const schema = format.type === "json_schema" && traits.schemas ? object(format.json_schema).schema : undefined;
  if (effort === undefined && schema === undefined) return undefined;
  return {
    ...(effort !== undefined && { effort }),
    ...(schema !== undefined && { format: { type: "json_schema", schema: restricted(object(schema)) } }),
  };
}

function withJsonOnly(system: MessagesRequest["system"]): NonNullable<MessagesRequest["system"]> {
  if (system === undefined) return JSON_ONLY;
  return typeof system === "string" ? `${system}\n\n${JSON_ONLY}` : [...system, { type: "text", text: JSON_ONLY }];
}

function stopsOf(stop: unknown, losses: Set<string>): string[] {
  const given = (Array.isArray(stop) ? stop : [stop]).filter((each): each is string => typeof each === "string");
  // One of white space alone is refused.
  const taken = given.filter((each) => /\S/.test(each));
  if (taken.length < given.length) losses.add("stop");
  return taken;
}

function samplingOf(
  chat: JsonObject,
  temperature: number | undefined,
  terms: { readonly traits: ModelTraits; readonly thinking: ThinkingSettings; readonly losses: Set<string> },
): Pick<MessagesRequest, "temperature" | "top_p" | "top_k"> {
  const { traits, thinking, losses } = terms;
  const given = { temperature: temperature ?? chat.temperature, top_p: chat.top_p, top_k: chat.top_k };
  const thinks = thinking.thinking !== undefined && thinking.thinking.type !== "disabled";
  const taken: { temperature?: number; top_p?: number; top_k?: number } = {};
  for (const name of ["temperature", "top_p", "top_k"] as const) {
    const value = given[name];
    if (typeof value !== "number") continue;
    // 1 is the default of both, and with thinking nothing else is taken.
    if (value === 1 && name !== "top_k") continue;
    if (traits.sampling === "none" || thinks) losses.add(name);
    else if (name === "top_p" && traits.sampling === "each" && taken.temperature !== undefined) losses.add(name);
    else if (name === "temperature" && value > 1) {
      // OpenAI's scale goes to 2, Anthropic's to 1, where the default is the most that there is.
      losses.add(name);
    } else taken[name] = value;
  }
  return taken;
}

/** OpenAI's `default` is what every account has; Anthropic's `auto` prefers bought capacity. */
function tierOf(tier: unknown, losses: Set<string>): Pick<MessagesRequest, "service_tier"> {
  if (tier === "auto") return { service_tier: "auto" };
  if (tier === "default") return { service_tier: "standard_only" };
  if (saysSomething(tier)) losses.add("service_tier");
  return {};
}

/** The names of members that nobody here reads. A client chooses them, so only what is safe in a header is repeated. */
function unread(chat: JsonObject): readonly string[] {
  return Object.keys(chat)
    .filter(
      (name) => !READ.has(name) && saysSomething(chat[name]) && NEUTRAL[name] !== chat[name] && !isTextOnly(name, chat),
    )
    .map((name) => (/^\w{1,40}$/.test(name) ? name : "others"))
    .slice(0, MOST_NAMES);
}

function isTextOnly(name: string, chat: JsonObject): boolean {
  return name === "modalities" && Array.isArray(chat.modalities) && chat.modalities.every((each) => each === "text");
}
