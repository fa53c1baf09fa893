/** What `prove` says that calls, cost and time come to at most, held against what they really come to. */
import type { SimulatedRequest, Trace } from "../../../runtime/simulation/index.ts";
import { FAILURES } from "../../../runtime/table/artifact.ts";
import type { Program, Route } from "../../program/program.ts";
import { type Facts, factsOf } from "../../proofs/facts.ts";
import { ATTEMPTS, costOf, timeOf } from "../../proofs/measures.ts";
import { type Measure, outcomeOf } from "../../proofs/outcome.ts";
import { NOWHERE } from "../test-text.ts";
import { money } from "../wording.ts";
import type { Invariant } from "./invariant.ts";
import { left } from "./plainly.ts";
import { saidBy } from "./said.ts";

export function boundInvariants(program: Program): readonly Invariant[] {
  const facts = factsOf(program);
  const routes = new Map(program.routes.map((route) => [route.names[0], route]));
  const attemptsOf = remembered<number>();
  const costsOf = remembered<Map<number, Map<number, number>>>();
  const timesOf = remembered<number>();

  function most(trace: Trace, streamed: boolean, measure: Measure): number {
    return boundOf(routes.get(trace.route), trace.rule, streamed, measure, facts);
  }

  return [
    function attempts(trace, { request }) {
      const streamed = isStreamed(request);
      const bound = attemptsOf(trace, streamed, () => most(trace, streamed, ATTEMPTS));
      const count = left(trace).length;
      if (count <= bound) return undefined;
      return { invariant: "calls are as few as is proved", said: `${count} calls left, and at most ${bound} can` };
    },
    function cost(trace, { request }) {
      const said = saidBy(request);
      const streamed = isStreamed(request);
      const prompt = Math.min((said("prompt_tokens") as number) * 4, Number.MAX_SAFE_INTEGER);
      const completion = said("max_tokens") as number;
      const byPrompt = costsOf(trace, streamed, () => new Map());
      const byCompletion = byPrompt.get(prompt) ?? new Map<number, number>();
      let bound = byCompletion.get(completion);
      if (bound === undefined) {
        bound = most(trace, streamed, costOf({ prompt, completion }, facts));
        byPrompt.set(prompt, byCompletion.set(completion, bound));
      }
      const sum = costWithin(trace);
      if (sum <= bound) return undefined;
      return {
        invariant: "the cost is as low as is proved",
        said: `it costs ${money(sum)}, and at most it can cost ${money(bound)}`,
        expect: { kind: "cost", most: bound, place: NOWHERE },
      };
    },
    function time(trace, { request }) {
      const streamed = isStreamed(request);
      const bound = timesOf(trace, streamed, () => most(trace, streamed, timeOf({ streamed })));
      if (trace.content <= bound) return undefined;
      return {
        invariant: "the time is as short as is proved",
        said: `it takes ${trace.content}ms, and at most it can take ${bound}ms`,
      };
    },
  ];
}

/** What calls cost, nano-dollars, as far as their providers report no more than they can have used. */
export function costWithin(trace: Trace): number {
  return left(trace).reduce((sum, { cost, worst }) => sum + Math.min(cost, worst), 0);
}

/** Remembers something for each rule, for streams and for whole answers. */
function remembered<T>(): (trace: Trace, streamed: boolean, make: () => T) => T {
  const routes = new Map<string | undefined, (T | undefined)[]>();
  return ({ route, rule = -1 }, streamed, make) => {
    const index = 2 * (rule + 1) + Number(streamed);
    const known = routes.get(route)?.[index];
    if (known !== undefined) return known;
    const found = make();
    const all = routes.get(route) ?? [];
    all[index] = found;
    routes.set(route, all);
    return found;
  };
}

function isStreamed(request: SimulatedRequest): boolean {
  return saidBy(request)("stream") === true;
}

function boundOf(
  route: Route | undefined,
  rule: number | undefined,
  streamed: boolean,
  measure: Measure,
  facts: Facts,
): number {
  const run = rule === undefined ? undefined : route?.rules[rule]?.run;
  if (route === undefined || run === undefined) return 0;
  const { fails, answers, rejects } = outcomeOf(run, {
    facts,
    measure,
    fit: () => ({ called: true, fails: FAILURES }),
    overruns: () => true,
    strict: route.strict,
    streamed,
  });
  const ends = [...fails.values(), answers, rejects];
  return Math.max(...ends.map((end) => end?.weight ?? 0));
}
