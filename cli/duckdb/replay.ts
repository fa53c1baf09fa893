/** A policy asked of logged requests where they lie: DuckDB reads the files, decides and counts, in one pass. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { DecisionTable } from "../../runtime/table/index.ts";
import { InputError } from "../command.ts";
import { type CostSql, costOf } from "./cost.ts";
import { withDuckdb } from "./database.ts";
import { firstLine, type Mapping, openLog, TOKENS } from "./log.ts";

export interface DuckdbReplayOptions extends Mapping {
  /** Another policy, which is asked first: the one in use. */
  readonly against?: DecisionTable;
}

/** Sums over requests. */
export interface Sums {
  readonly requests: number;
  /** Of those whose tokens were logged. */
  readonly tokens?: { readonly input: number; readonly output: number };
  /** Dollars for these tokens: if the first call of each plan answers, and if every call is made and billed in full. */
  readonly cost?: { readonly first: number; readonly every: number };
}

/** What one rule took. */
export interface RuleShare extends Sums {
  readonly route: string;
  /** As in `x-routec-rule`. */
  readonly rule: string;
  readonly text: string;
  readonly plan?: string;
  readonly reject?: number;
}

/** Requests that another policy decided otherwise: what they were answered with, and what they would be. */
export interface Change {
  readonly before: string;
  readonly after: string;
  readonly requests: number;
  /** Dollars, if the first call of each plan answers. */
  readonly cost?: { readonly before: number; readonly after: number };
}

export interface DuckdbReplay {
  readonly format: 1;
  readonly engine: "duckdb";
  readonly files: string;
  readonly total: Sums;
  /** The most requests first. A rule that took none is there too. */
  readonly rules: readonly RuleShare[];
  /** Requests that are answered with an error before a rule is asked, and those that the log says too little of. */
  readonly refused: readonly { readonly error: string; readonly requests: number }[];
  /** With `against`: by what they run, the most requests first. */
  readonly changes?: readonly Change[];
  /** What the log does not say, and what was taken for it. */
  readonly notes: readonly string[];
}

/**
 * Decides all requests of a log by a policy. The same files give the same result, however many threads count.
 *
 * @param files a path or a pattern that DuckDB expands: Parquet, CSV, JSON lines; our own decision log is known
 * @throws {InputError} when DuckDB is not there, the log cannot be read, or it lacks an attribute
 * @throws {SqlError} when SQL cannot say one of the policies
 */
export async function replayWithDuckdb(
  table: DecisionTable,
  files: string,
  { against, ...mapping }: DuckdbReplayOptions = {},
): Promise<DuckdbReplay> {
  const { sqlColumns } = await import("../../compiler/index.ts");
  return withDuckdb(async (connection) => {
    const both = [table, ...(against === undefined ? [] : [against])];
    const attributes = new Map(both.flatMap(sqlColumns).map((attribute) => [attribute.name, attribute]));
    const log = await openLog(connection, files, [...attributes.values()], mapping);
    const counted = await counts(connection, table, against, log.requests);
    return { format: 1, engine: "duckdb", files, ...summed(counted, table, against, log.hasTokens), notes: log.notes };
  });
}

/** Of requests that both policies decide alike. Whole numbers, of nano-dollars too. */
interface Count {
  readonly before: string | null;
  readonly rule: string | null;
  readonly error: string | null;
  readonly requests: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly first: string | null;
  readonly every: string | null;
  readonly first_before: string | null;
}

async function counts(
  connection: DuckDBConnection,
  table: DecisionTable,
  against: DecisionTable | undefined,
  requests: string,
): Promise<Count[]> {
  const { DECIDED, sql } = await import("../../compiler/index.ts");
  const renamed = DECIDED.map((name) => `${name} AS ${name.replace("decided", "before")}`).join(", ");
  const before =
    against === undefined
      ? `(SELECT *, NULL AS before_rule, NULL AS before_error FROM ${requests})`
      : `(SELECT * RENAME (${renamed}) FROM (${sql(against, "duckdb", { from: requests })}))`;
  const [input, output] = TOKENS;
  const query = `
    SELECT coalesce(before_rule, before_error) AS before, decided_rule AS rule, decided_error AS error,
      count(*)::VARCHAR AS requests, sum(${input})::VARCHAR AS input, sum(${output})::VARCHAR AS output,
      sum(${byRule("decided_rule", table, ({ first }) => first)})::VARCHAR AS first,
      sum(${byRule("decided_rule", table, ({ every }) => every)})::VARCHAR AS every,
      sum(${against === undefined ? "NULL" : byRule("before_rule", against, ({ first }) => first)})::VARCHAR AS first_before
    FROM (${sql(table, "duckdb", { from: before })})
    GROUP BY ALL`;
  const result = await connection.runAndReadAll(query).catch((error: unknown) => {
    throw new InputError(`DuckDB cannot answer: ${firstLine(error)}`);
  });
  return result.getRowObjectsJson() as unknown as Count[];
}

