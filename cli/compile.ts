/** `routec compile main.route -o policy.json` */
import { resolve } from "node:path";
import type { SqlDialect } from "../compiler/index.ts";
import type { DecisionTable, DemandSet, Strategy } from "../runtime/table/index.ts";
import { type Command, define, EXIT, InputError, UsageError } from "./command.ts";
import { writeOutput } from "./files.ts";
import { compilePolicy } from "./policy.ts";
import { REPORT } from "./report.ts";

export const command: Command = define({
  usage: "compile <main.route> [-o <file>]",
  about: `Writes the decision table that the proxy runs. The same policy gives the same bytes. Findings go to standard error;
where one is an error nothing is written.

With \`--target javascript\` it writes an ES module without imports, for runtimes where the proxy does not run. It exports
\`decide(attributes)\`, which decides as the table does, and its types stand beside it where \`-o\` names a file.

With \`--target sql\` it writes a query that decides each row of a table of logged requests, for DuckDB or ClickHouse. The
table has a column for each attribute that the policy reads, of its name; the head of the query lists them.

With \`--explain\` it says of each route how its rule will be found, what was left out because it never decides, and which
signals decisions wait for; the table is written only where \`-o\` says so.`,
  options: {
    target: {
      type: "string",
      choices: ["table", "javascript", "sql"],
      help: "what to write; table if not given",
    },
    dialect: {
      type: "string",
      choices: ["duckdb", "clickhouse"],
      help: "of `--target sql`: the database; duckdb if not given",
    },
    from: {
      type: "string",
      value: "table",
      help: "of `--target sql`: what to read, as SQL; `requests` if not given",
    },
    explain: { type: "boolean", help: "say how each route will be decided" },
    output: { type: "string", short: "o", value: "file", help: "where to write; `-` or none is standard output" },
    ...REPORT,
  },
  takes: [1, 1],
  examples: [
    "routec compile main.route -o policy.json",
    "routec compile main.route --target javascript -o policy.js",
    "routec compile main.route --target sql --dialect duckdb -o decisions.sql",
    `routec compile main.route --target sql --from "'logs/*.parquet'"`,
    "routec compile main.route --explain",
  ],
  async run(values, [main = ""]) {
    const { output = "-", target = "table" } = values;
    for (const option of ["dialect", "from"] as const)
      if (values[option] !== undefined && target !== "sql")
        throw new UsageError(`\`--${option}\` is of \`--target sql\``);
    if (output !== "-" && resolve(output) === resolve(main)) {
      throw new UsageError(`\`-o ${output}\` would overwrite the policy itself`);
    }
    const table = await compilePolicy(main, values);
    if (table === undefined) return EXIT.findings;
    if (values.explain === true) process.stdout.write(await explained(table));
    if (values.explain === true && values.output === undefined) return EXIT.well;
    const { javaScript, javaScriptTypes, serializeTable } = await import("../compiler/index.ts");
    const text =
      target === "sql"
        ? await query(table, values)
        : target === "javascript"
          ? javaScript(table)
          : serializeTable(table);
    if (output === "-") process.stdout.write(text);
    else writeOutput(output, text);
    const types = typesBeside(output);
    if (target === "javascript" && types !== undefined) writeOutput(types, javaScriptTypes(table));
    return EXIT.well;
  },
});

async function query(table: DecisionTable, options: { dialect?: string; from?: string }): Promise<string> {
  const { sql, SqlError } = await import("../compiler/index.ts");
  const { dialect = "duckdb", from } = options;
  try {
    return sql(table, dialect as SqlDialect, from === undefined ? {} : { from });
  } catch (error) {
    throw error instanceof SqlError ? new InputError(error.message) : error;
  }
}

/** Where TypeScript looks for the types of a module; undefined where its name does not say. */
function typesBeside(output: string): string | undefined {
  return /\.m?js$/.test(output) ? output.replace(/\.(m?)js$/, ".d.$1ts") : undefined;
}

/** How the routes of a table are decided, in paragraphs. */
async function explained(table: DecisionTable): Promise<string> {
  const { demandSets, load } = await import("../runtime/table/index.ts");
  const paragraphs = load(JSON.parse(JSON.stringify(table))).routes.map(({ route, strategy }) =>
    [
      `route ${route.names.join(", ")}`,
      `${counted(route.rules.length, "rule")} in ${counted(route.rows.length, "row")}${left(route.dead)}`,
      `${strategy.form}: ${strategy.why}`,
      `${leavesOf(strategy)}; ${(strategy.bytes / 1000).toFixed(1)} kB`,
      ...signalsOf(demandSets(table, route)),
    ].join("\n  "),
  );
  return `${paragraphs.join("\n\n")}\n`;
}

function left(dead = 0): string {
  return dead === 0 ? "" : `; ${counted(dead, "part")} that can never decide left out`;
}

function leavesOf({ dispatch, declined, leaves, longest }: Strategy): string {
  const rows = counted(longest, "row");
  if (dispatch === undefined) return `one leaf of ${rows}${declined === undefined ? "" : `, for ${declined}`}`;
  return leaves === 1 ? `one leaf of ${rows}` : `${leaves} leaves by \`${dispatch}\`, the longest of ${rows}`;
}

function signalsOf(sets: readonly DemandSet[] | undefined): string[] {
  if (sets === undefined) return ["signals: too many groups of requests to say which wait for which"];
  return sets.map(({ open, first, groups }) => {
    const of = counted(groups, "group");
    if (open?.length === 0) return `signals, ${of} of requests: none`;
    return `signals, ${of} of requests: ${open?.join(", ") ?? "too many ways to say"}; at first ${first.join(", ")}`;
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
