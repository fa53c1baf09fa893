/** Databases that are asked what a policy decides: DuckDB in this process, ClickHouse in a Python process with `chdb`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import type { SqlDialect } from "../../compiler/index.ts";

export type Kind = "bool" | "int" | "real" | "text";
export type Cell = boolean | number | string | null;

export interface Column {
  readonly name: string;
  readonly kind: Kind;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Database {
  readonly dialect: SqlDialect;
  /** What a query over a table of these rows gives; it is told where they are. */
  ask(columns: readonly Column[], rows: readonly (readonly Cell[])[], query: (from: string) => string): Promise<Row[]>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<SqlDialect, Readonly<Record<Kind, string>>>> = {
  duckdb: { bool: "BOOLEAN", int: "BIGINT", real: "DOUBLE", text: "VARCHAR" },
  clickhouse: { bool: "Nullable(Bool)", int: "Nullable(Int64)", real: "Nullable(Float64)", text: "Nullable(String)" },
};

function structure(columns: readonly Column[], dialect: SqlDialect, quote: string): string {
  return columns.map(({ name, kind }) => `${quote}${name}${quote} ${TYPES[dialect][kind]}`).join(", ");
}

export async function duckdb(): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  return {
    dialect: "duckdb",
    async ask(columns, rows, query) {
      await connection.run(`CREATE OR REPLACE TABLE requests (${structure(columns, "duckdb", '"')})`);
      const appender = await connection.createAppender("requests");
      for (const row of rows) {
        for (const [at, value] of row.entries()) {
          if (value === null) appender.appendNull();
          else if (typeof value === "boolean") appender.appendBoolean(value);
          else if (typeof value === "string") appender.appendVarchar(value);
          else if (columns[at]?.kind === "int") appender.appendBigInt(BigInt(value));
          else appender.appendDouble(value);
        }
        appender.endRow();
      }
      appender.closeSync();
      return (await connection.runAndReadAll(query("requests"))).getRowObjectsJson() as Row[];
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Answers each line, a JSON text of a query, with one line: the rows, or what is wrong. */
const SERVER = `
import json, sys, chdb
for line in sys.stdin:
    try:
        text = chdb.query(json.loads(line), "JSONEachRow").bytes().decode()
        print(json.dumps({"rows": text}), flush=True)
    except Exception as error:
        print(json.dumps({"error": str(error)}), flush=True)
`;

/** @param python an interpreter that has the package `chdb` */
export async function clickhouse(python: string): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "routec-clickhouse-"));
  const file = join(folder, "requests.jsonl");
  const server: ChildProcess = spawn(python, ["-c", SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    dialect: "clickhouse",
    async ask(columns, rows, query) {
      const records = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
      writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
      const described = structure(columns, "clickhouse", "`").replaceAll("'", "\\'");
      const asked = query(`file('${file}', JSONEachRow, '${described}')`);
      server.stdin?.write(`${JSON.stringify(`${asked} SETTINGS precise_float_parsing = 1`)}\n`);
      const { value } = await lines.next();
      const answer = JSON.parse(value as string) as { rows?: string; error?: string };
      if (answer.rows === undefined) throw new Error(answer.error);
      return answer.rows.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Row]));
    },
    async close() {
      server.stdin?.end();
      await once(server, "close");
      rmSync(folder, { recursive: true });
    },
  };
}
