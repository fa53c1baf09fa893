/** DuckDB in this process. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { InputError } from "../command.ts";

/** Does some work with a database in memory, and closes it. Throws InputError where the package is missing. */
export async function withDuckdb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await import("@duckdb/node-api").catch(() => {
    throw new InputError(
      "`--engine duckdb` needs the package `@duckdb/node-api`: run `npm install --save-dev @duckdb/node-api`",
    );
  });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
