/** What the tokens of a logged request would cost by what a rule runs, as SQL over the columns `input` and `output`. */
import type { DecisionTable, Expression, Model, Options } from "../../runtime/table/index.ts";
import { TOKENS } from "./log.ts";

const [INPUT, OUTPUT] = TOKENS;

export interface CostSql {
  /** Nano-dollars when the first call answers; of sides that are drawn, on average; of `cheapest`, the cheapest. */
  readonly first: string;
  /** Nano-dollars when every call and retry is made and billed in full; of sides that are drawn, the dearest. */
  readonly every: string;
}

/** What an expression of the table costs. Prices by the length of the prompt count, those by the hour do not. */
export function costOf(run: Expression, table: DecisionTable): CostSql {
  const models = new Map(table.models.map((model) => [model.name, model]));
  const providers = new Map(table.providers.map((provider) => [provider.name, provider]));
  const plans = new Map(table.plans.map((plan) => [plan.name, plan.run]));

  function called(name: string, within: Options | undefined): CostSql {
    const model = models.get(name) as Model;
    const retries = within?.retries ?? model.with?.retries ?? providers.get(model.provider)?.with?.retries ?? 0;
    const once = billedSql(model);
    return { first: once, every: retries === 0 ? once : `${retries + 1} * ${once}` };
  }

  function cost(at: Expression, inherited: Options | undefined): CostSql {
    if (at.kind === "reject") return { first: "0", every: "0" };
    const within = at.with?.retries === undefined ? inherited : at.with;
    const part = (inner: Expression): CostSql => cost(inner, within);
    const each = (names: readonly string[]): CostSql[] => names.map((name) => called(name, within));
    switch (at.kind) {
      case "call":
        return called(at.model, within);
      case "plan":
        return part(plans.get(at.plan) as Expression);
      case "else":
        return inTurn([at.first, ...at.then.map(({ run }) => run)].map(part));
      case "hedge":
        return inTurn([at.first, ...at.then.map(({ run }) => run)].map(part));
      case "cascade":
        return inTurn(at.steps.map(({ run }) => part(run)));
      case "adaptive":
        return inTurn(each(at.models));
      case "select": {
        const all = each(at.models);
        if (at.order !== "cheapest")
          return inTurn(bestFirst(at.order, at.models, models).map((name) => called(name, within)));
        return {
          first: anyOf(
            "least",
            all.map(({ first }) => first),
          ),
          every: inTurn(all).every,
        };
      }
      case "spread": {
        const all = each(at.sides.map(({ model }) => model));
        return { first: average(all, at.sides), every: inTurn(all).every };
      }
      case "split": {
        const all = at.sides.map(({ run }) => part(run));
        return {
          first: average(all, at.sides),
          every: anyOf(
            "greatest",
            all.map(({ every }) => every),
          ),
        };
      }
    }
  }

  return cost(run, undefined);
}

/** Measured orders are not known here: as written. */
function bestFirst(order: string, names: readonly string[], models: ReadonlyMap<string, Model>): readonly string[] {
  if (order !== "best") return names;
  return names.toSorted((a, b) => (models.get(b)?.quality ?? -1) - (models.get(a)?.quality ?? -1));
}

function inTurn(steps: readonly CostSql[]): CostSql {
  return { first: steps[0]?.first ?? "0", every: `(${steps.map(({ every }) => every).join(" + ")})` };
}

function anyOf(pick: "least" | "greatest", all: readonly string[]): string {
  return all.length === 1 ? (all[0] as string) : `${pick}(${all.join(", ")})`;
}

function average(all: readonly CostSql[], sides: readonly { readonly share: number }[]): string {
  const parts = all.map(({ first }, at) => `${sides[at]?.share}e0 * ${first}`);
  return `CAST(round((${parts.join(" + ")}) / 100) AS HUGEINT)`;
}

/** As `billed` of runtime/table: whole nano-dollars, rounded up. */
function billedSql({ price }: Model): string {
  const rates = (input: number, output: number): string =>
    `((${INPUT}::HUGEINT * ${input} + ${OUTPUT}::HUGEINT * ${output} + 999999) // 1000000)`;
  const tiers = (price.tiers ?? []).toReversed();
  const base = rates(price.input, price.output);
  if (tiers.length === 0) return base;
  return `CASE ${tiers.map(({ above, input, output }) => `WHEN ${INPUT} > ${above} THEN ${rates(input, output)}`).join(" ")} ELSE ${base} END`;
}
