/** Rows over regions as SQL conditions over the values that were read; of texts with patterns, over their regions. */
import type { Accepts, Attribute, AttributeType, Cut, StringDomain } from "../../runtime/table/artifact.ts";
import { number, readColumn } from "./sql-attributes.ts";
import { type Dialect, identifier, OWN } from "./sql-dialect.ts";

/** The condition under which one of `rows` accepts a request; NULL where that depends on what is not known. */
export function condition(rows: readonly Accepts[], attributes: readonly Attribute[], dialect: Dialect): string {
  if (rows.length === 0) return "FALSE";
  const each = rows.map((row) => all(testsOf(row, attributes, dialect)));
  return each.includes("TRUE") ? "TRUE" : any(each);
}

function testsOf(when: Accepts, attributes: readonly Attribute[], dialect: Dialect): string[] {
  return attributes.flatMap((attribute) =>
    Object.hasOwn(when, attribute.name) ? [test(attribute, when[attribute.name] ?? [], dialect)] : [],
  );
}

function all(conditions: readonly string[]): string {
  const some = conditions.filter((each) => each !== "TRUE");
  return some.length === 0 ? "TRUE" : joined(some, "AND");
}

function any(conditions: readonly string[]): string {
  return joined([...new Set(conditions)], "OR");
}

function joined(conditions: readonly string[], operator: "AND" | "OR"): string {
  const [only = "", ...more] = conditions;
  if (more.length === 0) return only;
  return conditions.map((each) => (/ (?:AND|OR) /.test(each) ? `(${each})` : each)).join(` ${operator} `);
}

function test({ name, type, domain }: Attribute, ranges: Accepts[string], dialect: Dialect): string {
  const value = readColumn(name);
  switch (domain?.kind) {
    case "bool": {
      const [first, last] = [ranges[0]?.[0], ranges.at(-1)?.[1]];
      return first === last ? (first === 1 ? value : `NOT ${value}`) : "TRUE";
    }
    case "members": {
      const accepted = domain.regions.filter((_, region) => isWithin(region, ranges));
      const others = domain.regions.filter((_, region) => !isWithin(region, ranges));
      return oneOf(value, accepted.flat(), others.flat(), dialect);
    }
    case "numbers":
      return any(ranges.map(([first, last]) => between(value, type, domain.cuts[first - 1], domain.cuts[last])));
    case "strings":
      return domain.patterns.length > 0 ? amongRegions(name, ranges) : amongTexts(value, domain, ranges, dialect);
    default:
      throw new Error(`attribute ${name} is tested but has no domain`);
  }
}

function isWithin(region: number, ranges: Accepts[string]): boolean {
  return ranges.some(([first, last]) => region >= first && region <= last);
}

/** By the texts that are accepted or by those that are not, whichever are fewer. */
function oneOf(value: string, accepted: readonly string[], others: readonly string[], dialect: Dialect): string {
  return accepted.length <= others.length ? isIn(value, accepted, dialect) : isNotIn(value, others, dialect);
}

export function isIn(value: string, texts: readonly string[], dialect: Dialect): string {
  const [only, ...more] = texts;
  if (only === undefined) return `${value} <> ${value}`;
  return more.length === 0
    ? `${value} = ${dialect.text(only)}`
    : `${value} IN (${[only, ...more].map(dialect.text).join(", ")})`;
}

function isNotIn(value: string, texts: readonly string[], dialect: Dialect): string {
  const [only, ...more] = texts;
  if (only === undefined) return `${value} = ${value}`;
  return more.length === 0
    ? `${value} <> ${dialect.text(only)}`
    : `${value} NOT IN (${[only, ...more].map(dialect.text).join(", ")})`;
}

/** A text that is none of the constants has the one region that is left. */
function amongTexts(value: string, domain: StringDomain, ranges: Accepts[string], dialect: Dialect): string {
  const { "": rest } = domain.others;
  const constants = Object.entries(domain.constants);
  const texts = (accepted: boolean): string[] =>
    constants.flatMap(([text, region]) => (isWithin(region, ranges) === accepted ? [text] : []));
  return rest !== undefined && isWithin(rest, ranges)
    ? isNotIn(value, texts(false), dialect)
    : isIn(value, texts(true), dialect);
}

/** Beyond the first cut and not beyond the second; TRUE where there is neither. */
function between(value: string, type: AttributeType, lower: Cut | undefined, upper: Cut | undefined): string {
  const bound = (at: number): string => number(type, at);
  return all([
    ...(lower === undefined
      ? []
      : ["from" in lower ? `${value} >= ${bound(lower.from)}` : `${value} > ${bound(lower.above)}`]),
    ...(upper === undefined
      ? []
      : ["from" in upper ? `${value} < ${bound(upper.from)}` : `${value} <= ${bound(upper.above)}`]),
  ]);
}

/** The column of a text's region. */
export function regionColumn(name: string): string {
  return identifier(`${OWN}${name} region`);
}

function amongRegions(name: string, ranges: Accepts[string]): string {
  const region = regionColumn(name);
  return any(
    ranges.map(([first, last]) => (first === last ? `${region} = ${first}` : `${region} BETWEEN ${first} AND ${last}`)),
  );
}
