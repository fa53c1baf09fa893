/** From regions back to a request that a person can read. */

import type { AttributeType } from "../../runtime/table/index.ts";
import { lookup, regionOf, type Value, valueToJson } from "../../runtime/table/index.ts";
import type { Values } from "../program/interpret.ts";
import type { Attribute, Program, Route } from "../program/program.ts";
import { type Box, regionsAt, type Space } from "./boxes.ts";

/** A value of every attribute that the analysis knows, in the regions of a box: the default where it lies in them. */
export function valuesIn(box: Box, space: Space, route: Route): Values {
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
 * What a request has to say so that it lies in `box`: the attributes that the box tests, and those that every request
 * must give. Money in dollars.
 */
export function toAttributes(values: Values, box: Box, space: Space, program: Program): Record<string, Value> {
  const shown: [string, Value][] = [];
  for (const attribute of program.attributes) {
    const index = space.indexOf.get(attribute.name);
    const matters = index !== undefined && box[index] !== undefined;
    if (matters || attribute.default === undefined)
      shown.push(show(attribute, values.get(attribute.name) ?? anyValue(attribute)));
  }
  for (const [index, { attribute }] of space.partitions.entries())
    if (attribute.source.from === "builtin" && attribute.name !== "model" && box[index] !== undefined)
      shown.push(show(attribute, values.get(attribute.name) as Value));
  return Object.fromEntries(shown);
}

function show(attribute: Attribute, value: Value): [string, Value] {
  return [attribute.name, valueToJson(attribute.type as AttributeType, value)];
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
