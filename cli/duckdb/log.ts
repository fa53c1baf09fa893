/**
 * A log as the table of requests that `compile --target sql` asks: which of its columns, or what of a line of routec's own
 * decision log, is which attribute.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Attribute } from "../../runtime/table/index.ts";
import { didYouMean, InputError } from "../command.ts";
import { identifier, text } from "./database.ts";

export interface Log {
  /** A query whose columns are the attributes and `TOKENS`. */
  readonly requests: string;
  /** Whether tokens of requests and answers are there: what costs are told from. */
  readonly hasTokens: boolean;
  /** What was taken for what, where the log does not say. */
  readonly notes: readonly string[];
}

/** Columns of the requests beside the attributes: tokens of the request and of the answer, as they were reported. */
export const TOKENS = ["routec_input", "routec_output"] as const;

/** Says for an attribute, `model`, `input` or `output` what it is of every request of a log. */
export interface Mapping {
  /** As SQL over the log's columns, where it is not the column of its name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** One value for all requests, as a text. */
  readonly set?: Readonly<Record<string, string>>;
}

/**
 * Finds out what a log has. Throws InputError for files that cannot be read, and for an attribute that the log has not or has otherwise.
 */
export async function openLog(
  connection: DuckDBConnection,
  files: string,
  attributes: readonly Attribute[],
  { columns = {}, set = {} }: Mapping,
): Promise<Log> {
  const { source, found } = await columnsOf(connection, files, attributes);
  const known = ["model", "input", "output", ...attributes.map(({ name }) => name)];
  for (const name of Object.keys({ ...columns, ...set }))
    if (!known.includes(name))
      throw new InputError(`the policy reads no attribute \`${name}\`${didYouMean(name, known)}`);

  const notes: string[] = [];
  const types = new Map(attributes.map((attribute) => [attribute.name, typeOf(attribute)]));
  const given = (name: string): string | undefined => {
    const value = set[name];
    if (value === undefined) return columns[name] ?? found.get(name);
    return `CAST(${text(value)} AS ${types.get(name) ?? (name === "model" ? "VARCHAR" : "BIGINT")})`;
  };
  const model = given("model");
  if (model === undefined)
    throw new InputError(
      `\`${files}\` has no column for the model asked for: say \`--columns model=…\` or \`--set model=…\``,
    );
  const selected = [`${model} AS "model"`];
  for (const attribute of attributes) {
    const sql = given(attribute.name);
    if (sql === undefined) notes.push(absence(attribute, files));
    selected.push(`${sql ?? `CAST(NULL AS ${typeOf(attribute)})`} AS ${identifier(attribute.name)}`);
  }
  const tokens = [given("input"), given("output")];
  selected.push(...tokens.map((sql, at) => `${sql ?? "NULL::BIGINT"} AS ${TOKENS[at]}`));
  const requests = `(SELECT ${selected.join(", ")} FROM ${source})`;
  await checkTypes(connection, requests, attributes, files);
  return { requests, hasTokens: tokens.every((sql) => sql !== undefined), notes };
}

const LINES = "format = 'newline_delimited', union_by_name = true";

function sourceOf(files: string): string {
  const [, format] = /\.(parquet|csv|tsv|jsonl|ndjson|json)(?:\.gz|\.zst)?$/i.exec(files) ?? [];
  switch (format?.toLowerCase()) {
    case "parquet":
      return `read_parquet(${text(files)}, union_by_name = true)`;
    case "csv":
    case "tsv":
      return `read_csv(${text(files)}, union_by_name = true)`;
    case undefined:
      throw new InputError(`\`${files}\` is no log that DuckDB reads here: expected .parquet, .csv, .tsv or .jsonl`);
    default:
      return `read_json(${text(files)}, ${LINES})`;
  }
}

interface Columns {
  readonly source: string;
  /** What a log has under which name, as SQL. */
  readonly found: ReadonlyMap<string, string>;
}

