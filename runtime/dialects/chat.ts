/** Chat completions as they are written here: OpenAI's dialect, and what many who speak it add. */

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly ChatTool[];
  readonly tool_choice?: ChatToolChoice;
  readonly parallel_tool_calls?: boolean;
  readonly reasoning_effort?: ChatEffort;
  readonly response_format?: ChatFormat;
  readonly web_search_options?: ChatWebSearch;
  readonly user?: string;
  readonly service_tier?: "auto" | "default" | "flex" | "priority";
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage: true };
  readonly logprobs?: boolean;
  readonly top_logprobs?: number;
  readonly verbosity?: "low" | "medium" | "high";
  readonly prompt_cache_key?: string;
  readonly safety_identifier?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export type ChatEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

export type ChatFormat =
  | { readonly type: "text" | "json_object" }
  | { readonly type: "json_schema"; readonly json_schema: ChatSchema };

export interface ChatSchema {
  readonly name: string;
  readonly description?: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
}

export interface ChatWebSearch {
  readonly user_location?: {
    readonly type: "approximate";
    readonly approximate: Readonly<Partial<Record<"city" | "country" | "region" | "timezone", string>>>;
  };
  readonly search_context_size?: "low" | "medium" | "high";
}

export type ChatMessage = ChatSystemMessage | ChatUserMessage | ChatAssistantMessage | ChatToolMessage;

export interface ChatSystemMessage {
  readonly role: "system" | "developer";
  readonly content: string | readonly ChatTextPart[];
}

export interface ChatUserMessage {
  readonly role: "user";
  readonly content: string | readonly ChatPart[];
}

export interface ChatAssistantMessage {
  readonly role: "assistant";
  readonly content: string | null;
  readonly refusal?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  /** What it thought before it said so, for providers that want it back. */
  readonly reasoning_content?: string;
}

export interface ChatToolMessage {
  readonly role: "tool";
  readonly tool_call_id: string;
  readonly content: string | readonly ChatTextPart[];
}

export interface ChatTextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ChatImagePart {
  readonly type: "image_url";
  readonly image_url: { readonly url: string; readonly detail?: "auto" | "low" | "high" };
}

export interface ChatFilePart {
  readonly type: "file";
  readonly file: { readonly filename: string; readonly file_data: string } | { readonly file_id: string };
}

export type ChatPart = ChatTextPart | ChatImagePart | ChatFilePart;

export interface ChatTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly strict?: boolean;
  };
}

export type ChatToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly type: "function"; readonly function: { readonly name: string } }
  | {
      readonly type: "allowed_tools";
      readonly allowed_tools: {
        readonly mode: "auto" | "required";
        readonly tools: readonly Readonly<Record<string, unknown>>[];
      };
    };

export interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export type ChatFinish = "stop" | "length" | "tool_calls" | "content_filter";

export interface ChatCompletion {
  readonly id: string;
  readonly object: "chat.completion";
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly [ChatChoice];
  readonly usage?: ChatUsage;
}

export interface ChatChoice {
  readonly index: 0;
  readonly message: ChatAnswer;
  readonly logprobs: null;
  readonly finish_reason: ChatFinish;
}

export interface ChatAnswer {
  readonly role: "assistant";
  readonly content: string | null;
  readonly refusal: string | null;
  readonly tool_calls?: ChatToolCall[];
  readonly annotations?: ChatAnnotation[];
  /** What it thought, as DeepSeek, vLLM, xAI and the clients that know them name it. */
  readonly reasoning_content?: string;
  /** The same with its signatures, as LiteLLM has it: a client that sends it back can go on thinking in a tool loop. */
  readonly thinking_blocks?: readonly ChatThinking[];
  /** Pictures that it made, as OpenRouter has them. */
  readonly images?: readonly ChatImage[];
}

export interface ChatImage {
  readonly type: "image_url";
  readonly image_url: { readonly url: string };
}

export type ChatThinking =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string };

export interface ChatAnnotation {
  readonly type: "url_citation";
  readonly url_citation: {
    readonly start_index: number;
    readonly end_index: number;
    readonly url: string;
    readonly title: string;
  };
}

/** Cached and cache-writing tokens are part of `prompt_tokens`, reasoning is part of `completion_tokens`. */
export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: {
    readonly cached_tokens: number;
    readonly cache_write_tokens: number;
    /** The part of them that is kept for an hour, which costs more: Anthropic's, and not OpenAI's word. */
    readonly cache_write_1h_tokens?: number;
  };
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

/** OpenAI's error answers. */
export interface ChatError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}
