/** What is the case while requests are simulated: what is used, and what providers do. */
import type { Failure, Model } from "../table/index.ts";
import type { AnswerFacts, Asked } from "./answer.ts";

export interface World {
  /** How much of each meter is used when it begins, in percent; of a commit, against the time that has passed. 0 when not given. */
  readonly used?: ReadonlyMap<string, number>;
  /** Providers whose health is `down`. What their calls meet is said by `models`. */
  readonly down?: ReadonlySet<string>;
  /** What calls of a model meet: the first spell that covers their time; an answer that nothing is wrong with where none does. */
  readonly models?: ReadonlyMap<string, readonly Spell[]>;
}

/** What calls of a model meet for some time. */
export interface Spell {
  /** Milliseconds since the simulation's beginning: from its beginning, and to its end, when not given. */
  readonly from?: number;
  readonly until?: number;
  readonly behaviour: Behaviour;
}

/**
 * What a call of a model meets, `after` so many milliseconds; `LATENCY` when not given. A stream has its `first` content after so
 * many; with all the rest when not given.
 */
export type Behaviour = { readonly after?: number; readonly first?: number } & (
  | { readonly fails: Failure /** Seconds that the provider asks us to wait. */; readonly retryAfter?: number }
  | {
      readonly answers: AnswerFacts;
      /** The connection is lost in the middle of the answer. */
      readonly breaks?: boolean;
      /** Times what it really used that the provider reports; 0: it reports nothing. 1 when not given. */
      readonly reports?: number;
      /** Tokens of the prompt as the provider counts them; as many as the request is taken to have when not given. */
      readonly promptTokens?: number;
    }
);

/** Milliseconds in which a simulated provider answers. */
export const LATENCY = 10;

/** Says what a call meets `time` milliseconds after the simulation's beginning. */
export type Meeting = (model: Model, time: number, asked: Asked) => Behaviour;

const WELL: Behaviour = { answers: {} };

/** What a call of `model` meets so many milliseconds after the simulation's beginning. */
export function behaviourAt({ models }: World, model: string, time: number): Behaviour {
  for (const { from = 0, until = Number.POSITIVE_INFINITY, behaviour } of models?.get(model) ?? [])
    if (time >= from && time < until) return behaviour;
  return WELL;
}
