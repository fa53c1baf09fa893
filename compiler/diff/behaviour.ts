/** What a rule runs in one canonical form: plans replaced by what they do, models by who they are, options by what holds at each step. */
import {
  canonicalJson,
  type ElseBranch,
  type Expression,
  type GateCondition,
  type Options,
} from "../../runtime/table/artifact.ts";

/** What names in expressions mean. */
export interface Meanings {
  readonly plans: ReadonlyMap<string, Expression>;
  /** By name, what tells one model from another. */
  readonly models: ReadonlyMap<string, string>;
}

/** Equal for two expressions that do the same. Options of models and providers are facts of these, and not in it. */
export function behaviourOf(run: Expression, meanings: Meanings): string {
  return canonicalJson(normalise(run, {}, meanings));
}

/** An expression without plans, its models' names replaced by their identities. */
function normalise(run: Expression, inherited: Options, meanings: Meanings): Expression {
  const options = nearest(run.kind === "reject" ? undefined : run.with, inherited);
  const within = (inner: Expression): Expression => normalise(inner, options, meanings);
  const identity = (model: string): string => meanings.models.get(model) ?? model;
  const call = (model: string): Expression => ({ kind: "call", model: identity(model), with: options });
  switch (run.kind) {
    case "reject":
      return run;
    case "call":
      return call(run.model);
    case "plan": {
      const plan = meanings.plans.get(run.plan);
      if (plan === undefined) throw new Error(`no plan ${run.plan} in the program`);
      return within(plan);
    }
    case "else":
      return flattened(
        within(run.first),
        run.then.map(({ on, run: branch }) => ({ on: on.toSorted(), run: within(branch) })),
      );
    case "select":
    case "adaptive": {
      const [only, ...others] = run.models;
      if (only !== undefined && others.length === 0) return call(only);
      return { ...run, models: run.models.map(identity), with: options };
    }
    case "spread": {
      const sides = run.sides.map(({ model, share }) => ({ model: identity(model), share }));
      const [only, ...others] = run.sides;
      return only !== undefined && others.length === 0
        ? call(only.model)
        : { ...run, name: stickyName(run), sides, with: options };
    }
    case "split":
      return {
        kind: "split",
        ...(run.by !== undefined && { by: run.by }),
        name: stickyName(run),
        sides: run.sides.map(({ share, run: side }) => ({ share, run: within(side) })),
      };
    case "cascade":
      return {
        kind: "cascade",
        steps: run.steps.map(({ run: step, accept }) => ({
          run: within(step),
          ...(accept && { accept: gate(accept, identity) }),
        })),
      };
    case "hedge":
      return {
        kind: "hedge",
        first: within(run.first),
        then: run.then.map(({ after, run: side }) => ({ after, run: within(side) })),
      };
  }
}

/** `retries` and what they are for are one option. */
function nearest(own: Options | undefined, inherited: Options): Options {
  if (own?.retries === undefined) return { ...inherited, ...own };
  const { retry_on: _, ...rest } = inherited;
  return { ...rest, ...own };
}

/** A name is hashed only where the draw is sticky. */
function stickyName({ by, name }: { readonly by?: string; readonly name: string }): string {
  return by === undefined ? "" : name;
}

/**
 * Chains within chains as one chain, where that is the same: always at the beginning, since a failure goes to the first
 * later branch that covers it; in a branch where it takes nothing that the branch itself would not.
 */
function flattened(first: Expression, branches: readonly ElseBranch[]): Expression {
  const then = branches.flatMap(({ on, run }): ElseBranch[] =>
    run.kind === "else" && run.then.every((inner) => inner.on.every((failure) => on.includes(failure)))
      ? [{ on, run: run.first }, ...run.then]
      : [{ on, run }],
  );
  return first.kind === "else"
    ? { kind: "else", first: first.first, then: [...first.then, ...then] }
    : { kind: "else", first, then };
}

function gate(condition: GateCondition, identity: (model: string) => string): GateCondition {
  if (condition.kind !== "test") return { ...condition, of: condition.of.map((part) => gate(part, identity)) };
  const { judge } = condition;
  return judge === undefined ? condition : { ...condition, judge: { ...judge, model: identity(judge.model) } };
}
