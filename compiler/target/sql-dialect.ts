/** What databases say differently. */
import { STAND_IN } from "../strings/index.ts";

/** The databases that SQL is written for. */
export type SqlDialect = "duckdb" | "clickhouse";

/** A policy that SQL cannot say, and why. */
export class SqlError extends Error {
  override readonly name = "SqlError";
}

export interface Dialect {
  readonly title: string;
  readonly types: Readonly<Record<"bool" | "int" | "real" | "money" | "text" | "nullableText" | "nullableInt", string>>;
  /** Whether column names that differ in case alone are one. */
  readonly foldsNames: boolean;
  text(value: string): string;
  /** Conditions over the SQL of a text. */
  startsWith(value: string, start: string): string;
  endsWith(value: string, end: string): string;
  contains(value: string, part: string): string;
  /** `pattern`: of RE2, in ASCII. */
  matches(value: string, pattern: string): string;
  /** The text with each character beyond U+FFFF replaced by two private ones. */
  doubled(value: string): string;
  /** The nearest whole number, of two the greater, as JavaScript rounds; of what is not negative. */
  rounded(value: string): string;
  double(value: string): string;
  /** All columns but those of ours. */
  readonly others: string;
  /** Those of the texts that are not NULL, with commas between. */
  joined(texts: readonly string[]): string;
}

/** What the names of columns and subqueries of ours begin with. */
export const OWN = "routec ";

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Control and format characters and line ends: a reader would see other code than what runs (CVE-2021-42574). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

const BEYOND = "[\\x{10000}-\\x{10FFFF}]";

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

const DUCKDB: Dialect = {
  title: "DuckDB",
  types: {
    bool: "BOOLEAN",
    int: "BIGINT",
    real: "DOUBLE",
    money: "DECIMAL(18, 9) or DOUBLE",
    text: "VARCHAR",
    nullableText: "VARCHAR",
    nullableInt: "INTEGER",
  },
  foldsNames: true,
  text(value) {
    const characters = (unseen: string): string =>
      Array.from(unseen, (character) => `chr(${character.codePointAt(0)})`).join(" || ");
    const shown = quoted(value).replaceAll(UNSEEN, (unseen) => `' || ${characters(unseen)} || '`);
    return shown === quoted(value) ? shown : `(${shown})`;
  },
  startsWith: (value, start) => `starts_with(${value}, ${DUCKDB.text(start)})`,
  endsWith: (value, end) => `ends_with(${value}, ${DUCKDB.text(end)})`,
  contains: (value, part) => `contains(${value}, ${DUCKDB.text(part)})`,
  matches: (value, pattern) => `regexp_matches(${value}, ${quoted(pattern)})`,
  doubled: (value) => `regexp_replace(${value}, ${quoted(BEYOND)}, repeat(chr(${STAND_IN.charCodeAt(0)}), 2), 'g')`,
  rounded: (value) => `round(${value})`,
  double: (value) => `CAST(${value} AS DOUBLE)`,
  others: `* NOT LIKE '${OWN}%'`,
  joined: (texts) => `concat_ws(', ', ${texts.join(", ")})`,
};

/** Backslashes escape in ClickHouse's texts, which are bytes. */
function escaped(value: string): string {
  const bytes = (unseen: string): string =>
    Array.from(new TextEncoder().encode(unseen), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll(UNSEEN, bytes)}'`;
}

const CLICKHOUSE: Dialect = {
  title: "ClickHouse",
  types: {
    bool: "Bool",
    int: "Int64",
    real: "Float64",
    money: "Decimal(18, 9) or Float64",
    text: "String",
    nullableText: "Nullable(String)",
    nullableInt: "Nullable(Int32)",
  },
  foldsNames: false,
  text: escaped,
  startsWith: (value, start) => `startsWith(${value}, ${CLICKHOUSE.text(start)})`,
  endsWith: (value, end) => `endsWith(${value}, ${CLICKHOUSE.text(end)})`,
  contains: (value, part) => `position(${value}, ${CLICKHOUSE.text(part)}) > 0`,
  matches: (value, pattern) => `match(${value}, ${escaped(pattern)})`,
  doubled: (value) => `replaceRegexpAll(${value}, ${escaped(BEYOND)}, ${escapedPair()})`,
  // Its own `round` goes to the even one.
  rounded: (value) => `floor(${value}) + if(${value} - floor(${value}) >= 0.5, 1, 0)`,
  double: (value) => `toFloat64(${value})`,
  others: `* EXCEPT('^${OWN}')`,
  joined: (texts) => `arrayStringConcat(arrayFilter(name -> name IS NOT NULL, [${texts.join(", ")}]), ', ')`,
};

function escapedPair(): string {
  return escaped(STAND_IN.repeat(2));
}

export const DIALECTS: Readonly<Record<SqlDialect, Dialect>> = { duckdb: DUCKDB, clickhouse: CLICKHOUSE };
