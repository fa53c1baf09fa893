/** Plans of which no call fits into a budget, however much of that is left. */
import type { Box } from "../analysis/boxes.ts";
import type { Meter } from "../program/program.ts";
import { type Facts, factsOf, named, priceOf } from "../proofs/facts.ts";
import { partsByRegion, valuesOf } from "../proofs/fit.ts";
import type { Ground } from "../proofs/ground.ts";
import { costOf } from "../proofs/measures.ts";
import { spell } from "../syntax/literals.ts";
import { type Target, targetsOf } from "./arrows.ts";
import { type Call, endsOf } from "./calls.ts";
import type { Plans } from "./plans.ts";
import { among, reachedBy } from "./reached.ts";

type Budget = Meter & { readonly facts: Extract<Meter["facts"], { kind: "budget" }> };

/** A plan that rejects what it cannot pay for says what happens, and is left out. */
export function warnOfReservations({ program, report, ground }: Plans): void {
  const budgets = program.meters.filter((meter): meter is Budget => meter.facts.kind === "budget");
  if (budgets.length === 0) return;
  const facts = factsOf(program);
  for (const target of targetsOf(program)) {
    const { calls, rejects } = endsOf(target.run, facts);
    if (rejects || calls.length === 0) continue;
    for (const budget of budgets) {
      const { limit, name } = budget.facts;
      if (calls.some(({ model }) => !covers(budget, model, facts) || dearest(model, facts) <= limit)) continue;
      const found = tooDear(target, calls, budget, facts, ground());
      if (found === undefined) continue;
      const [least, most] = [found.cost, limit].map((value) => `\`${spell({ kind: "money", value })}\``);
      const { file, span } = target.place;
      const message = `no call of ${target.said} fits into budget \`${name}\`: its cheapest can cost ${least}, and the limit is ${most}`;
      report.warning("RT3014", file, span, message, {
        help: "bound the answer by `with { max_tokens … }`, or give the budget a higher limit",
        certainty: "proved",
        related: [{ ...budget.place, message: "the budget" }],
        witness: found.witness,
      });
      break;
    }
  }
}

function covers({ facts: { on } }: Budget, model: string, { models }: Facts): boolean {
  return on.length === 0 || on.includes(model) || on.includes(named(model, models).facts.provider);
}

/** Nano-dollars: what no call to a model can pass. */
function dearest(model: string, facts: Facts): number {
  const { context, output } = named(model, facts.models).facts;
  return priceOf(model, context, output, facts);
}

/** A request that comes to a target, counts in a budget, and of which each call can cost more than the limit. */
function tooDear(target: Target, calls: readonly Call[], budget: Budget, facts: Facts, ground: Ground) {
  let cost = 0;
  const reached = reachedBy(
    target,
    ground,
    function* (box) {
      for (const counted of among(box, budget.for, ground))
        for (const part of partsByRegion(counted, ["prompt_tokens", "max_tokens"], ground.space)) {
          cost = cheapest(part, calls, facts, ground);
          if (cost > budget.facts.limit) yield part;
        }
    },
    true,
  );
  return reached && { ...reached, cost };
}

/** Nano-dollars: of the largest requests of a box, what the cheapest call can cost. */
function cheapest(box: Box, calls: readonly Call[], facts: Facts, { space }: Ground): number {
  const largest = (name: string): number => valuesOf(name, box, space).at(-1)?.[1] ?? 0;
  const prompt = Math.min(largest("prompt_tokens") * 4, Number.MAX_SAFE_INTEGER);
  const { weigh } = costOf({ prompt, completion: largest("max_tokens") }, facts);
  return Math.min(...calls.map(({ model, options }) => weigh(model, { ...options, retries: 0 }, "answer", false)));
}
