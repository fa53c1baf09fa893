/** How providers that speak OpenAI's dialect depart from it: as data, and what it comes to for requests and answers. */
import { hash } from "node:crypto";
import { entries, member, text } from "../plan/json.ts";
import type { ChatError } from "./chat.ts";
import { saidIn } from "./inbound/said.ts";
import { isObject, type JsonObject, object, saysSomething } from "./json.ts";

export interface Quirks {
  /** The name of the cap on output tokens. */
  readonly tokenLimit: "max_tokens" | "max_completion_tokens";
  /** In a tool loop it wants what the model thought back; others refuse the member. */
  readonly replaysReasoning: boolean;
  /** `response_format` goes as far as `json_object`, or to schemas. */
  readonly json: "json_object" | "json_schema";
  /** What it calls members that OpenAI calls otherwise. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Members that it refuses. */
  readonly refused: readonly string[];
  /** A tool choice has the words `auto`, `none` and this one, and names no tool; undefined where it is as OpenAI's. */
  readonly forcedTool: string | undefined;
  /** Tool call ids have nine letters and digits. */
  readonly shortIds: boolean;
}

/** OpenAI's own. What an unknown provider is taken for differs in the cap alone: most know but its older name. */
const OPENAI: Quirks = {
  tokenLimit: "max_completion_tokens",
  replaysReasoning: false,
  json: "json_schema",
  renamed: {},
  refused: [],
  forcedTool: undefined,
  shortIds: false,
};
const USUAL: Quirks = { ...OPENAI, tokenLimit: "max_tokens" };

/** By the end of the url's host, or the port of what runs at home. Sources: each provider's API reference, as of 2026-08. */
const BY_HOST: readonly (readonly [RegExp, Quirks])[] = [
  [/(^|\.)(openai\.com|openai\.azure\.com|ai\.azure\.com)$/, OPENAI],
  // console.groq.com/docs/openai, "Currently unsupported OpenAI features"
  [/(^|\.)groq\.com$/, { ...OPENAI, refused: ["logprobs", "logit_bias", "top_logprobs"] }],
  // docs.x.ai, "Chat completions" and "Reasoning": usage leaves reasoning out of `completion_tokens`
  [/(^|\.)x\.ai$/, { ...OPENAI, refused: ["logit_bias"] }],
  // api-docs.deepseek.com, "Create chat completion" and "Thinking mode"
  [
    /(^|\.)deepseek\.com$/,
    {
      ...USUAL,
      replaysReasoning: true,
      json: "json_object",
      refused: ["logit_bias", "seed", "n", "parallel_tool_calls"],
    },
  ],
  // docs.mistral.ai, "Chat completion"; it answers 422 to members that it does not know
  [
    /(^|\.)mistral\.ai$/,
    {
      ...USUAL,
      renamed: { seed: "random_seed" },
      refused: ["logprobs", "top_logprobs", "logit_bias", "user", "stream_options", "store", "service_tier"],
      forcedTool: "any",
      shortIds: true,
    },
  ],
  // docs.cohere.com, "Compatibility API", "Unsupported parameters"
  [
    /(^|\.)cohere\.(ai|com)$/,
    {
      ...USUAL,
      refused: ["n", "logit_bias", "top_logprobs", "parallel_tool_calls", "user", "store", "metadata", "service_tier"],
    },
  ],
  // docs.ollama.com, "OpenAI compatibility"
  [/:11434$/, { ...USUAL, refused: ["logit_bias", "n", "tool_choice", "user"] }],
];

/** The quirks of the provider at that url. */
export function quirksOf(url: string): Quirks {
  const { hostname, host } = URL.parse(url) ?? { hostname: "", host: "" };
  return BY_HOST.find(([pattern]) => pattern.test(hostname) || pattern.test(host))?.[1] ?? USUAL;
}

export interface ConformedRequest {
  readonly body: JsonObject;
  /** Names of what was left out. */
  readonly dropped: readonly string[];
}

