import { type Chooser, compileChooser, type Strategy } from "./choose.ts";
import type { DecisionTable, Expression, Route } from "./decision-table.generated.ts";
import { compileDemand, type Demand } from "./demand.ts";
import { regionCount } from "./domain.ts";
import { modelsIn, partsOf } from "./expression.ts";
import { hashTable } from "./hash.ts";
import { testedAttributes } from "./row-sets.ts";
import validate from "./validate.generated.js";

/** What was handed over is not a decision table that this runtime can execute. */
export class TableError extends Error {
  override readonly name = "TableError";
}

/** A route, ready to decide. */
export interface PolicyRoute {
  readonly route: Route;
  /** Indices into `table.attributes` of what its rules test. */
  readonly tests: readonly number[];
  /** The index of the rule that decides a request, given its values by index into `table.attributes`. */
  readonly choose: Chooser;
  /** How it is found. */
  readonly strategy: Strategy;
  /** The signals that are needed before it can be chosen. */
  readonly demand: Demand;
}

/** A loaded table: validated, frozen, and ready to decide. */
export interface Policy {
  readonly table: DecisionTable;
  readonly routes: readonly PolicyRoute[];
  /** The route that serves a model name: its own, or else `*`, or else none. */
  routeFor(model: string): PolicyRoute | undefined;
}

/**
 * Validates a table and makes it ready. `given` is the parsed JSON; it is frozen.
 * @throws {TableError} when it is no table of this version, was changed since it was compiled, or contradicts itself.
 */
export function load(given: unknown): Policy {
  const format = (given as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format !== 1)
    throw new TableError(`the table has format ${format}, this runtime knows format 1: compile the policy again`);
  if (!validate(given)) {
    const [error] = validate.errors ?? [];
    throw new TableError(
      `not a decision table: ${error?.instancePath ? `at ${error.instancePath}: ` : ""}${error?.message}`,
    );
  }
  const table = given as DecisionTable;
  const hash = hashTable(table);
  if (hash !== table.hash)
    throw new TableError(`the table was changed after it was compiled: its hash is ${hash}, it says ${table.hash}`);
  checkReferences(table);
  freeze(table);

  const routes = table.routes.map(
    (route): PolicyRoute => ({
      route,
      tests: testedAttributes(table, route),
      ...compileChooser(table, route),
      demand: compileDemand(table, route),
    }),
  );
  const byName = new Map<string, PolicyRoute>(
    routes.flatMap((route) => route.route.names.map((name) => [name, route] as const)),
  );
  const any = byName.get("*");
  byName.delete("*");
  return { table, routes, routeFor: (model) => byName.get(model) ?? any };
}

function freeze(value: unknown): void {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

/** Every name and index that the table uses must be there; the schema cannot say so. */
function checkReferences(table: DecisionTable): void {
  const providers = new Set(table.providers.map((provider) => provider.name));
  const models = new Set(table.models.map((model) => model.name));
  const plans = new Set(table.plans.map((plan) => plan.name));
  const must = (found: boolean, what: string): void => {
    if (!found) throw new TableError(`the table contradicts itself: ${what}`);
  };
  for (const model of table.models)
    must(providers.has(model.provider), `model ${model.name} names the unknown provider ${model.provider}`);

  const checkExpression = (expression: Expression, where: string): void => {
    for (const model of modelsIn(expression)) must(models.has(model), `${where} names the unknown model ${model}`);
    if (expression.kind === "plan")
      must(plans.has(expression.plan), `${where} names the unknown plan ${expression.plan}`);
    for (const part of partsOf(expression)) checkExpression(part, where);
  };
  for (const plan of table.plans) checkExpression(plan.run, `plan ${plan.name}`);

  const computed = new Set(table.attributes.flatMap(({ name, source }) => (source.from === "signal" ? [name] : [])));
  const domains = new Map(table.attributes.map((attribute) => [attribute.name, attribute.domain]));
  for (const route of table.routes) {
    const where = `route ${route.names[0]}`;
    for (const { run, signals = [] } of route.rules) {
      checkExpression(run, where);
      for (const signal of signals) must(computed.has(signal), `${where} waits for the unknown signal ${signal}`);
    }
    for (const { rule } of route.rows)
      must(rule < route.rules.length, `${where} has a row for rule ${rule}, which it does not have`);
    for (const when of [...route.rows.map((row) => row.when), ...(route.for ?? [])]) {
      for (const [name, ranges] of Object.entries(when)) {
        const domain = domains.get(name);
        must(domain !== undefined, `${where} tests \`${name}\`, which has no domain`);
        const regions = domain === undefined ? 0 : regionCount(domain);
        for (const [from, to] of ranges)
          must(from <= to && to < regions, `${where} tests region ${to} of \`${name}\`, which has ${regions}`);
      }
    }
  }
}
