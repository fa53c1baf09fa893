/** What proofs need to know of a program's plans and models, by name. */
import {
  billed,
  dearestRates,
  type Expression,
  FAILURES,
  type Failure,
  modelsIn,
  type Options,
  partsOf,
} from "../../runtime/table/artifact.ts";
import { MOST_INPUTS } from "../../runtime/table/inputs.ts";
import { isByContent } from "../program/held.ts";
import type { DeclaredModel, DeclaredProvider, Program } from "../program/program.ts";

export interface Facts {
  readonly models: ReadonlyMap<string, DeclaredModel>;
  readonly providers: ReadonlyMap<string, DeclaredProvider>;
  readonly plans: ReadonlyMap<string, Expression>;
}

export function factsOf({ models, providers, plans }: Program): Facts {
  return {
    models: new Map(models.map((model) => [model.facts.name, model])),
    providers: new Map(providers.map((provider) => [provider.facts.name, provider])),
    plans: new Map(plans.map(({ name, run }) => [name, run])),
  };
}

/** The checked program has no name that stands for nothing. */
export function named<T>(name: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
}

/** The models that an expression can call, judges and those of the plans that it names too. */
export function modelsWithin(run: Expression, facts: Facts): ReadonlySet<string> {
  return new Set(expressionsWithin(run, facts).flatMap(modelsIn));
}

/** An expression, its parts and those of the plans that it names, each plan once. */
export function expressionsWithin(run: Expression, facts: Facts): readonly Expression[] {
  const found: Expression[] = [];
  const plans = new Set<string>();
  const visit = (expression: Expression): void => {
    found.push(expression);
    for (const part of partsOf(expression)) visit(part);
    if (expression.kind !== "plan" || plans.has(expression.plan)) return;
    plans.add(expression.plan);
    visit(named(expression.plan, facts.plans));
  };
  visit(run);
  return found;
}

/** What holds of a call to a model for which `nearer` was said in plans: the nearest wins. */
export function optionsOf(name: string, nearer: Options, facts: Facts): Options {
  const model = named(name, facts.models).facts;
  return { ...named(model.provider, facts.providers).facts.with, ...model.with, ...nearer };
}

/** How a call that left can fail: the other two are found out before it leaves. */
export const LEAVING: readonly Failure[] = FAILURES.filter((each) => each !== "over_budget" && each !== "unsupported");

/** How a step can fail once it has given content: a try after one that broke off may find no room in a budget. */
export function failsAfterContent(options: Options): readonly Failure[] {
  const triesAgain = triesOf(options) > 1 && !isByContent(options.retry_on ?? []);
  return triesAgain ? [...LEAVING, "over_budget"] : LEAVING;
}

/** How many calls a step can make of its model: only one that left is tried again. */
export function triesOf({ retries = 0, retry_on = [] }: Options): number {
  return retry_on.some((failure) => LEAVING.includes(failure)) ? 1 + retries : 1;
}

/** Nano-dollars: the most that one call with so many tokens costs, in whole ones, rounded up. */
export function priceOf(name: string, prompt: number, completion: number, facts: Facts): number {
  const rates = dearestRates(named(name, facts.models).facts.price, prompt);
  return billed(rates, { prompt, completion });
}

/** The most tokens that a request to a model can have: of embeddings each text may be as long as the context. */
export function roomOf({ context, can }: DeclaredModel["facts"]): number {
  return can.includes("embeddings") ? context * MOST_INPUTS : context;
}
