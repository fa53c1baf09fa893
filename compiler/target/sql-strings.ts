/** The regions of texts, found in SQL: by their values, and by the patterns that hold of them. */
import type { Pattern, StringDomain } from "../../runtime/table/artifact.ts";
import { RegexError, re2Match, TooComplex } from "../strings/index.ts";
import { readColumn } from "./sql-attributes.ts";
import { type Dialect, SqlError } from "./sql-dialect.ts";

/** The SQL of an attribute's region; NULL where the text is. @throws {SqlError} where RE2 cannot say a pattern. */
export function regionOf(name: string, domain: StringDomain, dialect: Dialect, indent: string): string {
  const value = readColumn(name);
  const constants = Object.entries(domain.constants);
  const signature = domain.patterns.map((pattern) => `CASE WHEN ${test(pattern, name, dialect)} THEN '1' ELSE '0' END`);
  const others = Object.entries(domain.others).map(([key, region]) => `WHEN '${key}' THEN ${region}`);
  return [
    "CASE",
    `  WHEN ${value} IS NULL THEN NULL`,
    ...constants.map(([text, region]) => `  WHEN ${value} = ${dialect.text(text)} THEN ${region}`),
    `  ELSE CASE ${signature.length === 1 ? signature[0] : `concat(${signature.join(", ")})`}`,
    `    ${others.join(" ")}`,
    "  END",
    "END",
  ].join(`\n${indent}`);
}

function test(pattern: Pattern, name: string, dialect: Dialect): string {
  const value = readColumn(name);
  switch (pattern.kind) {
    case "prefix":
      return dialect.startsWith(value, pattern.text);
    case "suffix":
      return dialect.endsWith(value, pattern.text);
    case "contains":
      return dialect.contains(value, pattern.text);
    case "regex": {
      const { pattern: re2, doubled } = translated(pattern, name, dialect);
      return dialect.matches(doubled ? dialect.doubled(value) : value, re2);
    }
  }
}

function translated({ source, states }: Extract<Pattern, { kind: "regex" }>, name: string, { title }: Dialect) {
  try {
    return re2Match(source, states);
  } catch (error) {
    if (!(error instanceof RegexError || error instanceof TooComplex)) throw error;
    throw new SqlError(`\`${name} matches ${source}\` cannot be said in SQL for ${title}: ${error.message}`);
  }
}
