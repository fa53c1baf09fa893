/**
 * A chat completion request as a call of the AI SDK's provider interface, which stands for what its packages have in
 * common: what that has no word for is left out, and named. What the packages leave out themselves they say in warnings.
 */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { entries, member, text } from "../../plan/json.ts";
import { tooDeep, wrong } from "../dialect-error.ts";
import { isObject, type JsonObject, object, saysSomething, unlessTooDeep } from "../json.ts";
import { promptOf } from "./prompt.ts";

export interface BridgedRequest {
  readonly options: LanguageModelV4CallOptions;
  /** Names of what the request says and the interface cannot, each once: safe to stand in a header. */
  readonly dropped: readonly string[];
  /** The last chunk of a stream is to have the usage. */
  readonly includeUsage: boolean;
}

/** Members that are read, here or by who calls this. */
const READ = new Set([
  ...["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "seed"],
  ...["frequency_penalty", "presence_penalty", "tools", "tool_choice", "response_format", "reasoning_effort"],
  ...["stream", "stream_options"],
  // It is for the policy, or kept with a stored answer: no model sees it.
  "metadata",
]);

/** What says no more than leaving it out. */
const NEUTRAL: Readonly<Record<string, unknown>> = { n: 1, top_logprobs: 0, verbosity: "medium" };

/** More names than a client that means well sends. */
const MOST_NAMES = 20;

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** `chat` as a call of a model that writes `output` tokens at most. Throws `DialectError` where it cannot be read. */
export function bridgedRequest(chat: unknown, output: number): BridgedRequest {
  return unlessTooDeep(() => bridged(chat, output), tooDeep);
}

function bridged(chat: unknown, output: number): BridgedRequest {
  if (!isObject(chat)) throw wrong("the request", "a JSON object", chat);
  const losses = new Set<string>();
  const prompt = promptOf(chat.messages, losses);
  const caps = [chat.max_completion_tokens, chat.max_tokens].filter((cap) => typeof cap === "number");
  const stops = (Array.isArray(chat.stop) ? chat.stop : [chat.stop]).filter((each) => typeof each === "string");
  const reasoning = EFFORTS.find((effort) => effort === chat.reasoning_effort);
  const format = formatOf(object(chat.response_format));
  const options: LanguageModelV4CallOptions = {
    prompt,
    ...(caps.length > 0 && { maxOutputTokens: Math.min(...caps, output) }),
    ...numbersOf(chat),
    ...(stops.length > 0 && { stopSequences: stops }),
    ...(reasoning !== undefined && { reasoning }),
    ...(format && { responseFormat: format }),
    ...toolsOf(chat, losses),
  };
  for (const name of unread(chat)) losses.add(name);
  return {
    options,
    dropped: [...losses],
    includeUsage: member(chat.stream_options, "include_usage") === true,
  };
}

function numbersOf(chat: JsonObject): Partial<LanguageModelV4CallOptions> {
  const names = {
    temperature: chat.temperature,
    topP: chat.top_p,
    topK: chat.top_k,
    seed: chat.seed,
    frequencyPenalty: chat.frequency_penalty === 0 ? undefined : chat.frequency_penalty,
    presencePenalty: chat.presence_penalty === 0 ? undefined : chat.presence_penalty,
  };
  return Object.fromEntries(Object.entries(names).filter(([, value]) => typeof value === "number"));
}

function formatOf({ type, json_schema }: JsonObject): LanguageModelV4CallOptions["responseFormat"] {
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const { schema, name, description } = object(json_schema);
  return {
    type: "json",
    ...(isObject(schema) && { schema }),
    ...(text(name) !== "" && { name: text(name) }),
    ...(text(description) !== "" && { description: text(description) }),
  };
}

function toolsOf(chat: JsonObject, losses: Set<string>): Pick<LanguageModelV4CallOptions, "tools" | "toolChoice"> {
  const tools = entries(chat.tools).flatMap((tool): LanguageModelV4FunctionTool[] => {
    if (member(tool, "type") !== "function") {
      losses.add("custom_tools");
      return [];
    }
    const { name, description, parameters, strict } = object(member(tool, "function"));
    return [
      {
        type: "function",
        name: text(name),
        ...(text(description) !== "" && { description: text(description) }),
        inputSchema: isObject(parameters) ? parameters : { type: "object", properties: {} },
        ...(strict === true && { strict }),
      },
    ];
  });
  if (tools.length === 0) return {};
  const { tools: allowed, mode } = object(member(chat.tool_choice, "allowed_tools"));
  const names = entries(allowed).map((tool) => member(member(tool, "function"), "name"));
  const choice = choiceOf(mode ?? chat.tool_choice);
  return {
    tools: mode === undefined ? tools : tools.filter(({ name }) => names.includes(name)),
    ...(choice && { toolChoice: choice }),
  };
}

function choiceOf(choice: unknown): LanguageModelV4ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  const toolName = member(member(choice, "function"), "name");
  return typeof toolName === "string" ? { type: "tool", toolName } : undefined;
}

/** The names of members that nobody here reads. A client chooses them, so only what is safe in a header is repeated. */
function unread(chat: JsonObject): readonly string[] {
  return Object.keys(chat)
    .filter((name) => !READ.has(name) && isSaid(name, chat) && NEUTRAL[name] !== chat[name])
    .map((name) => (/^\w{1,40}$/.test(name) ? name : "others"))
    .slice(0, MOST_NAMES);
}

function isSaid(name: string, chat: JsonObject): boolean {
  const value = chat[name];
  // To forbid calls side by side says something by being false.
  if (name === "parallel_tool_calls") return value === false && saysSomething(chat.tools);
  if (name === "modalities") return entries(value).some((each) => each !== "text");
  return saysSomething(value);
}

/** What the interface calls members of a chat. */
const FEATURES: Readonly<Record<string, string>> = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  seed: "seed",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  stopSequences: "stop",
  maxOutputTokens: "max_tokens",
  responseFormat: "response_format",
  reasoning: "reasoning_effort",
  toolChoice: "tool_choice",
  tools: "tools",
};

/** Names of what a package says that it left out. */
export function warnedOf(warnings: readonly SharedV4Warning[]): readonly string[] {
  return warnings.flatMap((warning) => {
    if (warning.type !== "unsupported") return [];
    const [feature = ""] = warning.feature.split(/[ :.(]/);
    return [FEATURES[feature] ?? (/^\w{1,40}$/.test(feature) ? feature : "others")];
  });
}
