/** From regions back to a request that a person can read. */

import type { AttributeType } from "../../runtime/table/artifact.ts";
import { lookup, regionOf, type Value, valueToJson } from "../../runtime/table/artifact.ts";
import type { Witness } from "../diagnostics/index.ts";
import type { Values } from "../program/interpret.ts";
import type { Attribute, Program, Route } from "../program/program.ts";
import type { Type } from "../program/types.ts";
import { spell } from "../syntax/literals.ts";
import { type Box, regionsAt, type Space } from "./boxes.ts";

/** A value of every attribute that the analysis knows, in the regions of a box: the default where it lies in them. */
export function valuesIn(box: Box, space: Space, route: Pick<Route, "names">): Values {
  return new Map(
    space.partitions.map(({ attribute, domain, sample }, index): [string, Value] => {
      const regions = regionsAt(box, index, space);
      const accepts = (value: Value): boolean => {
        const region = regionOf(lookup(domain), value);
        return regions.some(([first, last]) => region >= first && region <= last);
      };
      const preferred =
        attribute.name === "model" ? route.names.find((name) => name !== "*" && accepts(name)) : attribute.default;
      const value = preferred !== undefined && accepts(preferred) ? preferred : sample(regions[0]?.[0] as number);
      return [attribute.name, value];
    }),
  );
}

/**
 * The request that `values` are of, as far as it matters: what `box` tests, and the attributes that every request must
 * give.
 */
export function toWitness(route: string, values: Values, box: Box, space: Space, program: Program): Witness {
  const matters = (attribute: Attribute): boolean => {
    const index = space.indexOf.get(attribute.name);
    return index !== undefined && box[index] !== undefined;
  };
  const shown = [
    ...program.attributes.filter((attribute) => attribute.default === undefined || matters(attribute)),
    ...space.partitions
      .map(({ attribute }) => attribute)
      .filter((each) => !program.attributes.includes(each) && each.name !== "model" && matters(each)),
  ].map((attribute) => ({ attribute, value: values.get(attribute.name) ?? anyValue(attribute) }));
  const of = (kind: "sent" | "signal" | "state") => shown.filter(({ attribute }) => kindOf(attribute) === kind);
  const signals = of("signal").map(({ attribute, value }) => [attribute.name, jsonOf(attribute, value)] as const);
  const state = of("state").map(({ attribute, value }) => [attribute.name, stateOf(attribute, value)] as const);
  return {
    route,
    attributes: Object.fromEntries(
      of("sent").map(({ attribute, value }) => [attribute.name, jsonOf(attribute, value)]),
    ),
    ...(signals.length > 0 && { signals: Object.fromEntries(signals) }),
    ...(state.length > 0 && { state: Object.fromEntries(state) }),
    written: [
      `send ${wordOf(route)} ${fieldsOf(of("sent"))}`,
      ...of("signal").map(({ attribute, value }) => `given ${attribute.name} ${spelled(attribute.type, value)}`),
      ...of("state").map(({ attribute, value }) => givenState(attribute, value)),
    ],
  };
}

interface Shown {
  readonly attribute: Attribute;
  readonly value: Value;
}

function kindOf({ source }: Attribute): "sent" | "signal" | "state" {
  return source.from === "signal" || source.from === "state" ? source.from : "sent";
}

function jsonOf(attribute: Attribute, value: Value): Value {
  return valueToJson(attribute.type as AttributeType, value);
}

/** Of a budget, what was spent as percent of its limit, which is how conditions and `routec explain` see it. */
function stateOf({ type, range, source }: Attribute, value: Value): Value {
  const spent = source.from === "state" && source.read === "spent";
  return spent ? ((value as number) / range[1]) * 100 : valueToJson(type as AttributeType, value);
}

function givenState(attribute: Attribute, value: Value): string {
  const [owner, view] = attribute.name.split(".");
  const state = stateOf(attribute, value);
  return view === "used"
    ? `given ${owner} used ${state}%`
    : `given ${attribute.name} ${spelled(attribute.type, value)}`;
}

function fieldsOf(sent: readonly Shown[]): string {
  if (sent.length === 0) return "{}";
  return `{ ${sent.map(({ attribute, value }) => `${attribute.name} ${spelled(attribute.type, value)}`).join(", ")} }`;
}

/** A value as a person would say it: of a budget, what was spent as percent of its limit. */
export function valueText(attribute: Attribute, value: Value): string {
  const { source, type } = attribute;
  if (source.from === "state" && source.read === "spent") return `${stateOf(attribute, value)}%`;
  return type.kind === "percent" ? `${value}%` : spelled(type, value);
}

/** A value as a policy would write it. */
function spelled(type: Type, value: Value): string {
  if (typeof value === "string") return type.kind === "enum" ? wordOf(value) : JSON.stringify(value);
  if (typeof value === "boolean" || type.kind === "percent") return String(value);
  return type.kind === "score"
    ? spell({ kind: "decimal", value })
    : spell({ kind: type.kind as "int" | "money" | "duration", value });
}

/** A bare word where the language allows one. */
function wordOf(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text !== "true" && text !== "false" ? text : JSON.stringify(text);
}

/** Of an attribute that no rule tests any value will do. */
function anyValue({ type, range }: Attribute): Value {
  switch (type.kind) {
    case "bool":
      return false;
    case "string":
      return "any";
    case "enum":
      return type.members[0] as string;
    default:
      return Math.max(0, range[0]);
  }
}
