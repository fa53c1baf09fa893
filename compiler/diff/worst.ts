/** What carrying out an expression can cost, and where its requests can go. */
import {
  billed,
  dearestRates,
  type Expression,
  type Model,
  modelsIn,
  type Options,
  partsOf,
} from "../../runtime/table/artifact.ts";
import type { Program } from "../program/program.ts";

export interface Worst {
  /**
   * Nano-dollars for a request and an answer as long as the models allow, if every step is billed in full: dearest hour
   * and tier, every retry, all sides of a hedge.
   */
  readonly cost: number;
  /**
   * Where data can be processed, sorted; `unknown` for a model of which neither it nor its provider says. Empty where no
   * model is asked.
   */
  readonly residencies: readonly string[];
}

export function worstOf(run: Expression, program: Program): Worst {
  const models = [...namesIn(run, program).models].map((name) => modelOf(name, program));
  const residencies = models.map((model) => model.residency ?? providerOf(model, program)?.residency ?? "unknown");
  return { cost: costOf(run, {}, program), residencies: [...new Set(residencies)].sort() };
}

export interface Names {
  readonly plans: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
}

/** The plans and models that an expression can lead to. */
export function namesIn(run: Expression, program: Program): Names {
  const plans = new Set<string>();
  const models = new Set<string>();
  const visit = (part: Expression): void => {
    for (const model of modelsIn(part)) models.add(model);
    for (const inner of partsOf(part)) visit(inner);
    if (part.kind !== "plan" || plans.has(part.plan)) return;
    plans.add(part.plan);
    visit(planOf(part.plan, program));
  };
  visit(run);
  return { plans, models };
}

function costOf(run: Expression, inherited: Options, program: Program): number {
  const options = run.kind === "reject" ? inherited : { ...inherited, ...run.with };
  if (run.kind === "plan") return costOf(planOf(run.plan, program), options, program);
  const parts = partsOf(run).map((part) => costOf(part, options, program));
  if (run.kind === "split") return Math.max(...parts);
  // What a cascade itself names are judges: they are no steps, so that its options are not theirs.
  const own = modelsIn(run).map((name) =>
    callCost(modelOf(name, program), run.kind === "cascade" ? {} : options, program),
  );
  return [...own, ...parts].reduce((sum, cost) => sum + cost, 0);
}

function callCost(model: Model, options: Options, program: Program): number {
  const { context, output, price } = model;
  const { retries = 0, max_tokens: most = output } = { ...providerOf(model, program)?.with, ...model.with, ...options };
  return billed(dearestRates(price, context), { prompt: context, completion: Math.min(most, output) }) * (1 + retries);
}

function planOf(name: string, { plans }: Program): Expression {
  const plan = plans.find((each) => each.name === name);
  if (plan === undefined) throw new Error(`no plan ${name} in the program`);
  return plan.run;
}

function modelOf(name: string, { models }: Program): Model {
  const model = models.find(({ facts }) => facts.name === name);
  if (model === undefined) throw new Error(`no model ${name} in the program`);
  return model.facts;
}

function providerOf(model: Model, { providers }: Program) {
  return providers.find(({ facts }) => facts.name === model.provider)?.facts;
}
