/** Providers that do as they are told, in virtual time. */
import type { Clock, Timer, Transport, UpstreamCall, UpstreamEvents } from "../plan/index.ts";
import type { Failure } from "../table/index.ts";
import { type Said, streamedAnswer, type Used, usageOf, wholeAnswer } from "./answer.ts";
import { type Behaviour, LATENCY } from "./world.ts";

/** Failures that are found in this process: a call that is to fail so does not leave it. */
export const LOCAL: ReadonlySet<Failure> = new Set<Failure>(["over_budget", "unsupported"]);

/** What becomes of a call: what its provider does, and what it says where it answers. */
export interface Told extends Omit<Said, "facts"> {
  readonly behaviour: Behaviour;
}

/** A transport whose calls meet what `telling` says of each. */
export function toldTransport(clock: Clock, telling: (call: UpstreamCall) => Told): Transport {
  return {
    send(call, events) {
      const told = telling(call);
      const { after = LATENCY, first = after } = told.behaviour;
      let over = false;
      let timer: Timer;
      const recite = (steps: Recital): void => {
        for (const step of steps) if (!over) step(events);
      };
      /** What is said from one moment to the next, so that no stream is idle, and the rest `left` milliseconds later. */
      const goOn = (steps: Recital, left: number): void => {
        const pause = Math.min(left, PAUSE);
        timer = clock.after(pause, () => {
          if (left === pause) return recite(steps);
          events.data(GOING_ON);
          if (!over) goOn(steps, left - pause);
        });
      };
      timer = clock.after(call.stream ? first : after, () => {
        const steps = recital(told, call);
        if (!call.stream || first >= after || steps.length <= BEGINNING) return recite(steps);
        recite(steps.slice(0, BEGINNING));
        if (!over) goOn(steps.slice(BEGINNING), after - first);
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

/** The tokens that a call's provider bills, as far as it answers; undefined where it does not. */
export function billedOf(told: Told): Used | undefined {
  const said = saidBy(told);
  return said && usageOf(said.reports === 0 ? { ...said, reports: 1 } : said);
}

/** Of a recital the head and the first content. */
const BEGINNING = 2;
/** Milliseconds between two signs of life of a stream: a second is below any time that a step may be idle for. */
const PAUSE = 1_000;
const EVENT_END = "\n\n";
/** A comment (server-sent events: WHATWG HTML, section 9.2). */
const GOING_ON = Buffer.from(": \n\n");

type Step = (events: UpstreamEvents) => void;
type Recital = readonly Step[];

function recital(told: Told, call: UpstreamCall): Recital {
  const { behaviour } = told;
  const said = saidBy(told);
  if (said !== undefined) {
    const body = bytesOf(said, call.stream);
    const [type, half] = call.stream ? ["text/event-stream", body.length * 0.6] : ["application/json", body.length / 2];
    const headers = ["content-type", type];
    if (!("breaks" in behaviour) || !behaviour.breaks) {
      if (!call.stream || behaviour.first === undefined) return answer(200, headers, body);
      const end = body.indexOf(EVENT_END) + EVENT_END.length;
      const [head, whole, ...rest] = answer(200, headers, body.subarray(0, end));
      return [head, whole, (events) => events.data(body.subarray(end)), ...rest];
    }
    return [
      (events) => events.head(200, headers),
      (events) => events.data(body.subarray(0, half)),
      (events) => events.fail("unreachable", "the connection was lost", true),
    ];
  }
  const { fails: failure, retryAfter } = behaviour as Extract<Behaviour, { fails: Failure }>;
  // Silence: the executor's own time limit makes it a failure.
  if (failure === "timeout") return [];
  if (failure === "unreachable") return [(events) => events.fail(failure, "no connection", false)];
  if (failure === "over_budget" || failure === "unsupported") return [(events) => events.fail(failure, "given", false)];
  const { status, body } = ERRORS[failure as Answered];
  return answer(status, retryAfter === undefined ? [] : ["retry-after", String(retryAfter)], body);
}

const REFUSAL = { refused: true };

/** What the provider says where it answers: a refusal is an answer too. */
function saidBy({ behaviour, purpose, promptTokens: asked, mostTokens }: Told): Said | undefined {
  if ("answers" in behaviour) {
    const { answers: facts, reports = 1, promptTokens = asked } = behaviour;
    return { purpose, promptTokens, mostTokens, facts, reports };
  }
  return behaviour.fails === "refused"
    ? { purpose, promptTokens: asked, mostTokens, facts: REFUSAL, reports: 1 }
    : undefined;
}

/**
 * Answers that were made before, by their facts, the tokens that they report and their kind: nearly all are alike, and to
 * write one costs more than all the rest.
 */
const made = new WeakMap<object, Map<number, Map<number, (Buffer | undefined)[]>>>();

function bytesOf(said: Said, stream: boolean): Buffer {
  const { prompt, completion } = usageOf(said);
  const kind = (stream ? 1 : 0) + (said.purpose === "judgement" ? 2 : 0) + (said.reports === 0 ? 4 : 0);
  const known = made.get(said.facts)?.get(prompt)?.get(completion)?.[kind];
  if (known !== undefined) return known;
  const bytes = stream ? streamedAnswer(said) : wholeAnswer(said);
  const byPrompt = made.get(said.facts) ?? new Map<number, Map<number, (Buffer | undefined)[]>>();
  const byCompletion = byPrompt.get(prompt) ?? new Map<number, (Buffer | undefined)[]>();
  const kinds = byCompletion.get(completion) ?? [];
  kinds[kind] = bytes;
  made.set(said.facts, byPrompt.set(prompt, byCompletion.set(completion, kinds)));
  return bytes;
}

function answer(status: number, headers: readonly string[], body: Buffer): readonly [Step, Step, Step] {
  return [(events) => events.head(status, headers), (events) => events.data(body), (events) => events.end()];
}

type Answered = Exclude<Failure, "timeout" | "refused" | "unreachable" | "over_budget" | "unsupported">;

/** Answers of a provider that stand for these failures; runtime/plan/failure.ts is what reads them. */
const ERRORS: Readonly<Record<Answered, { readonly status: number; readonly body: Buffer }>> = {
  rate_limited: { status: 429, body: errorOf("rate_limited", "rate_limit_exceeded") },
  overloaded: { status: 503, body: errorOf("overloaded") },
  server_error: { status: 500, body: errorOf("server_error") },
  too_long: { status: 400, body: errorOf("too_long", "context_length_exceeded") },
  unauthorized: { status: 401, body: errorOf("unauthorized", "invalid_api_key") },
  filtered: { status: 400, body: errorOf("filtered", "content_filter") },
  invalid: { status: 400, body: errorOf("invalid") },
};

function errorOf(message: Answered, code: string | null = null): Buffer {
  return Buffer.from(JSON.stringify({ error: { message, type: "simulated", param: null, code } }));
}
