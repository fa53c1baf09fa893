/** Failures that are found without a call: they are no attempts. */
import type { Failure } from "../table/index.ts";
import type { LinkedCall } from "./linked.ts";
import { CAPABILITIES, type FailedAttempt, type PlanRequest, UNKNOWN_SIZE } from "./request.ts";

export function localFailure(step: LinkedCall, failure: Failure, detail: string, retryAfter?: number): FailedAttempt {
  return { model: step.model.name, failure, status: undefined, detail, body: undefined, retryAfter };
}

/** Why the table's facts say that the model cannot answer this request, or undefined. */
export function misfit(step: LinkedCall, request: PlanRequest): FailedAttempt | undefined {
  const { model, can, needs } = step;
  const { promptTokens, inputs } = request;
  if (inputs === undefined && step.embedsAlone)
    return localFailure(step, "unsupported", "it makes embeddings, and answers no chats");
  if (inputs !== undefined && !step.embeds) return localFailure(step, "unsupported", "it makes no embeddings");
  // Of several texts at least one is as long as all are on the average.
  const context = model.context * (inputs ?? 1);
  if (promptTokens > context && promptTokens < UNKNOWN_SIZE)
    return localFailure(step, "too_long", `about ${promptTokens} tokens, of which it can take ${context}`);
  if (step.strict && step.dropped.length > 0)
    return localFailure(step, "unsupported", `it cannot honour ${step.dropped.join(", ")}, and the route is strict`);
  const missing = request.needs & needs & ~can;
  if (missing === 0) return undefined;
  const names = CAPABILITIES.filter((_, bit) => (missing & (1 << bit)) !== 0);
  return localFailure(step, "unsupported", `the request needs ${names.join(", ")}`);
}
