/** What is measured of a run: how soon a model is reached, how many calls leave, what they cost, how long they take. */
import type { Failure, Options } from "../../runtime/table/artifact.ts";
import { type Facts, named, priceOf, roomOf, triesOf } from "./facts.ts";
import { atTheSameTime, inSuccession, together } from "./hedge.ts";
import type { Measure, Run } from "./outcome.ts";

/** Milliseconds that a call may take where nothing says otherwise; the runtime has the same. */
const DEFAULT_TIMEOUT = 60_000;
/** Milliseconds that all examples of a `similar` may take to be embedded; the runtime has the same. */
export const EXAMPLES_TIMEOUT = 120_000;

/** The shortest way to each model, in steps. */
export const SHORTEST: Measure = {
  weigh: () => 1,
  weighJudge: () => 1,
  say: (model) => model,
  beats: (a, b) => a.weight < b.weight,
  last: false,
  hedge: (sides) => inSuccession(sides, SHORTEST),
};

const heavier = (a: Run, b: Run): boolean => a.weight > b.weight;

/** "3 times" where a step tries again. */
function sayTries(model: string, options: Options): string {
  const tries = triesOf(options);
  return tries === 1 ? model : `${model} ${tries} times`;
}

/** Calls that leave. */
export const ATTEMPTS: Measure = {
  weigh: (_, options, end) => callsThat(end, options),
  weighJudge: (_, options) => triesOf(options),
  say: sayTries,
  beats: heavier,
  last: true,
  hedge: (sides) => together(sides, ATTEMPTS),
};

/** Of a step that ends so, how many of its calls left. */
function callsThat(end: Failure | "answer", options: Options): number {
  if (end === "unsupported") return 0;
  return end === "over_budget" ? triesOf(options) - 1 : triesOf(options);
}

/** Nano-dollars, of requests with at most so many tokens. */
export function costOf({ prompt, completion }: { prompt: number; completion: number }, facts: Facts): Measure {
  const weigh: Measure["weigh"] = (name, options, end) => {
    const model = named(name, facts.models).facts;
    const { output } = model;
    // What stands in the place of the system prompt is not counted in the request's own.
    const system = options.system === undefined ? 0 : Buffer.byteLength(options.system) + MESSAGE_OVERHEAD;
    const written = Math.min(completion, output, options.max_tokens ?? output);
    return callsThat(end, options) * priceOf(name, Math.min(prompt + system, roomOf(model)), written, facts);
  };
  const measure: Measure = {
    weigh,
    weighJudge: (name, options) => {
      // It reads an answer or a prompt of ours beside the request: of how much nothing is known but what it can take.
      const { context, output } = named(name, facts.models).facts;
      const written = Math.min(output, options.max_tokens ?? output);
      return triesOf(options) * priceOf(name, context, written, facts);
    },
    say: sayTries,
    beats: heavier,
    last: true,
    hedge: (sides) => together(sides, measure),
  };
  return measure;
}

/** Tokens that a message counts beside its text. */
const MESSAGE_OVERHEAD = 8;

/**
 * Longer than any deadline: what only that bounds, as where a step tries again, since a provider says how long to wait, and
 * where the end of a streamed answer must be waited for.
 */
export const UNTIL_DEADLINE = 1e12;

/** Milliseconds to the first content that the client sees, or to the failure. */
export function timeOf({ streamed }: { streamed: boolean }): Measure {
  const measure: Measure = {
    weigh: (_, options, end, held) => {
      const tries = triesOf(options);
      if (end === "unsupported" || (end === "over_budget" && tries === 1)) return 0;
      return held && streamed ? UNTIL_DEADLINE : measure.weighJudge("", options);
    },
    weighJudge: (_, options) => (triesOf(options) > 1 ? UNTIL_DEADLINE : (options.timeout ?? DEFAULT_TIMEOUT)),
    say: sayTries,
    beats: heavier,
    last: true,
    hedge: (sides) => atTheSameTime(sides, measure),
  };
  return measure;
}
