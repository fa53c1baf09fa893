/** Plans made ready to be carried out: names resolved, options merged, gates compiled. Done once per table. */
import {
  type DecisionTable,
  type Expression,
  FAILED,
  type Model,
  type Options,
  type Plan,
  type Provider,
  type Route,
} from "../table/index.ts";
import { drawBy } from "./draw.ts";
import { isTested, type LinkedJudge, linkGate } from "./gate.ts";
import { Health, type ProviderHealth, providerHealth } from "./health.ts";
import { type Extras, linkCall } from "./link-call.ts";
import { failureMask, type LinkedCall, type LinkedRun, type LinkedSelect } from "./linked.ts";
import { adaptive, drawnFirst, ORDERS, type Order } from "./order.ts";
import { unserved } from "./unserved.ts";

export interface LinkedPlans {
  /** What the rule `rule` of `route` runs. `route` is one of the table's own. */
  run(route: Route, rule: number): LinkedRun;
  /** A call of a model by itself, with the options of the model and its provider: for signals that ask one. */
  call(model: string): LinkedCall;
  /** How a provider is at `now`, in milliseconds since the epoch. */
  health(provider: string, now: number): ProviderHealth;
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

/** What holds for all calls within an expression. */
interface Inherited {
  readonly options: Options;
  readonly extras: Extras;
  readonly strict: boolean;
}

const NOTHING: Inherited = { options: {}, extras: {}, strict: false };
const STRICT: Inherited = { ...NOTHING, strict: true };

/** Links all rules and plans of a table. Throws `UnservedError` on what this version does not carry out, `LinkError` on an unknown name and on a plan that refers to itself. */
export function link(table: DecisionTable): LinkedPlans {
  const missing = unserved(table);
  if (missing.length > 0) throw new UnservedError(missing);
  return linkAll(table);
}

/** As `link`, of a table that is carried out against simulated providers: these serve all of it. */
export function linkAll(table: DecisionTable): LinkedPlans {
  const models = byName(table.models);
  const providers = byName(table.providers);
  const plans = byName(table.plans);
  const healths = new Map<string, Health>();
  const healthsOf = new Map(table.providers.map(({ name }): [string, Health[]] => [name, []]));
  // A plan is linked once per set of options that it can inherit, so that plans which share plans stay small.
  const linked = new Map<string, LinkedRun>();
  const judges = new Map<string, LinkedJudge>();
  const open: string[] = [];

  function call(name: string, { options, extras, strict }: Inherited, where: string): LinkedCall {
    const model = models.get(name);
    if (model === undefined) throw new LinkError(`${where} calls model \`${name}\`, which the table does not have`);
    const provider = providers.get(model.provider);
    if (provider === undefined) {
      throw new LinkError(`model \`${name}\` is of provider \`${model.provider}\`, which the table does not have`);
    }
    const known = healths.get(name);
    const health = known ?? new Health(provider.breaker);
    if (known === undefined) {
      healths.set(name, health);
      healthsOf.get(provider.name)?.push(health);
    }
    return linkCall({ model, provider, options, extras, strict, health });
  }

  function plan(name: string, inherited: Inherited, where: string): LinkedRun {
    const declared = plans.get(name);
    if (declared === undefined) throw new LinkError(`${where} runs plan \`${name}\`, which the table does not have`);
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name].map((each) => `\`${each}\``).join(" -> ");
      throw new LinkError(`plan \`${name}\` refers to itself: ${cycle}`);
    }
    const { strict, extras, options } = inherited;
    const key = inherited === NOTHING ? name : JSON.stringify([name, strict, extras, Object.entries(options).sort()]);
    const known = linked.get(key);
    if (known !== undefined) return known;
    open.push(name);
    const run = expression(declared.run, inherited, `plan \`${name}\``);
    open.pop();
    linked.set(key, run);
    return run;
  }

  function select(names: readonly string[], order: Order, inherited: Inherited, where: string): LinkedSelect {
    const members = names.map((name) => ({ on: failureMask(FAILED), run: call(name, inherited, where) }));
    if (members.length === 0) throw new LinkError(`${where} chooses from no model`);
    return { kind: "select", members, order };
  }

  function attribute(name: string | undefined, where: string): number | undefined {
    if (name === undefined) return undefined;
    const index = table.attributes.findIndex((each) => each.name === name);
    if (index < 0) throw new LinkError(`${where} draws by \`${name}\`, which the table does not have`);
    return index;
  }

  function judgeOf(model: string, prompt: string, where: string): LinkedJudge {
    const key = JSON.stringify([model, prompt]);
    const judge = judges.get(key) ?? { kind: "judge", call: call(model, NOTHING, where), prompt };
    judges.set(key, judge);
    return judge;
  }

  function expression(node: Expression, outer: Inherited, where: string): LinkedRun {
    if (node.kind === "reject") return { kind: "reject", status: node.status, text: node.text };
    const within = node.with === undefined ? outer : { ...outer, options: { ...outer.options, ...node.with } };
    const part = (inner: Expression, extras = within.extras): LinkedRun =>
      expression(inner, { ...within, extras }, where);
    switch (node.kind) {
      case "call":
        return call(node.model, within, where);
      case "plan":
        return plan(node.plan, within, where);
      case "else":
        return {
          kind: "else",
          first: part(node.first),
          branches: node.then.map(({ on, run }) => ({ on: failureMask(on), run: part(run) })),
        };
      case "select":
        return select(node.models, ORDERS[node.order], within, where);
      case "adaptive":
        return select(node.models, adaptive(node.weights), within, where);
      case "spread": {
        const draw = drawBy(
          node.sides.map(({ share }) => share),
          node.name,
          attribute(node.by, where),
        );
        return select(
          node.sides.map(({ model }) => model),
          drawnFirst(draw),
          within,
          where,
        );
      }
      case "split":
        return {
          kind: "split",
          sides: node.sides.map(({ run }) => part(run)),
          draw: drawBy(
            node.sides.map(({ share }) => share),
            node.name,
            attribute(node.by, where),
          ),
        };
      case "cascade":
        return {
          kind: "cascade",
          steps: node.steps.map(({ run, accept }, index) => {
            const isLast = index === node.steps.length - 1;
            if (isLast !== (accept === undefined))
              throw new LinkError(`${where} has a cascade with a gate out of place`);
            if (accept === undefined) return { run: part(run), gate: undefined };
            const gate = linkGate(accept, (model, prompt) => judgeOf(model, prompt, where));
            const extras = {
              ...within.extras,
              ...(isTested("confidence", accept) && { logprobs: true as const }),
            };
            return { run: part(run, extras), gate };
          }),
        };
      case "hedge":
        return {
          kind: "hedge",
          first: part(node.first),
          then: node.then.map(({ after, run }) => ({ after, run: part(run) })),
        };
    }
  }

  for (const { name } of table.plans) plan(name, NOTHING, `plan \`${name}\``);
  const runs = new Map<Route, readonly LinkedRun[]>(
    table.routes.map((route) => [
      route,
      route.rules.map((rule, index) =>
        expression(rule.run, route.strict === true ? STRICT : NOTHING, `rule ${index} of route \`${route.names[0]}\``),
      ),
    ]),
  );

  return {
    run(route, rule) {
      const run = runs.get(route)?.[rule];
      if (run === undefined) throw new LinkError(`route \`${route.names[0]}\` of this table has no rule ${rule}`);
      return run;
    },
    call: (model) => call(model, NOTHING, "a signal"),
    health: (provider, now) => providerHealth(healthsOf.get(provider) ?? [], now),
  };
}

function byName<Named extends Model | Provider | Plan>(all: readonly Named[]): ReadonlyMap<string, Named> {
  return new Map(all.map((each) => [each.name, each]));
}
