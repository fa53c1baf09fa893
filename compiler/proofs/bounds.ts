/** Claims with a bound: refuted by the heaviest run that can come of a request. */
import type { Box } from "../analysis/boxes.ts";
import type { Claim, Proof, Signal } from "../program/program.ts";
import { spell } from "../syntax/literals.ts";
import { type Facts, named, optionsOf, roomOf } from "./facts.ts";
import { isStreamed, valuesOf } from "./fit.ts";
import type { Ground } from "./ground.ts";
import { ATTEMPTS, costOf, EXAMPLES_TIMEOUT, timeOf, UNTIL_DEADLINE } from "./measures.ts";
import type { Measure, Outcome, Run } from "./outcome.ts";
import type { Outcomes } from "./outcomes.ts";
import { casesOf, heavierThan, type Part, partsOfPremise } from "./search.ts";
import { askedBy, type Demand, demandsIn, sayAsking } from "./signals.ts";
import { joined, type Trail } from "./trail.ts";
import type { Violation } from "./violation.ts";

type Kind = Extract<Claim, { readonly bound: number }>["kind"];
type Bounded = Exclude<Kind, "providers">;

/** How one kind of claim weighs requests. */
interface Scale {
  /** Attributes on which a run's weight depends beside those that say whom a request can be sent to. */
  readonly attributes: readonly string[];
  /** For the requests of a box. */
  measure(box: Box): { readonly measure: Measure; readonly name: string };
  /** A signal that asks an address or a module. */
  weighOther(signal: Signal): number;
  /** Of a whole run, in this route. */
  total(weight: number, part: Part): number;
  say(total: number, part: Part): string;
}

/** A request of which the heaviest run passes the bound, and of all such the heaviest. */
export function beyondBound(
  kind: Bounded,
  bound: number,
  proof: Proof,
  premise: readonly Box[],
  ground: Ground,
  outcomes: Outcomes,
): Violation | undefined {
  const scale = scaleOf(kind, ground);
  let heaviest = bound;
  let found: Violation | undefined;
  for (const part of partsOfPremise(proof, premise, ground)) {
    const planIn = (box: Box): Run => {
      const { measure, name } = scale.measure(box);
      return heaviestOf(outcomes.of(part, box, measure, name), measure);
    };
    const weighIn = (box: Box) => {
      const { measure } = scale.measure(box);
      return ({ signal }: Demand): number => weightOf(signal, kind, scale, measure, ground.facts);
    };
    if (scale.total(planIn(part.box).weight + allSignals(part, weighIn(part.box)), part) <= heaviest) continue;
    for (const each of casesOf(part, scale.attributes, outcomes, ground)) {
      const plan = planIn(each);
      const weigh = weighIn(each);
      // What the route's own bound makes equal is not told apart.
      if (scale.total(plan.weight + allSignals({ ...part, box: each }, weigh), part) <= heaviest) continue;
      const demanding = heavierThan(heaviest - plan.weight, part, each, weigh, ground);
      if (demanding === undefined) continue;
      heaviest = scale.total(plan.weight + demanding.weight, part);
      const asked = demanding.demands.reduce<Trail>(
        (trail, { signal }) => joined(trail, undefined, { said: sayAsking(signal) }),
        undefined,
      );
      found = {
        said: scale.say(heaviest, part),
        trail: joined(asked, undefined, plan.trail),
        shown: demanding.shown,
        ...(kind === "cost" && heaviest < Number.POSITIVE_INFINITY && { largest: true }),
      };
      if (heaviest === Number.POSITIVE_INFINITY) return found;
    }
  }
  return found;
}

function heaviestOf({ fails, answers, rejects }: Outcome, { beats }: Measure): Run {
  const ends = [...fails.values(), answers, rejects].filter((run) => run !== undefined);
  return ends.reduce((best, run) => (beats(run, best) ? run : best));
}

function allSignals({ box, index, section }: Part, weigh: (demand: Demand) => number): number {
  const signals = new Map(demandsIn(box, index, section.demands).map((demand) => [demand.signal, weigh(demand)]));
  return [...signals.values()].reduce((sum, weight) => sum + weight, 0);
}

function weightOf(signal: Signal, kind: Bounded, scale: Scale, measure: Measure, facts: Facts): number {
  const asked = askedBy(signal);
  const { source, timeout } = signal.facts;
  if (asked === undefined) return scale.weighOther(signal);
  if (kind === "time" && timeout !== undefined) return timeout;
  const weight = measure.weighJudge(asked, optionsOf(asked, {}, facts));
  // Whoever comes first waits for the examples too.
  return kind === "time" && source.kind === "similar" ? Math.max(weight, EXAMPLES_TIMEOUT) : weight;
}

function scaleOf(kind: Bounded, { facts, space }: Ground): Scale {
  switch (kind) {
    case "attempts":
      return {
        attributes: [],
        measure: () => ({ measure: ATTEMPTS, name: "attempts" }),
        weighOther: ({ facts: { source } }) => (source.kind === "http" ? 1 : 0),
        total: (weight) => weight,
        say: (total) => `${total} call${total === 1 ? "" : "s"} can leave for one request`,
      };
    case "cost":
      return {
        attributes: ["max_tokens"],
        measure(box) {
          const prompt = Math.min(largest("prompt_tokens", box) * 4, Number.MAX_SAFE_INTEGER);
          const completion = largest("max_tokens", box);
          return { measure: costOf({ prompt, completion }, facts), name: `cost ${prompt} ${completion}` };
        },
        weighOther: ({ facts: { source } }) =>
          source.kind === "http" ? (source.price ?? Number.POSITIVE_INFINITY) : 0,
        total: (weight) => weight,
        say: (total) =>
          total === Number.POSITIVE_INFINITY
            ? "what a request costs has no bound: a signal states no price"
            : `a request can cost \`${spell({ kind: "money", value: total })}\``,
      };
    case "time":
      return {
        attributes: ["stream"],
        measure(box) {
          const streamed = isStreamed(box, space);
          return { measure: timeOf({ streamed }), name: `time ${streamed}` };
        },
        weighOther: ({ facts: { timeout } }) => timeout ?? UNTIL_DEADLINE,
        total: (weight, { section: { route } }) => Math.min(weight, route.deadline),
        say: (total, { section: { route } }) => {
          const limit = total === route.deadline ? ", the deadline of the route" : "";
          return `the first content can take \`${spell({ kind: "duration", value: total })}\`${limit}`;
        },
      };
  }

  function largest(name: string, box: Box): number {
    return valuesOf(name, box, space).at(-1)?.[1] as number;
  }
}

/**
 * The least prompt and answer for which requests of a box cost as much as any of it: no model is billed for more than it
 * can take.
 */
export function dearestIn(box: Box, run: ReadonlySet<string>, { facts, space }: Ground): ReadonlyMap<string, number> {
  const models = Array.from(run, (name) => named(name, facts.models).facts);
  const least = (name: string, enough: number): [string, number] => {
    const [from, to] = valuesOf(name, box, space).at(-1) as readonly [number, number];
    return [name, Math.max(from, Math.min(to, enough))];
  };
  return new Map([
    least("prompt_tokens", Math.max(0, ...models.map((model) => Math.ceil(roomOf(model) / 4)))),
    least("max_tokens", Number.MAX_SAFE_INTEGER),
  ]);
}
