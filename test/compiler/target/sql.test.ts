/** What databases run: how it reads, what it refuses, and what differs between engines and is said alike. */
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { type SqlDialect, sql } from "../../../compiler/index.ts";
import { MODELS, tableOf } from "../support.ts";

const POLICY = `
request {
  tier    free | pro | enterprise  from claim "tier"    default free
  region  eu | us                  from claim "region"
  tenant  string                   from claim "org"     default ""
  spent   money                    from metadata "spent" default $0
}
${MODELS}
signal urgent bool = keywords ["outage"]
budget month { limit $500 per month }
plan strong = big else small

route chat {
  for region == eu or tier == enterprise
  when month.used >= 90% and tier != enterprise               -> small
  when tenant starts_with "acme" or tenant matches /^glo+bex$/i or tenant == "it's" -> strong
  when urgent and risky                                       -> reject 429 "say no \\u202e"
  match tier, region {
    free | pro, eu  -> small
    _,          _   -> strong with { timeout 5s }
  }
}
let risky = spent > $2.50 and needs.tools

route "gpt-4o", * -> strong
`;

const query = (source: string, dialect: SqlDialect = "duckdb"): string => sql(tableOf(source), dialect);

/** What DuckDB gives for a policy over the rows of a query. */
async function asked(source: string, requests: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run(`CREATE VIEW requests AS ${requests}`);
    return (await connection.runAndReadAll(query(source))).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A policy with one attribute, whose first rule has this condition. */
const when = (type: string, condition: string): string => `
  request { value ${type} from metadata "value" }
  ${MODELS}
  route chat { when ${condition} -> small  otherwise -> big }`;

/** Which of these values, as SQL, the condition takes. */
async function taken(type: string, condition: string, ...values: readonly string[]): Promise<unknown[]> {
  const rows = values.map((value) => `SELECT 'chat' AS model, ${value} AS "value"`).join(" UNION ALL ");
  const answers = await asked(when(type, condition), rows);
  return answers.map(({ decided_rule: rule, decided_error: error }) => error ?? rule);
}

describe("the query", () => {
  it.each(["duckdb", "clickhouse"] as const)("for %s", async (dialect) => {
    await expect(query(POLICY, dialect)).toMatchFileSnapshot(`golden/policy.${dialect}.sql`);
  });

  it("reads what it is told to", () => {
    expect(sql(tableOf(POLICY), "duckdb", { from: "'logs/*.parquet'" })).toContain("FROM 'logs/*.parquet'\n");
  });

  it("keeps the columns of the requests and adds what is decided", async () => {
    const rows = await asked(
      POLICY,
      `SELECT 7 AS id, 'chat' AS model, 'pro' AS tier, 'eu' AS region, 'it''s' AS tenant, 0.5 AS spent,
              NULL::BOOLEAN AS "needs.tools", NULL::BOOLEAN AS urgent, 12.5 AS "month.used"`,
    );
    expect(rows).toMatchObject([
      {
        id: 7,
        tenant: "it's",
        decided_route: "chat",
        decided_rule: "chat:1",
        decided_plan: "strong",
        decided_reject: null,
        decided_error: null,
      },
    ]);
    expect(Object.keys(rows[0] ?? {}).filter((name) => name.startsWith("routec"))).toEqual([]);
  });

  it("takes attributes called as what it works with", async () => {
    const source = `request { route int from metadata "r"  rule bool from metadata "s"  error string from metadata "t" }
      ${MODELS} route chat { when route > 3 and rule and error starts_with "e" -> big  otherwise -> small }`;
    const rows = await asked(source, `SELECT 'chat' AS model, 4 AS route, TRUE AS rule, 'eh' AS error`);
    expect(rows).toMatchObject([{ route: 4, rule: true, error: "eh", decided_rule: "chat:0", decided_error: null }]);
  });

  it("says what it would have to know", async () => {
    const rows = await asked(
      POLICY,
      `SELECT 'chat' AS model, 'pro' AS tier, 'eu' AS region, 'x' AS tenant, 3 AS spent,
              NULL::BOOLEAN AS "needs.tools", TRUE AS urgent, 0 AS "month.used"`,
    );
    expect(rows).toMatchObject([
      { decided_rule: null, decided_error: "the decision depends on what is not known: needs.tools" },
    ]);
  });

  it("refuses what the proxy refuses", async () => {
    const row = (values: string): string =>
      `SELECT * REPLACE (${values}) FROM (SELECT 'chat' AS model, 'pro' AS tier, 'eu' AS region, 'x' AS tenant, 0 AS spent,
         FALSE AS "needs.tools", FALSE AS urgent, 0 AS "month.used")`;
    const refusals = await asked(
      POLICY,
      [
        row("NULL AS model"),
        row("NULL AS region"),
        row("'us' AS region"),
        row("'gold' AS tier"),
        row("-1 AS spent"),
      ].join(" UNION ALL BY NAME "),
    );
    expect(refusals.map(({ decided_error: error }) => error)).toEqual([
      "attribute `model` is missing: expected a text",
      "no route serves the model",
      "no route serves the model",
      "attribute `tier` has another value: expected one of free, pro, enterprise",
      "attribute `spent` has another value: expected an amount in dollars",
    ]);
  });
});

describe("values", () => {
  it("of money are compared to a billionth, from decimals and from doubles", async () => {
    const values = ["0.300000000", "0.300000001", "0.3e0", "0.300000001e0"];
    expect(await taken("money", "value > $0.3", ...values)).toEqual(["chat:1", "chat:0", "chat:1", "chat:0"]);
  });

  it("that are whole are compared exactly up to the largest", async () => {
    const values = ["9007199254740990", "9007199254740991", "9007199254740992"];
    expect(await taken("int", "value == 9007199254740991", ...values)).toEqual([
      "chat:1",
      "chat:0",
      "attribute `value` has another value: expected a whole number",
    ]);
  });

  it("that are scores are doubles", async () => {
    expect(await taken("score", "value >= 0.1", "0.1e0", "(0.1e0 - 2e-17)", "'NaN'::DOUBLE")).toEqual([
      "chat:0",
      "chat:1",
      "attribute `value` has another value: expected a number from 0 to 1",
    ]);
  });

  it.each([
    ["bool", "value", "'maybe'"],
    ["int", "value > 3", "'4'"],
    ["free | pro", "value == free", "4"],
  ])("of another type are an error: %s", async (type, condition, value) => {
    await expect(taken(type, condition, value)).rejects.toThrow(/Error/);
  });
});

describe("regular expressions", () => {
  it.each([
    ["/refund/i", "[Rr][Ee][Ff][Uu][Nn][Dd]", "case is folded as we fold it: RE2's takes ſ for an s"],
    ["/^a.*z$/", "^a[^\\n\\r\\x{2028}\\x{2029}]*z$", "`.` stops at four line ends"],
    ["/\\bno\\b/", "\\bno\\b", "words are ASCII in both"],
    ["/\\d{3,}/", "[0-9]{3,}", "a counted repetition"],
    ["/a[^b]c/", "", "counts what is beyond U+FFFF"],
    ["/😀|é/", "\\x{1F600}|\\x{E9}", "a character beyond U+FFFF"],
  ])("%s is asked as `%s`: %s", (regex, pattern) => {
    const text = query(when("string", `value matches ${regex}`));
    const escaped = pattern.replaceAll("\\n", "\\x{A}").replaceAll("\\r", "\\x{D}");
    if (pattern === "") expect(text).toContain("regexp_matches(regexp_replace(");
    else expect(text).toContain(`regexp_matches("routec value", '${escaped}')`);
  });

  it.each([
    ["/a\\Bb/", "`\\B` holds within characters of several bytes there"],
    ["/[😀]/", "`[😀]` takes a half of a character beyond U+FFFF"],
    ["/😀.{2}x/", "`😀` is beyond U+FFFF, and the expression counts such characters twice"],
    ["/a(?:(?:){40}){40}/", "`(?:){40}` repeats more than 1000 times, which RE2 does not take"],
  ])("%s cannot be said", (regex, reason) => {
    const table = tableOf(when("string", `value matches ${regex}`));
    const refusal = `\`value matches ${regex}\` cannot be said in SQL for DuckDB: `;
    expect(() => sql(table, "duckdb")).toThrow(refusal + reason);
  });
});

describe("what SQL cannot say", () => {
  it("is two columns that differ in case alone, in DuckDB", () => {
    const source = `request { Tier bool from claim "a"  tier bool from claim "b" } ${MODELS} route chat -> big`;
    expect(() => query(source)).toThrow("attributes `Tier` and `tier` would be one column of DuckDB: rename one");
    expect(() => query(source, "clickhouse")).not.toThrow();
  });
});
