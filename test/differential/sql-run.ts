/**
 * Asks a database what random policies decide, against the decision table: `node test/differential/sql-run.ts` for 200,000
 * decisions in DuckDB; `--decisions N`, `--seed N`; `--clickhouse <python>` asks ClickHouse, in a Python that has `chdb`.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { examineSql, nothingYet } from "./asked.ts";
import { compiled } from "./compiled.ts";
import { clickhouse, duckdb } from "./databases.ts";
import { policy } from "./policies.ts";
import { examineRegex, regex, texts } from "./regexes.ts";

const { values } = parseArgs({
  options: { decisions: { type: "string" }, seed: { type: "string" }, clickhouse: { type: "string" } },
});
const wanted = Number(values.decisions ?? 200_000);
const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
/** Policies of one seed, and requests of each. */
const [POLICIES, REQUESTS] = [20, 500];

const database = values.clickhouse === undefined ? await duckdb() : await clickhouse(values.clickhouse);
const tally = nothingYet();
console.error(`${database.dialect} with seed ${first}`);
try {
  let said = 0;
  const expression = fc.asyncProperty(regex, fc.constantFrom("", "i"), texts, async (source, flags, given) => {
    if (await examineRegex(source, flags, given, database)) said++;
  });
  const numRuns = Math.ceil(wanted / 200);
  await fc.assert(expression, { seed: first, numRuns });
  console.error(`${said} of ${numRuns} regular expressions can be said, and mean what JavaScript means`);

  for (let seed = first; tally.decisions < wanted; seed++) {
    const property = fc.asyncProperty(fc.tuple(policy, fc.integer()), async ([text, requests]) => {
      const made = compiled(text);
      if (made !== undefined) await examineSql(made, database, REQUESTS, requests, tally);
    });
    const run = await fc.check(property, { seed, numRuns: POLICIES });
    if (!run.failed) continue;
    console.error(`with --seed ${seed}:\n${run.errorInstance instanceof Error ? run.errorInstance.message : ""}`);
    process.exitCode = 1;
    break;
  }
} finally {
  await database.close();
}
console.error(
  `${tally.decisions} decisions (${tally.later} by later rules, ${tally.refused} requests refused; ${tally.decidedUnknown} decided without what was not logged, of ${tally.unknown}); ${tally.unsaid} policies that SQL cannot say`,
);
