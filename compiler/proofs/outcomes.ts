/** Outcomes of rules' plans, remembered: to a plan most requests are alike. */
import type { Expression } from "../../runtime/table/artifact.ts";
import { type Box, boxesOf, intersectBoxes, type Space } from "../analysis/boxes.ts";
import type { Meter } from "../program/program.ts";
import { expressionsWithin, type Facts, modelsWithin } from "./facts.ts";
import { fitAttributes, fitOf, indexOf, isStreamed } from "./fit.ts";
import type { Ground } from "./ground.ts";
import { type Measure, type Outcome, outcomeOf } from "./outcome.ts";
import type { Part } from "./search.ts";

interface Asked {
  /** Another for each plan. */
  readonly number: number;
  readonly attributes: readonly string[];
  readonly models: ReadonlySet<string>;
}

export class Outcomes {
  readonly #ground: Ground;
  readonly #known = new Map<string, Outcome>();
  readonly #plans = new Map<Expression, Asked>();
  /** By what a plan says: rules that say the same have the same outcomes. */
  readonly #alike = new Map<string, Asked>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** @param name of the measure, the same for the same. */
  of({ rule, section }: Part, box: Box, measure: Measure, name: string): Outcome {
    const { facts, space, program } = this.#ground;
    const { number, attributes } = this.asks(rule.run);
    const budgets = program.meters.filter((meter) => counts(meter, box, space));
    const key = JSON.stringify([
      number,
      section.route.strict,
      name,
      budgets.map(({ facts: { name: budget } }) => budget),
      attributes.map((attribute) => box[indexOf(attribute, space)] ?? 0),
    ]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const outcome = outcomeOf(rule.run, {
      facts,
      measure,
      fit: fitOf(box, space, facts),
      overruns: (model) => budgets.some((budget) => holdsBack(budget, model, facts)),
      strict: section.route.strict,
      streamed: isStreamed(box, space),
    });
    this.#known.set(key, outcome);
    return outcome;
  }

  /** What of requests a plan's outcome depends on. */
  asks(run: Expression): Asked {
    const known = this.#plans.get(run);
    if (known !== undefined) return known;
    const { facts } = this.#ground;
    const said = JSON.stringify(run);
    const models = modelsWithin(run, facts);
    const asked = this.#alike.get(said) ?? {
      number: this.#alike.size,
      // Where a stream can break off matters to the sides of a hedge.
      attributes: [...fitAttributes(models, facts), ...(hedgesWithin(run, facts) ? ["stream"] : [])],
      models,
    };
    this.#alike.set(said, asked);
    this.#plans.set(run, asked);
    return asked;
  }
}

function hedgesWithin(run: Expression, facts: Facts): boolean {
  return expressionsWithin(run, facts).some(({ kind }) => kind === "hedge");
}

/** Whether a budget may count some request of a box. */
function counts({ facts, for: scope }: Meter, box: Box, space: Space): boolean {
  if (facts.kind !== "budget") return false;
  return scope === undefined || boxesOf(scope, space).some((counted) => intersectBoxes(counted, box) !== undefined);
}

/** Whether a call to a model can lack room in a budget: one that costs nothing always fits. */
function holdsBack({ facts: { on } }: Meter, name: string, { models }: Facts): boolean {
  const model = models.get(name)?.facts;
  if (model === undefined || (on.length > 0 && !on.includes(name) && !on.includes(model.provider))) return false;
  const { price } = model;
  return [price, ...(price.tiers ?? []), ...(price.during ?? [])].some(({ input, output }) => input > 0 || output > 0);
}
