/** Gates of a cascade: whether an answer will do. */
import type { GateCondition, GateTest, Pattern, ValueTest } from "../table/index.ts";
import { compileAutomaton } from "../table/match-automaton.ts";
import type { Answer } from "./answer.ts";
import { member, parse, text } from "./json.ts";
import type { LinkedCall } from "./linked.ts";
import { fits } from "./valid-json.ts";

export type Gate =
  | { readonly kind: "and" | "or" | "not"; readonly of: readonly Gate[] }
  | { readonly kind: "test"; readonly fact: Fact | LinkedJudge; readonly accepts: (value: FactValue) => boolean };

type Fact = Exclude<GateTest["fact"], "judge">;
type FactValue = boolean | number | string;

/** A model that is asked how good an answer is. */
export interface LinkedJudge {
  readonly kind: "judge";
  readonly call: LinkedCall;
  readonly prompt: string;
}

/** What a gate goes by. */
export interface Gated {
  readonly answer: Answer;
  /** The request's `response_format`. */
  readonly format: () => unknown;
  /** Scores of the judges that were asked; undefined of one that gave none. */
  readonly scores: ReadonlyMap<LinkedJudge, number | undefined>;
}

/** `judgeOf` gives the same judge for the same model and prompt. */
export function linkGate(condition: GateCondition, judgeOf: (model: string, prompt: string) => LinkedJudge): Gate {
  if (condition.kind !== "test") return { kind: condition.kind, of: condition.of.map((of) => linkGate(of, judgeOf)) };
  const { fact, judge, test } = condition;
  const accepts = testOf(test);
  if (fact !== "judge") return { kind: "test", fact, accepts };
  if (judge === undefined) throw new Error("a gate asks a judge and does not say which");
  return { kind: "test", fact: judgeOf(judge.model, judge.prompt), accepts };
}

/** Whether a condition tests this fact of an answer. */
export function isTested(fact: Fact, condition: GateCondition): boolean {
  return condition.kind === "test" ? condition.fact === fact : condition.of.some((of) => isTested(fact, of));
}

/**
 * Whether `gate` accepts; or the judge that has to be asked before that can be said; or undefined where it cannot be
 * said at all (Kleene's strong logic of three values). Judges are asked in the order in which they are written.
 */
export function decide(gate: Gate, gated: Gated): boolean | undefined | LinkedJudge {
  switch (gate.kind) {
    case "and":
      return combine(gate.of, false, gated);
    case "or":
      return combine(gate.of, true, gated);
    case "not": {
      const [operand] = gate.of;
      const inner = operand && decide(operand, gated);
      return typeof inner === "boolean" ? !inner : inner;
    }
    case "test": {
      if (typeof gate.fact !== "string" && !gated.scores.has(gate.fact)) return gate.fact;
      const value = typeof gate.fact === "string" ? factOf(gate.fact, gated) : gated.scores.get(gate.fact);
      return value === undefined ? undefined : gate.accepts(value);
    }
  }
}

/** `deciding`: the value of an operand that settles the whole. No judge is asked where another operand settles it. */
function combine(operands: readonly Gate[], deciding: boolean, gated: Gated): boolean | undefined | LinkedJudge {
  let judge: LinkedJudge | undefined;
  let unknown = false;
  for (const operand of operands) {
    const value = decide(operand, gated);
    if (value === deciding) return deciding;
    if (value === undefined) unknown = true;
    else if (typeof value === "object") judge ??= value;
  }
  return judge ?? (unknown ? undefined : !deciding);
}

function factOf(fact: Fact, { answer, format }: Gated): FactValue | undefined {
  switch (fact) {
    case "confidence":
      return answer.confidence;
    case "refused":
      return answer.refused;
    case "valid_json":
      return areValid(answer.texts, format());
    case "finish":
      return answer.finish;
    case "output_tokens":
      return answer.outputTokens;
    case "answer":
      return answer.text;
  }
}

/** Whether all choices are JSON, as the request's format wants it; undefined where its schema cannot be used. */
function areValid(texts: readonly string[], format: unknown): boolean | undefined {
  const values = texts.map(parse);
  if (values.length === 0 || values.includes(undefined)) return false;
  const type = text(member(format, "type"));
  if (type === "json_object") return values.every(isObject);
  const schema = type === "json_schema" ? member(member(format, "json_schema"), "schema") : undefined;
  if (schema === undefined) return true;
  const valid = values.map((value) => fits(schema, value));
  return valid.includes(false) ? false : valid.includes(undefined) ? undefined : true;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is held against. */
export function testOf(test: ValueTest): (value: FactValue) => boolean {
  switch (test.kind) {
    case "true":
      return (value) => value === true;
    case "members":
      return (value) => test.members.includes(String(value));
    case "interval": {
      const { from, to } = test;
      return (value) =>
        typeof value === "number" &&
        (from === undefined || value > from.value || (from.included && value === from.value)) &&
        (to === undefined || value < to.value || (to.included && value === to.value));
    }
    case "equals":
      return (value) => value === test.text;
    default: {
      const matches = matcherOf(test);
      return (value) => typeof value === "string" && matches(value);
    }
  }
}

function matcherOf(pattern: Pattern): (text: string) => boolean {
  switch (pattern.kind) {
    case "prefix":
      return (given) => given.startsWith(pattern.text);
    case "suffix":
      return (given) => given.endsWith(pattern.text);
    case "contains":
      return (given) => given.includes(pattern.text);
    case "regex":
      return compileAutomaton(pattern.states);
  }
}
