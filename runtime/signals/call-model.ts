/** Calls of routec's own to models: through the plan executor, so that ledger, retries, breaker and limits hold for them. */

import { type Doors, execute, type LinkedRun, type Overrides, type PlanRequest } from "../plan/index.ts";
import { REQUEST_OVERHEAD } from "../plan/judge.ts";
import type { Asking, SignalRequest } from "./source.ts";

/** A call's linked run, as `LinkedPlans.call` gives it. */
export type LinkedModel = Extract<LinkedRun, { kind: "call" }>;

/** What is asked, and what bounds its tokens. */
export interface Question {
  /** The body's members but the model, with what the model's options say. */
  members(overrides: Overrides | undefined): object;
  /** No tokenizer gives more than one token a byte. */
  readonly bytes: number;
  /** Cap on output tokens, where the question has one. */
  readonly maxTokens?: number;
  /** Of how many texts embeddings are asked for, where they are. */
  readonly inputs?: number;
}

/** Asks a model, unstreamed, and tells its whole answer, or why there is none. Tells nothing more once cancelled. */
export function callModel(
  model: LinkedModel,
  question: Question,
  attribute: SignalRequest["attribute"] | undefined,
  doors: Doors,
  deadlineAt: number,
  tell: (answer: { readonly body: Buffer } | { readonly missing: string }) => void,
): Asking {
  const request: PlanRequest = {
    bodyFor: (upstream, overrides) => Buffer.from(JSON.stringify({ model: upstream, ...question.members(overrides) })),
    stream: false,
    needs: 0,
    promptTokens: Math.ceil((question.bytes + REQUEST_OVERHEAD) / 4),
    maxTokens: question.maxTokens,
    inputs: question.inputs,
    headers: [],
    ...(attribute !== undefined && { attribute }),
  };
  return execute(
    model,
    request,
    doors,
    {
      whole: (_served, _status, _headers, body) => tell({ body }),
      begin: () => tell({ missing: "the answer is too large" }),
      // What is left of it is read to its end, and paid for.
      data: () => true,
      end: () => {},
      broken: () => {},
      reject: (_status, text) => tell({ missing: text ?? "the call was rejected" }),
      exhausted(failures) {
        const last = failures.at(-1);
        tell({ missing: last === undefined ? "the call failed" : `${last.failure}: ${last.detail}` });
      },
    },
    deadlineAt,
  );
}
