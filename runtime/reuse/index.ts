/** Answers that are given again. */
export type { Scope } from "./key.ts";
export { memoryAnswers } from "./memory.ts";
export { chunksOf } from "./recording.ts";
export { RedisMissingError, redisAnswers } from "./redis.ts";
export { type Reuse, type ReuseRequest, reuse } from "./reuse.ts";
export type { AnswerStore, KeptAnswer } from "./store.ts";