async function columnsOf(
  connection: DuckDBConnection,
  files: string,
  attributes: readonly Attribute[],
): Promise<Columns> {
  const source = sourceOf(files);
  const result = await connection.run(`SELECT * FROM ${source} LIMIT 0`).catch((error: unknown) => {
    throw new InputError(`\`${files}\` cannot be read: ${firstLine(error)}`);
  });
  const names = result.columnNames();
  const isDecisionLog =
    ["policy", "attributes"].every((name) => names.includes(name)) && source.startsWith("read_json");
  return isDecisionLog
    ? decisionLog(connection, files, attributes)
    : { source, found: new Map(names.map((name) => [name, identifier(name)])) };
}

/** Routec's own log, read by its schema: what DuckDB would guess of it, such as dates in texts, changes values. */
async function decisionLog(
  connection: DuckDBConnection,
  files: string,
  attributes: readonly Attribute[],
): Promise<Columns> {
  const columns =
    "{asked: 'VARCHAR', attributes: 'JSON', state: 'JSON', signals: 'STRUCT(name VARCHAR, value JSON)[]', input: 'BIGINT', output: 'BIGINT'}";
  const source = `read_json(${text(files)}, ${LINES}, columns = ${columns})`;
  const logged = await connection.runAndReadAll(`
    SELECT DISTINCT 'signal', signal.name FROM (SELECT unnest(signals) AS signal FROM ${source})
    UNION SELECT DISTINCT 'attributes', unnest(json_keys(attributes)) FROM ${source}
    UNION SELECT DISTINCT 'state', unnest(json_keys(state)) FROM ${source}`);
  const found = new Map([
    ["model", "asked"],
    ["input", "input"],
    ["output", "output"],
  ]);
  const types = new Map(attributes.map((attribute) => [attribute.name, typeOf(attribute)]));
  for (const [where, name] of logged.getRowsJson() as [string, string][]) {
    const type = types.get(name);
    if (type === undefined) continue;
    const path = text(`$.${identifier(name)}`);
    // The length of a text that is not logged stands in its place.
    const member = `CASE WHEN json_type(${where}, ${path}) <> 'OBJECT' THEN ${where} ->> ${path} END`;
    const signal = `(list_filter(signals, lambda signal: signal.name = ${text(name)})[1].value ->> '$')`;
    found.set(name, `CAST(${where === "signal" ? signal : member} AS ${type})`);
  }
  return { source, found };
}

function absence({ name, source, default: otherwise }: Attribute, files: string): string {
  if (source.from === "builtin" || source.from === "signal")
    return `the log does not have \`${name}\`: only what does not depend on it is decided`;
  if (otherwise !== undefined) return `the log does not have \`${name}\`: taken as ${JSON.stringify(otherwise)}`;
  throw new InputError(
    `\`${files}\` has no column for \`${name}\`: say \`--columns ${name}=…\` or \`--set ${name}=…\``,
  );
}

const TYPES: Readonly<Record<Attribute["type"]["kind"], readonly [cast: string, fits: RegExp, expected: string]>> =
  (() => {
    const number = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL.*)$/;
    const texts = ["VARCHAR", /^(?:VARCHAR|ENUM.*|UUID)$/, "a text"] as const;
    return {
      bool: ["BOOLEAN", /^BOOLEAN$/, "true or false"],
      int: ["BIGINT", number, "a number"],
      duration: ["BIGINT", number, "a number"],
      money: ["DOUBLE", number, "a number"],
      score: ["DOUBLE", number, "a number"],
      percent: ["DOUBLE", number, "a number"],
      string: texts,
      enum: texts,
    } as const;
  })();

function typeOf({ type }: Attribute): string {
  return TYPES[type.kind][0];
}

async function checkTypes(
  connection: DuckDBConnection,
  requests: string,
  attributes: readonly Attribute[],
  files: string,
): Promise<void> {
  const result = await connection.run(`SELECT * FROM ${requests} LIMIT 0`).catch((error: unknown) => {
    throw new InputError(`the columns of \`${files}\` cannot be read so: ${firstLine(error)}`);
  });
  const names = result.columnNames();
  const types = result.columnTypes();
  for (const { name, type } of attributes) {
    const found = String(types[names.indexOf(name)]);
    const [, fits, expected] = TYPES[type.kind];
    if (!fits.test(found) && found !== "SQLNULL")
      throw new InputError(
        `\`${name}\` of \`${files}\` is ${found}: expected ${expected}; say \`--columns ${name}=…\` to convert it`,
      );
  }
}

export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
}
