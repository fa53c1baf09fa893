/**
 * What a call meets: an outage; what is stated of its model; what the same call met when it was recorded; what some recorded
 * call of the model met; or what is assumed of models of which nothing is known. The first of these that there is.
 */
import type { Asked, Behaviour, Meeting } from "../../../runtime/simulation/index.ts";
import type { Failure, Model } from "../../../runtime/table/index.ts";
import type { Arrival, RecordedCall } from "../traffic/arrival.ts";
import { quantileOf } from "./distribution.ts";
import { draw, numberOf } from "./draw.ts";
import type { Fits } from "./fit.ts";
import type { Outage } from "./outage.ts";
import type { Stated } from "./stated.ts";

export interface Assumptions {
  readonly seed: number;
  readonly outages: readonly Outage[];
  readonly stated: ReadonlyMap<string, Stated>;
  readonly fits: Fits;
  /** The policy's name of a recorded model. */
  readonly named: (model: string) => string;
}

/** Milliseconds of a model of which nothing is known: to the first content, and for each token. */
export const ASSUMED = { first: 500, perToken: 10 } as const;
/** Tokens of an answer where none is recorded. */
export const ASSUMED_OUTPUT = 256;
/** Milliseconds after which it is known that a call failed, where nothing says so. */
const FAILING = 200;

/** Where what a call met came from. */
export type Source = "outage" | "stated" | "recorded" | "drawn" | "assumed";

/** What is drawn for a call. */
const DRAW = { which: 0, fails: 1, first: 2, perToken: 3, accepted: 4 } as const;
const DRAWS = Object.keys(DRAW).length;

/** What the calls for one request meet. `start` is when the simulation began; `told` hears where each came from. */
export function meetingOf(
  arrival: Arrival,
  start: number,
  { seed, outages, stated, fits, named }: Assumptions,
  told: (model: Model, source: Source) => void,
): Meeting {
  /** Models called so far. */
  const called: string[] = [];
  /** Whether gates are to accept the answer that came last: a judge is asked of that one. */
  let accepted = true;

  return (model, time, asked) => {
    const turn = called.reduce((sum, name) => sum + Number(name === model.name), 0);
    called.push(model.name);
    const chance = (what: number): number => draw(seed, arrival.line, numberOf(model.name), turn * DRAWS + what);
    const meets = (source: Source, behaviour: Behaviour): Behaviour => {
      told(model, source);
      return behaviour;
    };
    const outage = outages.find(
      ({ of, covers }) => (of === model.name || of === model.provider) && covers(start + time),
    );
    if (outage !== undefined) return meets("outage", { fails: outage.failure, after: FAILING });
    const said = stated.get(model.name) ?? stated.get("*");
    if (asked.purpose === "judgement") {
      const fit = fits.of(model.name);
      const drawn = fit?.sample[Math.floor(chance(DRAW.which) * fit.sample.length)];
      const after =
        said?.first === undefined ? (drawn?.ms ?? ASSUMED.first) : quantileOf(said.first, chance(DRAW.first));
      const source = said === undefined ? (drawn === undefined ? "assumed" : "drawn") : "stated";
      return meets(source, { after, answers: JUDGEMENTS[accepted ? 1 : 0] });
    }
    const [source, answer] = answerOf(model, turn, asked, said, chance);
    accepted = !("answers" in answer) || answer.answers.confidence !== 0;
    return meets(source, answer);
  };

  function answerOf(
    { name }: Model,
    turn: number,
    asked: Asked,
    said: Stated | undefined,
    chance: (what: number) => number,
  ): readonly [Source, Behaviour] {
    if (said !== undefined) return ["stated", statedBehaviour(said, arrival, asked, fits, chance)];
    const own = arrival.calls.filter((call) => named(call.model) === name)[turn];
    if (own !== undefined) return ["recorded", repeated(own, own.output ?? outputOf(arrival, fits), asked)];
    const fit = fits.of(name);
    const drawn = fit?.sample[Math.floor(chance(DRAW.which) * fit.sample.length)];
    if (drawn !== undefined) return ["drawn", redrawn(drawn, arrival, asked, fits)];
    return ["assumed", answering(arrival, asked, fits, ASSUMED.first, ASSUMED.perToken, true)];
  }
}

function statedBehaviour(
  { first, perToken, failures, accepted = 1 }: Stated,
  arrival: Arrival,
  asked: Asked,
  fits: Fits,
  chance: (what: number) => number,
): Behaviour {
  const ms = first === undefined ? ASSUMED.first : quantileOf(first, chance(DRAW.first));
  let share = chance(DRAW.fails);
  for (const [failure, part] of failures ?? []) {
    if (share < part) return failing(failure, ms);
    share -= part;
  }
  const token = perToken === undefined ? ASSUMED.perToken : quantileOf(perToken, chance(DRAW.perToken));
  return answering(arrival, asked, fits, ms, token, chance(DRAW.accepted) < accepted);
}

/** The same call again. */
function repeated({ failure, ms, first, input, declined }: RecordedCall, output: number, asked: Asked): Behaviour {
  if (failure !== undefined) return failing(failure, ms);
  return {
    ...{ after: ms, answers: factsOf(output, asked, !declined) },
    ...(first !== undefined && { first }),
    ...(input !== undefined && { promptTokens: input }),
  };
}

/** A recorded call of the model in place of one that was not: as fast for each token, with this request's tokens. */
function redrawn(
  { failure, ms, first, output, declined }: RecordedCall,
  arrival: Arrival,
  asked: Asked,
  fits: Fits,
): Behaviour {
  if (failure !== undefined) return failing(failure, ms);
  const perToken = first === undefined || !output ? 0 : (ms - first) / output;
  return answering(arrival, asked, fits, first ?? ms, perToken, !declined);
}

function failing(failure: Failure, ms: number): Behaviour {
  return { fails: failure, after: ms > 0 ? ms : FAILING };
}

function answering(
  arrival: Arrival,
  asked: Asked,
  fits: Fits,
  first: number,
  perToken: number,
  accepted: boolean,
): Behaviour {
  const output = Math.min(outputOf(arrival, fits), asked.mostTokens);
  return {
    ...{ first, after: first + perToken * output, answers: factsOf(output, asked, accepted) },
    ...(arrival.input !== undefined && { promptTokens: arrival.input }),
  };
}

const JUDGEMENTS = [{ answer: "0" }, { answer: "1" }] as const;

export function outputOf({ output }: Arrival, { meanOutput }: Fits): number {
  return output ?? meanOutput ?? ASSUMED_OUTPUT;
}

/** An answer that is cut off where it may not be longer. What a gate does not accept is neither sure nor JSON. */
function factsOf(output: number, { mostTokens }: Asked, accepted: boolean) {
  return {
    output_tokens: Math.min(output, mostTokens),
    ...(output > mostTokens && { finish: "length" as const }),
    ...(!accepted && { confidence: 0, valid_json: false }),
  };
}
