/** Between the dialects: what a client says in one of them, for a provider that speaks another, and the answer back. */
export { chatCompletion } from "./anthropic/answer.ts";
export { chatError } from "./anthropic/error.ts";
export { type MessagesRequestResult, type MessagesTarget, messagesRequest } from "./anthropic/request.ts";
export { ChatStream, type ChatStreamTerms } from "./anthropic/stream.ts";
export type { ChatCompletion, ChatError, ChatRequest } from "./chat.ts";
export { DialectError } from "./dialect-error.ts";
export { countTokens, type TokenCount } from "./inbound/count-tokens.ts";
export { type MessagesAnswer, messagesAnswer } from "./inbound/messages-answer.ts";
export { type MessagesError, messagesError } from "./inbound/messages-error.ts";
export { type ChatRequestOptions, type ChatRequestResult, chatRequest } from "./inbound/messages-request.ts";
export { MessagesStream } from "./inbound/messages-stream.ts";
export { type ResponsesAnswer, responsesAnswer } from "./inbound/responses-answer.ts";
export { chatOfResponses } from "./inbound/responses-request.ts";
export { ResponsesStream } from "./inbound/responses-stream.ts";
export { ConformedStream, conformedAnswer, conformedError, conformedRequest, departures } from "./quirks.ts";
export type { StreamTranslator } from "./stream-translator.ts";
