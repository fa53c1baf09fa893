/** Plans made ready to be carried out: names resolved, options merged, failures as bit masks. Done once per table. */
import type { DecisionTable, Expression, Failure, Model, Options, Plan, Provider, Route } from "../table/index.ts";
import { CAPABILITIES } from "./request.ts";
import { unserved } from "./unserved.ts";

/** The bit that stands for a failure in `LinkedBranch.on`. */
export const FAILURE_BIT: Readonly<Record<Failure, number>> = {
  rate_limited: 1 << 0,
  timeout: 1 << 1,
  overloaded: 1 << 2,
  server_error: 1 << 3,
  unreachable: 1 << 4,
  over_budget: 1 << 5,
  too_long: 1 << 6,
  unsupported: 1 << 7,
  unauthorized: 1 << 8,
  filtered: 1 << 9,
  refused: 1 << 10,
  invalid: 1 << 11,
};

/** Milliseconds that a call may take where no `with` says otherwise. */
export const DEFAULT_TIMEOUT = 60_000;

export type LinkedRun = LinkedCall | LinkedReject | LinkedElse;

/** Ask a model. */
export interface LinkedCall {
  readonly kind: "call";
  readonly model: Model;
  readonly provider: Provider;
  /** Milliseconds to the first content; of an unstreamed answer, to its end. */
  readonly timeout: number;
  /** Bit i is set when the model has `CAPABILITIES[i]`. */
  readonly can: number;
}

/** Answer with an error, calling nobody. */
export interface LinkedReject {
  readonly kind: "reject";
  readonly status: number;
  readonly text: string | undefined;
}

/** The first step; when it fails, the first later branch that covers the failure. */
export interface LinkedElse {
  readonly kind: "else";
  readonly first: LinkedRun;
  readonly branches: readonly LinkedBranch[];
}

export interface LinkedBranch {
  /** The `FAILURE_BIT`s that this branch covers. */
  readonly on: number;
  readonly run: LinkedRun;
}

export interface LinkedPlans {
  /** What the rule `rule` of `route` runs. `route` is one of the table's own. */
  run(route: Route, rule: number): LinkedRun;
}

/** A table whose plans do not fit together. The compiler writes none: it was edited by hand. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** The table is sound, and has in it what this version does not carry out. */
export class UnservedError extends Error {
  override readonly name = "UnservedError";
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(`this version of routec does not serve all of the policy: it has no ${missing.join(", no ")}`);
    this.missing = missing;
  }
}

/** Links all rules and plans of a table. Throws `UnservedError` on what this version does not carry out, `LinkError` on an unknown name and on a plan that refers to itself. */
export function link(table: DecisionTable): LinkedPlans {
  const missing = unserved(table);
  if (missing.length > 0) throw new UnservedError(missing);
  const models = byName(table.models);
  const providers = byName(table.providers);
  const plans = byName(table.plans);
  // A plan is linked once per timeout that it can inherit, so that plans which share plans stay small.
  const linked = new Map<string, LinkedRun>();
  const open: string[] = [];

  function linkCall(name: string, inherited: number | undefined, where: string): LinkedCall {
    const model = models.get(name);
    if (model === undefined) throw new LinkError(`${where} calls model \`${name}\`, which the table does not have`);
    const provider = providers.get(model.provider);
    if (provider === undefined) {
      throw new LinkError(`model \`${name}\` is of provider \`${model.provider}\`, which the table does not have`);
    }
    const timeout = inherited ?? model.with?.timeout ?? provider.with?.timeout ?? DEFAULT_TIMEOUT;
    return { kind: "call", model, provider, timeout, can: capabilityMask(model.can) };
  }

  function linkPlan(name: string, inherited: number | undefined, where: string): LinkedRun {
    const plan = plans.get(name);
    if (plan === undefined) throw new LinkError(`${where} runs plan \`${name}\`, which the table does not have`);
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name].map((each) => `\`${each}\``).join(" -> ");
      throw new LinkError(`plan \`${name}\` refers to itself: ${cycle}`);
    }
    const key = `${inherited} ${name}`;
    const known = linked.get(key);
    if (known !== undefined) return known;
    open.push(name);
    const run = linkExpression(plan.run, inherited, `plan \`${name}\``);
    open.pop();
    linked.set(key, run);
    return run;
  }

  function linkExpression(expression: Expression, inherited: number | undefined, where: string): LinkedRun {
    switch (expression.kind) {
      case "reject":
        return { kind: "reject", status: expression.status, text: expression.text };
      case "call":
        return linkCall(expression.model, nearest(expression.with, inherited), where);
      case "plan":
        return linkPlan(expression.plan, nearest(expression.with, inherited), where);
      case "else": {
        const within = nearest(expression.with, inherited);
        return {
          kind: "else",
          first: linkExpression(expression.first, within, where),
          branches: expression.then.map((branch) => ({
            on: failureMask(branch.on),
            run: linkExpression(branch.run, within, where),
          })),
        };
      }
      default:
        throw new UnservedError([`\`${expression.kind}\` in ${where}`]);
    }
  }

  for (const plan of table.plans) linkPlan(plan.name, undefined, `plan \`${plan.name}\``);
  const runs = new Map<Route, readonly LinkedRun[]>(
    table.routes.map((route) => [
      route,
      route.rules.map((rule, index) =>
        linkExpression(rule.run, undefined, `rule ${index} of route \`${route.names[0]}\``),
      ),
    ]),
  );

  return {
    run(route, rule) {
      const run = runs.get(route)?.[rule];
      if (run === undefined) throw new LinkError(`route \`${route.names[0]}\` of this table has no rule ${rule}`);
      return run;
    },
  };
}

function nearest(options: Options | undefined, inherited: number | undefined): number | undefined {
  return options?.timeout ?? inherited;
}

function byName<Named extends Model | Provider | Plan>(all: readonly Named[]): ReadonlyMap<string, Named> {
  return new Map(all.map((each) => [each.name, each]));
}

function failureMask(failures: readonly Failure[]): number {
  return failures.reduce((mask, failure) => mask | FAILURE_BIT[failure], 0);
}

function capabilityMask(can: readonly string[]): number {
  return CAPABILITIES.reduce((mask, capability, bit) => (can.includes(capability) ? mask | (1 << bit) : mask), 0);
}
