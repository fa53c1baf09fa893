/**
 * Anthropic's messages as they are written here: version 2023-06-01 of the API, as `@anthropic-ai/sdk` 1.11 types it.
 * The tests check these types against that package's.
 */

export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly Turn[];
  readonly system?: string | readonly TextBlock[];
  readonly stop_sequences?: string[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly tools?: readonly (MessagesTool | WebSearchTool)[];
  readonly tool_choice?: MessagesToolChoice;
  readonly thinking?: Thinking;
  readonly output_config?: OutputConfig;
  readonly metadata?: { readonly user_id: string };
  readonly service_tier?: "auto" | "standard_only";
  readonly stream?: true;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string | readonly Block[];
}

export interface CacheControl {
  readonly type: "ephemeral";
  readonly ttl?: "5m" | "1h";
}

interface Cached {
  readonly cache_control?: CacheControl;
}

export interface TextBlock extends Cached {
  readonly type: "text";
  readonly text: string;
}

export const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

export interface ImageBlock extends Cached {
  readonly type: "image";
  readonly source:
    | { readonly type: "base64"; readonly media_type: ImageType; readonly data: string }
    | { readonly type: "url"; readonly url: string };
}

export interface DocumentBlock extends Cached {
  readonly type: "document";
  readonly title?: string;
  readonly source:
    | { readonly type: "base64"; readonly media_type: "application/pdf"; readonly data: string }
    | { readonly type: "text"; readonly media_type: "text/plain"; readonly data: string };
}

export interface ToolUseBlock {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ToolResultBlock extends Cached {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content?: string | PartBlock[];
}

export type ThinkingBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string };

/** What a user, or a tool, says. */
export type PartBlock = TextBlock | ImageBlock | DocumentBlock;

export type Block = PartBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock;

export interface MessagesTool {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: { readonly type: "object"; readonly [keyword: string]: unknown };
  readonly strict?: true;
}

/** A tool that Anthropic runs itself. */
export interface WebSearchTool {
  readonly type: "web_search_20250305";
  readonly name: "web_search";
  readonly user_location?: { readonly type: "approximate" } & Readonly<
    Partial<Record<"city" | "country" | "region" | "timezone", string>>
  >;
}

export type MessagesToolChoice =
  | { readonly type: "none" }
  | { readonly type: "auto" | "any"; readonly disable_parallel_tool_use?: true }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: true };

export type Thinking =
  | { readonly type: "adaptive"; readonly display: "summarized" }
  | { readonly type: "enabled"; readonly budget_tokens: number }
  | { readonly type: "disabled" };

export type Effort = "low" | "medium" | "high" | "xhigh" | "max";

export interface OutputConfig {
  readonly effort?: Effort;
  readonly format?: { readonly type: "json_schema"; readonly schema: Record<string, unknown> };
}
