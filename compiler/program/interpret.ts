/**
 * What a checked program means, the plain way: rules from the top, conditions as written. Slow and obvious, so that
 * whatever is clever can be held against it.
 */
import type { Atom, Condition, Route } from "./program.ts";

/** A value as rules see it: money in nano-dollars, durations in milliseconds. */
export type Values = ReadonlyMap<string, boolean | number | string>;

/** The index of the first rule whose condition holds; undefined when none does. */
export function interpret(route: Route, values: Values): number | undefined {
  const index = route.rules.findIndex((rule) => holds(rule.condition, values));
  return index < 0 ? undefined : index;
}

/** Whether a condition holds. Every attribute that it tests must have a value. */
export function holds(condition: Condition, values: Values): boolean {
  switch (condition.kind) {
    case "always":
      return true;
    case "and":
      return condition.operands.every((operand) => holds(operand, values));
    case "or":
      return condition.operands.some((operand) => holds(operand, values));
    case "not":
      return !holds(condition.operand, values);
    case "atom": {
      const value = values.get(condition.attribute.name);
      if (value === undefined) throw new Error(`attribute ${condition.attribute.name} has no value`);
      return atomHolds(condition.atom, value);
    }
  }
}

export function atomHolds(atom: Atom, value: boolean | number | string): boolean {
  switch (atom.kind) {
    case "true":
      return value === true;
    case "members":
      return atom.members.includes(value as string);
    case "interval": {
      const { from, to } = atom;
      const number = value as number;
      return (
        (from === undefined || (from.included ? number >= from.value : number > from.value)) &&
        (to === undefined || (to.included ? number <= to.value : number < to.value))
      );
    }
    case "text":
      return textHolds(atom.atom, value as string);
  }
}

function textHolds(atom: Extract<Atom, { kind: "text" }>["atom"], text: string): boolean {
  switch (atom.kind) {
    case "equals":
      return text === atom.text;
    case "prefix":
      return text.startsWith(atom.text);
    case "suffix":
      return text.endsWith(atom.text);
    case "contains":
      return text.includes(atom.text);
    case "regex":
      return new RegExp(atom.source, atom.ignoreCase ? "i" : "").test(text);
  }
}
