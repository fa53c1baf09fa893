/** Ways through a plan: what models must do for a request to come to its further steps. */
import type { Trace } from "../../runtime/simulation/index.ts";
import {
  type Expression,
  FAILED,
  type Failure,
  type GateCondition,
  partsOf,
  type ValueTest,
} from "../../runtime/table/artifact.ts";
import type { Given, Plan } from "../program/program.ts";

type Facts = ReadonlyMap<string, boolean | number | string>;
type Behaviours = ReadonlyMap<string, Given>;

/** Requests that are tried for one rule. */
const MOST_RUNS = 400;
/** Tests of one gate that are combined; of more, all are made true, or all false. */
const MOST_COMBINED = 4;

/** An expression with those of the plans that it runs. */
export function expressionsIn(run: Expression, plans: readonly Plan[]): readonly Expression[] {
  const byName = new Map(plans.map((plan) => [plan.name, plan.run]));
  const found = new Set<Expression>();
  const visit = (expression: Expression): void => {
    if (found.has(expression)) return;
    found.add(expression);
    for (const part of partsOf(expression)) visit(part);
    const plan = expression.kind === "plan" ? byName.get(expression.plan) : undefined;
    if (plan !== undefined) visit(plan);
  };
  visit(run);
  return [...found];
}

/**
 * Tries what else models could do, from the answer that came: that they fail, that a gate sees something else. `run`
 * carries the request out with these behaviours, and says whether it is worth going on from there.
 */
export function explore(expressions: readonly Expression[], run: (given: readonly Given[]) => Trace | undefined): void {
  const failures = failuresIn(expressions);
  const facts = expressions.flatMap((expression) =>
    expression.kind === "cascade" ? expression.steps.flatMap(({ accept }) => (accept ? factsFor(accept) : [])) : [],
  );
  const open: Behaviours[] = [new Map()];
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    const behaviours = open.pop();
    if (behaviours === undefined) return;
    const trace = run([...behaviours.values()]);
    if (trace === undefined) continue;
    // The last pushed is tried first: to fail is the shortest way to the next step.
    for (const next of alternatives(trace, behaviours, failures, facts).toReversed()) open.push(next);
  }
}

function alternatives(
  { attempts }: Trace,
  behaviours: Behaviours,
  failures: readonly Failure[],
  facts: readonly Facts[],
): Behaviours[] {
  const answered = attempts.filter(
    ({ end, model }) => (end === "answered" || end === "declined") && !behaviours.has(model),
  );
  return answered.toReversed().flatMap(({ model, judge, end }) => {
    const given: Given[] = judge
      ? [{ kind: "answers", model, facts: new Map([["answer", "0"]]) }]
      : [
          ...(end === "answered"
            ? failures.map((failure): Given => ({ kind: "fails", models: [model], failure }))
            : []),
          ...facts.map((each): Given => ({ kind: "answers", model, facts: each })),
        ];
    return given.map((each) => new Map([...behaviours, [model, each]]));
  });
}

/** A failure for each set that some `else` covers; and slowness, where that starts a hedge's next side. */
function failuresIn(expressions: readonly Expression[]): readonly Failure[] {
  const sets = expressions.flatMap((expression) =>
    expression.kind === "else" ? expression.then.map(({ on }) => on) : [],
  );
  const found = new Set<Failure>(["server_error"]);
  for (const on of sets) {
    const own = on.filter((failure) => !FAILED.includes(failure));
    const telling = own[0] ?? on[0];
    if (telling !== undefined && (own.length > 0 || on.every((failure) => !found.has(failure)))) found.add(telling);
  }
  if (expressions.some(({ kind }) => kind === "hedge")) found.add("timeout");
  return [...found];
}

/** Facts of answers that make the tests of a gate come out in every combination. */
export function factsFor(gate: GateCondition): readonly Facts[] {
  const tests = new Map<string, readonly [boolean | number | string, boolean | number | string]>();
  const visit = (condition: GateCondition): void => {
    if (condition.kind !== "test") for (const part of condition.of) visit(part);
    else if (condition.fact !== "judge") {
      const both = valuesFor(condition.fact, condition.test);
      if (both !== undefined) tests.set(condition.fact, both);
    }
  };
  visit(gate);
  const all = [...tests];
  const choices = all.length <= MOST_COMBINED ? 2 ** all.length : 2;
  return Array.from({ length: choices }, (_, choice) => {
    const bits = all.length <= MOST_COMBINED ? choice : -choice;
    return new Map(all.map(([fact, values], bit) => [fact, values[(bits >> bit) & 1] as boolean | number | string]));
  }).filter((facts) => facts.size > 0);
}

/** A value for which a test fails, and one for which it holds; undefined where none is known. */
function valuesFor(
  fact: string,
  test: ValueTest,
): readonly [boolean | number | string, boolean | number | string] | undefined {
  switch (test.kind) {
    case "true":
      return [false, true];
    case "members": {
      const other = ["stop", "length", "tools", "filtered"].find((member) => !test.members.includes(member));
      const [member] = test.members;
      return other === undefined || member === undefined ? undefined : [other, member];
    }
    case "interval": {
      const [least, most] = fact === "confidence" ? [0, 1] : [0, 1_000_000];
      const inside = test.from?.value ?? test.to?.value ?? least;
      const holds = test.from?.included === false || test.to?.included === false ? (test.from ? most : least) : inside;
      return [test.from === undefined ? most : least, holds];
    }
    case "equals":
      return ["something else", test.text];
    case "prefix":
    case "suffix":
    case "contains":
      return ["something else", test.text];
    case "regex":
      return undefined;
  }
}
