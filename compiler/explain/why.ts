/** Why a rule took a request, or did not: each comparison as it is written, and what it came to. */
import type { Value } from "../../runtime/table/artifact.ts";
import { valueText } from "../analysis/witness.ts";
import type { Place } from "../diagnostics/index.ts";
import { holds } from "../program/interpret.ts";
import type { Attribute, Condition, Match, Route, Rule } from "../program/program.ts";
import type { Condition as TreeCondition } from "../syntax/tree.ts";

/** The values of a request by attribute. A signal that the decision had no need of is absent. */
export type KnownValues = ReadonlyMap<string, Value>;

/** A comparison, or a name that stands for a condition, or the patterns of an arm. */
export interface Part {
  readonly place: Place;
  /** Undefined where it tests what nobody had to find out. */
  readonly holds: boolean | undefined;
  /** Whether it has a say in what the rule comes to: the one side of an `or` that holds has, the other has not. */
  readonly decides: boolean;
  /** What the request says of what it tests, such as `tier is pro`. */
  readonly says: string;
}

/** What became of a rule. */
export interface RuleTrace {
  readonly index: number;
  readonly rule: Rule;
  /** Whether it would take the request, were it asked; undefined where that depends on what nobody had to find out. */
  readonly holds: boolean | undefined;
  /** Of all conditions that it stands under, in the order in which they are written. */
  readonly parts: readonly Part[];
}

export function traceRule(route: Route, index: number, values: KnownValues): RuleTrace {
  const rule = route.rules[index] as Rule;
  const whens = route.whens.filter(({ first, end }) => first <= index && index < end);
  const parts = whens.flatMap(({ written, condition, place }) => partsOf(written, condition, place.file, values, true));
  const match = route.matches.find(({ first, end }) => first <= index && index < end);
  const own = match === undefined ? [] : [armOf(rule, match, values)];
  return { index, rule, holds: outcome(rule.condition, values), parts: [...parts, ...own] };
}

/** What keeps a rule from taking the request. */
export function obstacles({ parts }: RuleTrace): readonly Part[] {
  return parts.filter(({ holds, decides }) => decides && holds === false);
}

function partsOf(
  written: TreeCondition,
  condition: Condition,
  file: string,
  values: KnownValues,
  decides: boolean,
): readonly Part[] {
  if (written.kind === "parens") return partsOf(written.condition, condition, file, values, decides);
  const value = outcome(condition, values);
  if ((written.kind === "and" || written.kind === "or") && "operands" in condition) {
    // An `and` that holds, and an `or` that does not, rest on all of their sides; else on those that come to the same.
    const onAll = value === (written.kind === "and");
    return written.operands.flatMap((operand, at) => {
      const part = condition.operands[at] as Condition;
      return partsOf(operand, part, file, values, decides && (onAll || outcome(part, values) === value));
    });
  }
  return [{ place: { file, span: written.span }, holds: value, decides, says: said(condition, values) }];
}

function armOf(rule: Rule, { operands }: Match, values: KnownValues): Part {
  return {
    place: rule.place,
    holds: outcome(rule.condition, values),
    decides: true,
    says: operands.map((operand) => saidOf(operand, values)).join(", "),
  };
}

/** Kleene's logic of three values: a part that is not known leaves the whole open only where it matters. */
function outcome(condition: Condition, values: KnownValues): boolean | undefined {
  switch (condition.kind) {
    case "and":
    case "or": {
      const decisive = condition.kind === "or";
      const operands = condition.operands.map((operand) => outcome(operand, values));
      if (operands.includes(decisive)) return decisive;
      return operands.includes(undefined) ? undefined : !decisive;
    }
    case "not": {
      const operand = outcome(condition.operand, values);
      return operand === undefined ? undefined : !operand;
    }
    case "atom":
      return values.has(condition.attribute.name) ? holds(condition, values) : undefined;
    case "always":
      return true;
  }
}

function said(condition: Condition, values: KnownValues): string {
  const attributes = new Set<Attribute>();
  collect(condition, attributes);
  const names = new Map([...attributes].map((attribute) => [attribute.name, attribute]));
  return [...names.values()].map((attribute) => saidOf(attribute, values)).join(", ");
}

function saidOf(attribute: Attribute, values: KnownValues): string {
  const value = values.get(attribute.name);
  return value === undefined
    ? `${attribute.name} was not asked for`
    : `${attribute.name} is ${valueText(attribute, value)}`;
}

function collect(condition: Condition, into: Set<Attribute>): void {
  if (condition.kind === "atom") into.add(condition.attribute);
  else if (condition.kind === "not") collect(condition.operand, into);
  else if (condition.kind !== "always") for (const operand of condition.operands) collect(operand, into);
}
