/** `POST /v1/messages/count_tokens`: answered here, by the bound that decisions go by. */
import { UNKNOWN_SIZE } from "../../plan/request.ts";
import type { ChatRequest } from "../chat.ts";
import { DialectError } from "../dialect-error.ts";
import { chatRequest } from "./messages-request.ts";

export interface TokenCount {
  readonly input_tokens: number;
}

/**
 * What `request` counts, by `promptTokens` of the chat that it comes to: no tokenizer is known for every model, so this
 * is an estimate that policies use as well. Throws `DialectError` for what cannot be read, or has no known size.
 */
export function countTokens(request: unknown, promptTokens: (chat: ChatRequest) => number): TokenCount {
  const tokens = promptTokens(chatRequest(request).chat);
  if (tokens !== UNKNOWN_SIZE) return { input_tokens: tokens };
  throw new DialectError("messages", "`messages` holds a document, of which the tokens cannot be counted here");
}
