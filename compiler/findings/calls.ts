/** The calls that can answer for a plan, with what holds of each; judges, which answer for nobody, are left out. */
import { type Expression, modelsIn, type Options, partsOf } from "../../runtime/table/artifact.ts";
import { type Facts, named, optionsOf } from "../proofs/facts.ts";

export interface Call {
  readonly model: string;
  readonly options: Options;
}

/** What an expression can end in: calls, and whether a `reject` is among them. */
export interface Ends {
  readonly calls: readonly Call[];
  readonly rejects: boolean;
}

export function endsOf(run: Expression, facts: Facts, outer: Options = {}): Ends {
  if (run.kind === "reject") return { calls: [], rejects: true };
  const options = { ...outer, ...run.with };
  if (run.kind === "plan") return endsOf(named(run.plan, facts.plans), facts, options);
  const own = run.kind === "cascade" ? [] : modelsIn(run);
  const parts = partsOf(run).map((part) => endsOf(part, facts, options));
  return {
    calls: [
      ...own.map((model): Call => ({ model, options: optionsOf(model, options, facts) })),
      ...parts.flatMap(({ calls }) => calls),
    ],
    rejects: parts.some(({ rejects }) => rejects),
  };
}