function byRule(column: string, table: DecisionTable, which: (cost: CostSql) => string): string {
  const whens = table.routes.flatMap(({ names, rules }) =>
    rules.map(
      ({ run }, rule) => `WHEN '${`${names[0]}:${rule}`.replaceAll("'", "''")}' THEN ${which(costOf(run, table))}`,
    ),
  );
  return `CASE ${column} ${whens.join(" ")} END`;
}

type Summed = Pick<DuckdbReplay, "total" | "rules" | "refused" | "changes">;

function summed(
  counts: readonly Count[],
  table: DecisionTable,
  against: DecisionTable | undefined,
  hasTokens: boolean,
): Summed {
  const rules = table.routes.flatMap(({ names, rules: own }) =>
    own.map(({ run, text }, index): RuleShare => {
      const rule = `${names[0]}:${index}`;
      return {
        route: names[0] as string,
        rule,
        text,
        ...(run.kind === "plan" && { plan: run.plan }),
        ...(run.kind === "reject" && { reject: run.status }),
        ...sumsOf(
          counts.filter((count) => count.rule === rule),
          hasTokens,
        ),
      };
    }),
  );
  const errors = Map.groupBy(
    counts.filter(({ error }) => error !== null),
    ({ error }) => error as string,
  );
  return {
    total: sumsOf(counts, hasTokens),
    rules: rules.sort((a, b) => b.requests - a.requests),
    refused: most(
      Array.from(errors, ([error, own]) => ({ error, requests: total(own, "requests") })),
      ({ error }) => error,
    ),
    ...(against !== undefined && { changes: changesOf(counts, runsOf(against), runsOf(table), hasTokens) }),
  };
}

function changesOf(
  counts: readonly Count[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  hasTokens: boolean,
): Change[] {
  const was = (count: Count): string => before.get(count.before ?? "") ?? count.before ?? "";
  const is = (count: Count): string => after.get(count.rule ?? "") ?? count.error ?? "";
  const moved = Map.groupBy(
    counts.filter((count) => was(count) !== is(count)),
    (count) => JSON.stringify([was(count), is(count)]),
  );
  const changes = Array.from(moved.values(), (own): Change => {
    const [one] = own as [Count];
    const cost = { before: dollars(total(own, "first_before")), after: dollars(total(own, "first")) };
    return { before: was(one), after: is(one), requests: total(own, "requests"), ...(hasTokens && { cost }) };
  });
  return most(changes, ({ before, after }) => `${before}\n${after}`);
}

/** What each rule runs, as it is written. */
function runsOf({ routes }: DecisionTable): ReadonlyMap<string, string> {
  return new Map(
    routes.flatMap(({ names, rules }) =>
      rules.map(({ text }, index) => [`${names[0]}:${index}`, text.slice(text.lastIndexOf("-> ") + 3).trim()] as const),
    ),
  );
}

function sumsOf(counts: readonly Count[], hasTokens: boolean): Sums {
  return {
    requests: total(counts, "requests"),
    ...(hasTokens && {
      tokens: { input: total(counts, "input"), output: total(counts, "output") },
      cost: { first: dollars(total(counts, "first")), every: dollars(total(counts, "every")) },
    }),
  };
}

function total(
  counts: readonly Count[],
  of: "requests" | "input" | "output" | "first" | "every" | "first_before",
): number {
  return Number(counts.reduce((sum, count) => sum + BigInt(count[of] ?? 0), 0n));
}

function dollars(nano: number): number {
  return nano / 1e9;
}

/** The most first; where there are as many, by what is said of them: a database gives groups in no order. */
function most<T extends { readonly requests: number }>(all: readonly T[], textOf: (each: T) => string): T[] {
  return all.toSorted((a, b) => b.requests - a.requests || (textOf(a) < textOf(b) ? -1 : 1));
}
