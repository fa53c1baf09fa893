/** Providers that do as they are told, in virtual time. */
import type { Clock, Transport, UpstreamCall, UpstreamEvents } from "../plan/index.ts";
import type { Failure } from "../table/index.ts";
import { type AnswerFacts, capOf, type Purpose, sizeOf, streamedAnswer, wholeAnswer } from "./answer.ts";

/** What a call of a model meets, `after` so many milliseconds; `LATENCY` when not given. */
export type Behaviour = { readonly after?: number } & (
  | { readonly fails: Failure /** Seconds that the provider asks us to wait. */; readonly retryAfter?: number }
  | { readonly answers: AnswerFacts }
);

/** Milliseconds in which a simulated provider answers. */
export const LATENCY = 10;

/** Failures that are found in this process: a call that is to fail so does not leave it. */
export const LOCAL: ReadonlySet<Failure> = new Set<Failure>(["over_budget", "unsupported"]);

/** What becomes of a call, and what its provider counts. */
export interface Told {
  readonly behaviour: Behaviour;
  readonly purpose: Purpose;
  /** Undefined of a request that routec makes itself: its body is counted. */
  readonly promptTokens: number | undefined;
  /** The cap on output tokens that the client states. */
  readonly maxTokens: number | undefined;
}

/** A transport whose calls meet what `telling` says of each. */
export function toldTransport(clock: Clock, telling: (call: UpstreamCall) => Told): Transport {
  return {
    send(call, events) {
      const told = telling(call);
      let over = false;
      const timer = clock.after(told.behaviour.after ?? LATENCY, () => {
        for (const step of recital(told, call)) if (!over) step(events);
      });
      return {
        abort() {
          over = true;
          timer.cancel();
        },
        // Nobody who reads in a simulation is slow.
        pause() {},
        resume() {},
      };
    },
    async close() {},
  };
}

type Recital = readonly ((events: UpstreamEvents) => void)[];

function recital(told: Told, call: UpstreamCall): Recital {
  const { behaviour } = told;
  if ("answers" in behaviour) return answered(behaviour.answers, told, call);
  const { fails: failure, retryAfter } = behaviour;
  // Silence: the executor's own time limit makes it a failure.
  if (failure === "timeout") return [];
  if (failure === "refused") return answered({ refused: true }, told, call);
  if (failure === "unreachable") return [(events) => events.fail(failure, "no connection", false)];
  if (failure === "over_budget" || failure === "unsupported") return [(events) => events.fail(failure, "given", false)];
  const { status, code } = ERRORS[failure];
  const error = { message: failure, type: "simulated", param: null, code };
  const headers = retryAfter === undefined ? [] : ["retry-after", String(retryAfter)];
  return answer(status, headers, Buffer.from(JSON.stringify({ error })));
}

function answered(facts: AnswerFacts, { purpose, promptTokens, maxTokens }: Told, call: UpstreamCall): Recital {
  const { output } = call.model;
  const said = {
    facts,
    purpose,
    promptTokens: promptTokens ?? sizeOf(call.body),
    mostTokens: Math.min(output, maxTokens ?? output, capOf(call.body) ?? output),
  };
  return call.stream
    ? answer(200, ["content-type", "text/event-stream"], streamedAnswer(said))
    : answer(200, ["content-type", "application/json"], wholeAnswer(said));
}

function answer(status: number, headers: readonly string[], body: Buffer): Recital {
  return [(events) => events.head(status, headers), (events) => events.data(body), (events) => events.end()];
}

type Answered = Exclude<Failure, "timeout" | "refused" | "unreachable" | "over_budget" | "unsupported">;

/** Answers of a provider that stand for these failures; runtime/plan/failure.ts is what reads them. */
const ERRORS: Readonly<Record<Answered, { readonly status: number; readonly code: string | null }>> = {
  rate_limited: { status: 429, code: "rate_limit_exceeded" },
  overloaded: { status: 503, code: null },
  server_error: { status: 500, code: null },
  too_long: { status: 400, code: "context_length_exceeded" },
  unauthorized: { status: 401, code: "invalid_api_key" },
  filtered: { status: 400, code: "content_filter" },
  invalid: { status: 400, code: null },
};
