/**
 * Steps that the deadline may leave no time for. A step counts with its stated `timeout`, for each of its tries, and with
 * the longest waits between them; one that states none, and what a provider asks for in `Retry-After`, is not counted.
 */
import { type CascadeStep, type Expression, modelsIn, type Options, partsOf } from "../../runtime/table/artifact.ts";
import type { Program } from "../program/program.ts";
import type { Report } from "../program/report.ts";
import { type Facts, named, optionsOf, triesOf } from "../proofs/facts.ts";
import { spell } from "../syntax/literals.ts";

/** Milliseconds: the most before the first retry, doubled for each further one, up to the limit; the runtime has the same. */
const BASE_WAIT = 250;
const LONGEST_WAIT = 8_000;

/** Warns of the first such step of each plan that a route runs. */
export function warnOfDeadlines({ routes }: Program, facts: Facts, report: Report): void {
  const seen = new Set<string>();
  for (const { rules, deadline } of routes)
    for (const { run, place } of rules) {
      const late = lateStep(run, deadline, facts);
      const key = JSON.stringify([run, deadline]);
      if (late === undefined || seen.has(key)) continue;
      seen.add(key);
      const [limit, before] = [deadline, late.start].map((value) => `\`${spell({ kind: "duration", value })}\``);
      const message = `the deadline of ${limit} may leave no time for \`${late.model}\`: what is tried before it can take ${before}`;
      report.warning("RT3012", place.file, place.span, message, {
        help: "shorten the timeouts, retry less, or allow a longer `deadline`",
        certainty: "proved",
      });
    }
}

interface Start {
  readonly model: string;
  /** Milliseconds after the request came, at the latest. */
  readonly start: number;
}

/** The first step that can come to its turn only when the deadline is over. */
function lateStep(run: Expression, deadline: number, facts: Facts): Start | undefined {
  let late: Start | undefined;
  carryOut(run, {}, 0);
  return late;

  /** Tells when all of an expression has been tried in vain, at the latest. */
  function carryOut(expression: Expression, outer: Options, start: number): number {
    if (expression.kind === "reject") return start;
    const options = { ...outer, ...expression.with };
    switch (expression.kind) {
      case "call":
        return call(expression.model, options, start);
      case "plan":
        return carryOut(named(expression.plan, facts.plans), options, start);
      case "select":
      case "adaptive":
      case "spread":
        return inAnyOrder(modelsIn(expression), options, start);
      case "else":
        return expression.then.reduce(
          // Without a call nothing is waited for.
          (end, { on, run: step }) =>
            Math.max(end, carryOut(step, options, on.every((failure) => LOCAL.includes(failure)) ? start : end)),
          carryOut(expression.first, options, start),
        );
      case "split":
        return Math.max(...partsOf(expression).map((side) => carryOut(side, options, start)));
      case "cascade":
        return expression.steps.reduce((end, step) => carryOut(step.run, options, end) + judging(step), start);
      case "hedge": {
        let [begin, end] = [start, carryOut(expression.first, options, start)];
        for (const { after, run: side } of expression.then) {
          begin = Math.min(end, begin + after);
          end = Math.max(end, carryOut(side, options, begin));
        }
        return end;
      }
    }
  }

  function call(model: string, nearer: Options, start: number): number {
    if (start >= deadline) late ??= { model, start };
    return start + longest(optionsOf(model, nearer, facts));
  }

  /** Each can be the last. */
  function inAnyOrder(models: readonly string[], options: Options, start: number): number {
    const times = models.map((model) => longest(optionsOf(model, options, facts)));
    const end = start + times.reduce((sum, time) => sum + time, 0);
    for (const [i, model] of models.entries()) call(model, options, end - (times[i] as number));
    return end;
  }

  function judging({ run: step, accept }: CascadeStep): number {
    const judges = modelsIn({ kind: "cascade", steps: [{ run: step, ...(accept && { accept }) }] });
    return judges.reduce((sum, judge) => sum + longest(optionsOf(judge, {}, facts)), 0);
  }
}

/** Failures that are found before a call leaves. */
const LOCAL: readonly string[] = ["too_long", "unsupported", "over_budget"];

/** Milliseconds that a step can take before it has failed, as far as it states them. */
function longest(options: Options): number {
  if (options.timeout === undefined) return 0;
  const tries = triesOf(options);
  const waits = Array.from({ length: tries - 1 }, (_, retry) => Math.min(LONGEST_WAIT, BASE_WAIT * 2 ** retry));
  return options.timeout * tries + waits.reduce((sum, wait) => sum + wait, 0);
}
