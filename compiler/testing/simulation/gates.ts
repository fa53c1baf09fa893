/** Gates by a second reading of what they say: of the answer as the provider was told to give it. */
import type { Attempt, Trace } from "../../../runtime/simulation/index.ts";
import { type Place, partPlace, placeOfPlan, placeOfRule } from "../../../runtime/simulation/places.ts";
import { type Expression, type GateCondition, partsOf, type ValueTest } from "../../../runtime/table/artifact.ts";
import type { Program } from "../../program/program.ts";
import type { Invariant } from "./invariant.ts";

type Fact = boolean | number | string;

/** Each gate's verdict is that of the answer, as far as no judge is asked. */
export function gateInvariant(program: Program): Invariant {
  const gates = gatesIn(program);
  return ({ gates: verdicts }: Trace) => {
    for (const { place, accepted, of } of verdicts) {
      const gate = gates.get(place);
      const right = gate && of && verdictOf(gate, of);
      if (right === undefined || right === accepted) continue;
      return {
        invariant: "gates go by the answer",
        said: `the gate behind \`${of?.model}\` ${accepted ? "accepts" : "declines"} an answer that it should not`,
      };
    }
    return undefined;
  };
}

/** By the place of their step. */
function gatesIn({ plans, routes }: Program): ReadonlyMap<Place, GateCondition> {
  const found = new Map<Place, GateCondition>();
  const visit = (run: Expression, place: Place): void => {
    for (const [index, part] of partsOf(run).entries()) {
      const accept = run.kind === "cascade" ? run.steps[index]?.accept : undefined;
      if (accept !== undefined) found.set(partPlace(place, index), accept);
      visit(part, partPlace(place, index));
    }
  };
  for (const { name, run } of plans) visit(run, placeOfPlan(name));
  for (const { names, rules } of routes)
    for (const [index, { run }] of rules.entries()) visit(run, placeOfRule(names[0] ?? "", index));
  return found;
}

/** Undefined where it hangs on a judge, or on what the answer does not say. */
function verdictOf(gate: GateCondition, attempt: Attempt): boolean | undefined {
  switch (gate.kind) {
    case "test": {
      const value = factOf(gate.fact, attempt);
      return value === undefined ? undefined : passes(gate.test, value);
    }
    case "not": {
      const inner = gate.of[0] && verdictOf(gate.of[0], attempt);
      return inner === undefined ? undefined : !inner;
    }
    default: {
      const deciding = gate.kind === "or";
      const verdicts = gate.of.map((part) => verdictOf(part, attempt));
      if (verdicts.includes(deciding)) return deciding;
      return verdicts.includes(undefined) ? undefined : !deciding;
    }
  }
}

function factOf(fact: string, { met }: Attempt): Fact | undefined {
  if (met === undefined) return undefined;
  if ("fails" in met) return met.fails === "refused" && fact === "refused" ? true : undefined;
  const { confidence = 1, refused = false, finish = "stop", answer, valid_json } = met.answers;
  switch (fact) {
    case "confidence":
      return confidence;
    case "refused":
      return refused;
    case "finish":
      return finish;
    case "answer":
      return answer;
    case "valid_json":
      return valid_json;
    case "output_tokens":
      return (met.reports ?? 1) === 1 ? met.answers.output_tokens : undefined;
    default:
      return undefined;
  }
}

function passes(test: ValueTest, value: Fact): boolean | undefined {
  switch (test.kind) {
    case "true":
      return value === true;
    case "members":
      return test.members.includes(String(value));
    case "interval": {
      const [number, { from, to }] = [value as number, test];
      const isAbove = from === undefined || number > from.value || (from.included && number === from.value);
      return isAbove && (to === undefined || number < to.value || (to.included && number === to.value));
    }
    case "equals":
      return value === test.text;
    case "prefix":
      return String(value).startsWith(test.text);
    case "suffix":
      return String(value).endsWith(test.text);
    case "contains":
      return String(value).includes(test.text);
    case "regex":
      return undefined;
  }
}
