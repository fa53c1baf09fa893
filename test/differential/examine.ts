/** Everything that is tried with one policy. */
import fc from "fast-check";
import { checkClaims } from "./claims.ts";
import { compiled } from "./compiled.ts";
import { decider } from "./decisions.ts";
import { policy, smallPolicy } from "./policies.ts";
import { requestsFor } from "./requests.ts";

/** A policy's text and the seed of its requests. */
export const trial: fc.Arbitrary<readonly [text: string, seed: number]> = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: policy }, smallPolicy),
  fc.integer(),
);

export interface Tally {
  /** Requests that were decided in all ways. */
  decisions: number;
  /** Of them by another rule than the first of their route. */
  later: number;
  /** Of them refused. */
  refused: number;
  /** Cases over which claims were enumerated. */
  cases: number;
}

/** Decides `count` requests in all ways and checks what the analysis claims. Throws where something disagrees. */
export function examine([text, seed]: readonly [string, number], count: number, tally: Tally): void {
  const made = compiled(text);
  if (made === undefined) return;
  const decide = decider(made);
  const unreachable = new Set(
    made.findings.filter(({ code }) => code === "RT3002").map(({ span: { start } }) => start),
  );
  const never = new Set(
    made.program.routes.flatMap(({ names, rules }) =>
      rules.flatMap(({ place }, index) => (unreachable.has(place.span.start) ? [`${names[0]}:${index}`] : [])),
    ),
  );
  for (const request of requestsFor(made, count, seed)) {
    const outcome = decide(request);
    if (never.has(outcome))
      throw new Error(`${outcome} can never match, but decides ${JSON.stringify(request)}\n${text}`);
    tally.decisions++;
    if (/:[1-9]\d*$/.test(outcome)) tally.later++;
    else if (!outcome.endsWith(":0")) tally.refused++;
  }
  tally.cases += checkClaims(made);
}
