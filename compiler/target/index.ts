/** What a decision table is turned into for where routec does not run. */
export { javaScript } from "./javascript.ts";
export { javaScriptTypes } from "./javascript-types.ts";
export { DECIDED, type SqlOptions, sql, sqlColumns } from "./sql.ts";
export { type SqlDialect, SqlError } from "./sql-dialect.ts";
