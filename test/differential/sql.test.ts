/** A share of `node test/differential/sql-run.ts`: DuckDB decides as the table does, and matches as JavaScript does. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examineSql, nothingYet } from "./asked.ts";
import { compiled } from "./compiled.ts";
import { type Database, duckdb } from "./databases.ts";
import { policy } from "./policies.ts";
import { examineRegex, regex, texts } from "./regexes.ts";

const [POLICIES, REQUESTS, EXPRESSIONS] = [15, 200, 40];

let database: Database;
beforeAll(async () => {
  database = await duckdb();
});
afterAll(() => database.close());

describe("a policy in SQL", () => {
  it(`decides ${POLICIES * REQUESTS} requests as the table does`, async () => {
    const tally = nothingYet();
    const property = fc.asyncProperty(policy, fc.integer(), async (text, seed) => {
      const made = compiled(text);
      if (made !== undefined) await examineSql(made, database, REQUESTS, seed, tally);
    });
    await fc.assert(property, { numRuns: POLICIES });
    // What all falls to the first rule, or is refused, would show nothing.
    expect(tally.decisions).toBeGreaterThan(POLICIES * REQUESTS * 0.4);
    expect(tally.later).toBeGreaterThan(tally.decisions / 4);
    expect(tally.decidedUnknown).toBeGreaterThan(0);
    expect(tally.unsaid).toBeLessThan(POLICIES / 10);
  });

  it("is seen to be wrong where it is", async () => {
    const made = compiled(`
      request { weight int from metadata "weight" }
      provider lab { protocol simulated }
      model small = lab "small" { context 8k, output 1k, price free }
      route chat { when weight >= 5 -> small  otherwise -> reject 404 }`);
    if (made === undefined) throw new Error("not compiled");
    const wrong: Database = {
      ...database,
      ask: (columns, rows, query) => database.ask(columns, rows, (from) => query(from).replaceAll(">= 5", "> 5")),
    };
    await examineSql(made, database, 200, 1, nothingYet());
    await expect(examineSql(made, wrong, 200, 1, nothingYet())).rejects.toThrow("duckdb disagrees on");
  });
});

describe("a regular expression in SQL", () => {
  it("matches what JavaScript matches", async () => {
    let said = 0;
    const property = fc.asyncProperty(regex, fc.constantFrom("", "i"), texts, async (source, flags, given) => {
      if (await examineRegex(source, flags, given, database)) said++;
    });
    await fc.assert(property, { numRuns: EXPRESSIONS });
    expect(said).toBeGreaterThan(EXPRESSIONS / 2);
  });
});
