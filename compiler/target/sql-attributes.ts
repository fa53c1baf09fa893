/** How columns are read: as `readAttribute` of runtime/table reads values. */
import {
  type Attribute,
  type AttributeType,
  expectation,
  type Meter,
  type StateSource,
} from "../../runtime/table/artifact.ts";
import { type Dialect, identifier, OWN, SqlError } from "./sql-dialect.ts";

/** The column of an attribute once it was read: defaults in the place of NULL, money in nano-dollars. */
export function readColumn(name: string): string {
  return identifier(`${OWN}${name}`);
}

/**
 * Whether NULL says that the log does not know the value, and not that the request did not say it: what routec finds out
 * by itself is logged only where a decision had need of it.
 */
export function mayBeUnknown({ source }: Attribute): boolean {
  return source.from === "builtin" || source.from === "signal";
}

/** The SQL that reads an attribute from the column of its name. */
export function reading(attribute: Attribute, meters: readonly Meter[], dialect: Dialect): string {
  const { type, source, default: otherwise } = attribute;
  const value = given(attribute, meters, dialect);
  if (otherwise === undefined || source.from === "signal") return value;
  return `coalesce(${value}, ${constant(type, otherwise, dialect)})`;
}

function given({ name, type, source }: Attribute, meters: readonly Meter[], dialect: Dialect): string {
  const column = identifier(name);
  if (isSpent(source)) {
    const limit = `${budgetOf(source.of, meters)}e0`;
    return `least(greatest(${dialect.rounded(`${limit} * ${dialect.double(column)} / 100`)}, 0), ${limit})`;
  }
  return type.kind === "money" ? dialect.rounded(`${dialect.double(column)} * 1e9`) : column;
}

/** What was spent of a budget is told in percent, as in the decision log and to `routec explain`. */
function isSpent(source: Attribute["source"]): source is StateSource {
  return source.from === "state" && source.read === "spent";
}

/** What a column has to hold, for people. */
export function expected({ type, source }: Attribute): string {
  return isSpent(source) ? "a percentage of the budget, such as 95" : expectation(type);
}

function budgetOf(name: string, meters: readonly Meter[]): number {
  const meter = meters.find((each) => each.kind === "budget" && each.name === name);
  if (meter?.kind !== "budget") throw new Error(`the table has no budget ${name}`);
  return meter.limit;
}

/** A value of the table as SQL. */
export function constant(type: AttributeType, value: boolean | number | string, dialect: Dialect): string {
  if (typeof value === "string") return dialect.text(value);
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return number(type, value);
}

/** A number that is compared as the table compares it: whole ones exactly, others as doubles. */
export function number(type: AttributeType, value: number): string {
  const isWhole = type.kind === "int" || type.kind === "duration" || type.kind === "money";
  const text = String(value);
  return isWhole || text.includes("e") ? text : `${text}e0`;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** The condition under which a value that is there is one of the attribute's; undefined where each is. */
export function validity({ name, type, source }: Attribute, dialect: Dialect): string | undefined {
  const column = identifier(name);
  if (isSpent(source)) return `${column} BETWEEN 0 AND ${Number.MAX_VALUE}`;
  switch (type.kind) {
    case "enum":
      return `${column} IN (${type.members.map(dialect.text).join(", ")})`;
    case "bool":
      return `${column} IN (TRUE, FALSE)`;
    case "string":
      return undefined;
    case "int":
      return `${column} BETWEEN -${MOST} AND ${MOST} AND ${column} = floor(${column})`;
    case "duration":
      return `${column} BETWEEN 0 AND ${MOST} AND ${column} = floor(${column})`;
    case "money":
      return `${column} >= 0 AND ${readColumn(name)} <= ${MOST}`;
    case "score":
      return `${column} BETWEEN 0 AND 1`;
    case "percent":
      return `${column} BETWEEN 0 AND ${number(type, Number.MAX_VALUE)}`;
  }
}

/** A column as the head of the query lists it: name, type, what it holds and what NULL stands for. */
export function columnText(
  attribute: Attribute,
  dialect: Dialect,
): readonly [name: string, type: string, about: string] {
  const { name, default: otherwise } = attribute;
  const absent = mayBeUnknown(attribute)
    ? "NULL where it is not known"
    : otherwise === undefined
      ? "required"
      : `NULL is ${JSON.stringify(otherwise)}`;
  return [identifier(name), dialect.types[columnType(attribute)], `${expected(attribute)}; ${absent}`];
}

function columnType({ type, source }: Attribute): keyof Dialect["types"] {
  if (isSpent(source)) return "real";
  switch (type.kind) {
    case "bool":
    case "money":
      return type.kind;
    case "int":
    case "duration":
      return "int";
    case "score":
    case "percent":
      return "real";
    default:
      return "text";
  }
}

/** Columns of DuckDB that differ in case alone are one. @throws {SqlError} */
export function refuseSameColumns(attributes: readonly Attribute[], dialect: Dialect): void {
  if (!dialect.foldsNames) return;
  const known = new Map<string, string>();
  for (const { name } of attributes) {
    const other = known.get(name.toLowerCase());
    if (other !== undefined)
      throw new SqlError(`attributes \`${other}\` and \`${name}\` would be one column of ${dialect.title}: rename one`);
    known.set(name.toLowerCase(), name);
  }
}
