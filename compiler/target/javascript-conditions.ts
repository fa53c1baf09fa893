/** Rows over regions as JavaScript conditions over the values themselves; of texts, over their regions. */
import type { Accepts, Attribute, Cut } from "../../runtime/table/artifact.ts";
import { literal, variable } from "./javascript-literal.ts";

/** Of which one at least must hold. */
type Alternatives = readonly string[];

/** The condition under which one of `rows` accepts a request: over several lines, those after the first indented. */
export function condition(rows: readonly Accepts[], attributes: readonly Attribute[], indent: string): string {
  const each = rows.map((row) => rowCondition(row, attributes));
  const [only = "false", ...more] = each;
  if (more.length === 0) return only;
  return `\n${indent}  ${each.map((row) => (row.includes(" && ") ? `(${row})` : row)).join(` ||\n${indent}  `)}\n${indent}`;
}

function rowCondition(when: Accepts, attributes: readonly Attribute[]): string {
  const tests = attributes.flatMap((attribute): Alternatives[] =>
    Object.hasOwn(when, attribute.name) ? [test(attribute, when[attribute.name] ?? [])] : [],
  );
  const [only = ["true"], ...more] = tests;
  if (more.length === 0) return only.join(" || ");
  return tests.map((any) => (any.length === 1 ? any[0] : `(${any.join(" || ")})`)).join(" && ");
}

function test({ name, domain }: Attribute, ranges: Accepts[string]): Alternatives {
  const value = variable(name);
  switch (domain?.kind) {
    case "bool": {
      const [first, last] = [ranges[0]?.[0], ranges.at(-1)?.[1]];
      return first === last ? [first === 1 ? value : `!${value}`] : ["true"];
    }
    case "members":
      return oneOf(value, domain.regions, ranges);
    case "numbers":
      return ranges.map(([first, last]) => between(value, domain.cuts[first - 1], domain.cuts[last]));
    case "strings":
      return ranges.map(([first, last]) => amongRegions(value, first, last, domain.regions - 1));
    default:
      throw new Error(`attribute ${name} is tested but has no domain`);
  }
}

/** By the members that are accepted or by those that are not, whichever are fewer. */
function oneOf(value: string, regions: readonly string[][], ranges: Accepts[string]): Alternatives {
  const accepted = regions.filter((_, region) => ranges.some(([first, last]) => region >= first && region <= last));
  const others = regions.filter((members) => !accepted.includes(members)).flat();
  const members = accepted.flat();
  if (members.length <= others.length) return members.map((member) => `${value} === ${literal(member)}`);
  return [others.map((member) => `${value} !== ${literal(member)}`).join(" && ") || "true"];
}

/** Beyond the first cut and not beyond the second; undefined where there is none. */
function between(value: string, lower: Cut | undefined, upper: Cut | undefined): string {
  const bounds = [
    ...(lower === undefined ? [] : ["from" in lower ? `${value} >= ${lower.from}` : `${value} > ${lower.above}`]),
    ...(upper === undefined ? [] : ["from" in upper ? `${value} < ${upper.from}` : `${value} <= ${upper.above}`]),
  ];
  return bounds.join(" && ") || "true";
}

function amongRegions(value: string, first: number, last: number, greatest: number): string {
  if (first === last) return `${value} === ${first}`;
  const bounds = [...(first > 0 ? [`${value} >= ${first}`] : []), ...(last < greatest ? [`${value} <= ${last}`] : [])];
  return bounds.join(" && ") || "true";
}
