/** What plans and rules can come to at worst, whatever the request. */
import { worstOf } from "../../compiler/diff/worst.ts";
import type { Program } from "../../compiler/program/program.ts";
import { factsOf, modelsWithin } from "../../compiler/proofs/facts.ts";
import { ATTEMPTS, timeOf, UNTIL_DEADLINE } from "../../compiler/proofs/measures.ts";
import { type Measure, outcomeOf } from "../../compiler/proofs/outcome.ts";
import { type Expression, modelsIn, partsOf } from "../../runtime/table/artifact.ts";
import type { Worst } from "./understanding.ts";

/**
 * Tells it of the expressions of one program; of those that say the same but once. Undefined of one that leads to what
 * could not be understood, or to itself.
 */
export function worstIn(program: Program): (run: Expression) => Worst | undefined {
  const facts = factsOf(program);
  const known = new Map<string, Worst | undefined>();
  const understood = new Map<string, boolean>();
  const isWhole = (run: Expression): boolean => {
    if (run.kind === "plan") {
      const before = understood.get(run.plan);
      if (before !== undefined) return before;
      // Until it is known not to lead to itself.
      understood.set(run.plan, false);
      const plan = facts.plans.get(run.plan);
      understood.set(run.plan, plan !== undefined && isWhole(plan));
      return understood.get(run.plan) === true;
    }
    return modelsIn(run).every((model) => facts.models.has(model)) && partsOf(run).every(isWhole);
  };
  const heaviest = (run: Expression, measure: Measure): number => {
    const anyRequest = { called: true, fails: ["too_long", "unsupported"] } as const;
    const { fails, answers, rejects } = outcomeOf(run, {
      facts,
      measure,
      fit: () => anyRequest,
      overruns: () => false,
      strict: true,
      streamed: false,
    });
    return [...fails.values(), answers, rejects].reduce((most, each) => Math.max(most, each?.weight ?? 0), 0);
  };
  return (run) => {
    const said = JSON.stringify(run);
    if (!known.has(said)) known.set(said, isWhole(run) ? worst(run) : undefined);
    return known.get(said);
  };

  function worst(run: Expression): Worst {
    const time = heaviest(run, timeOf({ streamed: false }));
    return {
      cost: worstOf(run, program).cost,
      attempts: heaviest(run, ATTEMPTS),
      time: time < UNTIL_DEADLINE ? time : Number.POSITIVE_INFINITY,
      models: [...modelsWithin(run, facts)],
    };
  }
}
