/**
 * Between a chat and the AI SDK's calls. A door of its own: the types of `@ai-sdk/provider` are not for those who serve without
 * such a package.
 */
export { type AnswerTerms, completionOf } from "./answer.ts";
export { bridgedError } from "./error.ts";
export { type BridgedRequest, bridgedRequest, warnedOf } from "./request.ts";
export { BridgedStream } from "./stream.ts";