/** A chat completion request as a provider with these quirks takes it. `chat` itself stays as it is. */
export function conformedRequest(chat: JsonObject, quirks: Quirks): ConformedRequest {
  const body: Record<string, unknown> = { ...chat };
  const dropped: string[] = [];
  const [other] = ["max_tokens", "max_completion_tokens"].filter((name) => name !== quirks.tokenLimit);
  rename(body, String(other), quirks.tokenLimit);
  for (const [name, theirs] of Object.entries(quirks.renamed)) rename(body, name, theirs);
  for (const name of quirks.refused) {
    // A flag for streams is nothing that was asked of the model.
    if (saysSomething(body[name]) && !(name === "n" && body.n === 1) && name !== "stream_options") dropped.push(name);
    delete body[name];
  }
  if (quirks.json === "json_object" && member(body.response_format, "type") === "json_schema") {
    body.response_format = { type: "json_object" };
    dropped.push("json_schema");
  }
  if (quirks.forcedTool !== undefined) forceTool(body, quirks.forcedTool);
  if (Array.isArray(body.messages)) body.messages = body.messages.map((message) => conformedMessage(message, quirks));
  return { body, dropped };
}

function rename(body: Record<string, unknown>, from: string, to: string): void {
  if (body[from] !== undefined) body[to] ??= body[from];
  delete body[from];
}

/** A tool that is named is forced by being the only one. */
function forceTool(body: Record<string, unknown>, word: string): void {
  const named = member(member(body.tool_choice, "function"), "name");
  if (named !== undefined) {
    body.tools = entries(body.tools).filter((tool) => member(member(tool, "function"), "name") === named);
    body.tool_choice = word;
  } else if (body.tool_choice === "required") body.tool_choice = word;
}

function conformedMessage(message: unknown, quirks: Quirks): unknown {
  if (!isObject(message)) return message;
  const { reasoning_content, reasoning, thinking_blocks, ...rest } = message;
  const thought = text(reasoning_content) || text(reasoning);
  return {
    ...rest,
    ...(quirks.replaysReasoning && thought !== "" && { reasoning_content: thought }),
    ...(quirks.shortIds && typeof rest.tool_call_id === "string" && { tool_call_id: shortId(rest.tool_call_id) }),
    ...(quirks.shortIds && Array.isArray(rest.tool_calls) && { tool_calls: rest.tool_calls.map(withShortId) }),
  };
}

function withShortId(call: unknown): unknown {
  return { ...object(call), id: shortId(text(member(call, "id"))) };
}

/** The same for the same id, so that calls and results go on belonging together. */
function shortId(id: string): string {
  return /^[a-zA-Z0-9]{9}$/.test(id) ? id : hash("sha256", id).slice(0, 9);
}

/** Reasons to end that are not OpenAI's (Mistral, Together), in its words. */
const FINISHES: Readonly<Record<string, string>> = { model_length: "length", eos: "stop", tool_call: "tool_calls" };

/**
 * An answer, or a chunk of one, in one form, whoever gave it: reasoning as `reasoning_content` (OpenRouter, Groq, vLLM and
 * Ollama have `reasoning`, Mistral a part of the content), content as text, usage in its place (Groq: `x_groq.usage`).
 */
export function conformedAnswer(answer: JsonObject): JsonObject {
  const usage = answer.usage ?? member(answer.x_groq, "usage");
  return {
    ...answer,
    ...(Array.isArray(answer.choices) && { choices: answer.choices.map(conformedChoice) }),
    ...(usage !== undefined && { usage }),
  };
}

function conformedChoice(choice: unknown): unknown {
  const { finish_reason, message, delta, ...rest } = object(choice);
  return {
    ...rest,
    ...(message !== undefined && { message: conformedSaid(message) }),
    ...(delta !== undefined && { delta: conformedSaid(delta) }),
    finish_reason: FINISHES[text(finish_reason)] ?? finish_reason ?? null,
  };
}

function conformedSaid(said: unknown): unknown {
  const { reasoning, reasoning_content, content, ...rest } = object(said);
  const { text: words, reasoning: thought } = saidIn(said);
  return {
    ...rest,
    ...(content !== undefined && { content: Array.isArray(content) ? words : content }),
    ...(thought !== "" && { reasoning_content: thought }),
  };
}

/**
 * An error answer in OpenAI's form. Others have it without a wrapper (Mistral, Cohere, vLLM), as a text, in a list
 * (Gemini), or with the reason under `detail` or `innererror`. Undefined where `answer` is none of these.
 */
export function conformedError(answer: unknown): ChatError | undefined {
  const [first] = Array.isArray(answer) ? answer : [answer];
  const error = member(first, "error") ?? first;
  const message = text(error) || text(member(error, "message")) || text(member(error, "detail"));
  if (message === "") return undefined;
  const code = member(member(error, "innererror"), "code") ?? member(error, "code") ?? member(error, "status");
  return {
    error: {
      message,
      type: text(member(error, "type")) || "invalid_request_error",
      param: text(member(error, "param")) || null,
      code: typeof code === "number" ? String(code) : text(code) || null,
    },
  };
}
