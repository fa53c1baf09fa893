/** How many logged requests DuckDB decides in a second of one core: `node bench/sql.ts [rows]`, rows made up in memory. */
import { DuckDBInstance } from "@duckdb/node-api";
import { compile, sql } from "../compiler/index.ts";

const rows = Number(process.argv[2] ?? 5_000_000);
const { table } = compile(new URL("../examples/tiers-and-budgets.route", import.meta.url).pathname);
if (table === undefined) throw new Error("the example does not compile");

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run(`CREATE TABLE requests AS SELECT
  CASE WHEN hash(i) % 3 = 0 THEN 'urgent' ELSE 'chat' END AS model,
  'tenant-' || hash(i) % 1000 AS tenant,
  ['free', 'pro', 'enterprise', NULL][(1 + hash(i + 1) % 4)::BIGINT] AS tier,
  hash(i + 2) % 2 = 0 AS urgent,
  (hash(i + 3) % 10001) / 100 AS "company_day.used",
  (hash(i + 4) % 10001) / 100 AS "tenant_month.used"
  FROM range(${rows}) r(i)`);
const query = `SELECT decided_rule, count(*) FROM (${sql(table, "duckdb")}) GROUP BY ALL`;
const seconds: number[] = [];
for (let round = 0; round < 3; round++) {
  const before = process.cpuUsage();
  await connection.runAndReadAll(query);
  const { user, system } = process.cpuUsage(before);
  seconds.push((user + system) / 1e6);
}
connection.closeSync();
instance.closeSync();
const best = Math.min(...seconds);
console.log(
  `${rows} requests in ${best.toFixed(1)} s of one core, the best of three: ${(rows / best / 1e6).toFixed(1)} million a second`,
);
