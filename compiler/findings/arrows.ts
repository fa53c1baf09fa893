/** The plans that rules run, each with all rules that run it, and where a finding about it is shown. */
import type { Expression } from "../../runtime/table/artifact.ts";
import type { Place } from "../diagnostics/index.ts";
import type { Program, Route, Rule } from "../program/program.ts";

export interface Arrow {
  readonly route: Route;
  /** Of the rule, in its route. */
  readonly index: number;
  readonly rule: Rule;
}

/** What rules run: a plan by its name, or what an arrow says itself. */
export interface Target {
  readonly run: Expression;
  /** With `plan` and its name, or `this plan` of an arrow. */
  readonly said: string;
  readonly place: Place;
  readonly arrows: readonly Arrow[];
}

/**
 * In the order of the rules. Routes of `route each` are left out: there clients ask for a model by its name, and get what
 * it can do.
 */
export function targetsOf(program: Program): Target[] {
  const each = new Set(
    program.files.flatMap(({ name, tree }) =>
      tree.declarations.flatMap((node) =>
        node.kind === "route" && node.each !== undefined ? [`${name}:${node.keyword.start}`] : [],
      ),
    ),
  );
  const arrows = program.routes
    .filter(({ place }) => !each.has(`${place.file}:${place.span.start}`))
    .flatMap((route) => route.rules.map((rule, index): Arrow => ({ route, index, rule })));
  return [...Map.groupBy(arrows, ({ rule }) => JSON.stringify(rule.run)).values()].map((alike): Target => {
    const { run, place } = (alike[0] as Arrow).rule;
    return run.kind === "plan"
      ? { run, said: `plan \`${run.plan}\``, place: placeOfPlan(run.plan, program), arrows: alike }
      : { run, said: "this plan", place, arrows: alike };
  });
}

/** Where a plan has its name. */
export function placeOfPlan(name: string, { files }: Program): Place {
  for (const file of files)
    for (const node of file.tree.declarations)
      if (node.kind === "plan" && node.name.text === name) return { file: file.name, span: node.name.span };
  throw new Error(`no plan is called ${name}`);
}
