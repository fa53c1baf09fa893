/** `routec compile main.route -o policy.json` */
import { resolve } from "node:path";
import { type Command, define, EXIT, UsageError } from "./command.ts";
import { writeOutput } from "./files.ts";
import { compilePolicy } from "./policy.ts";
import { REPORT } from "./report.ts";

export const command: Command = define({
  usage: "compile <main.route> [-o <file>]",
  about: `Writes the decision table that the proxy runs. The same policy gives the same bytes. Findings go to standard error;
where one is an error nothing is written.

With \`--target javascript\` it writes an ES module without imports, for runtimes where the proxy does not run. It exports
\`decide(attributes)\`, which decides as the table does.`,
  options: {
    target: {
      type: "string",
      choices: ["table", "javascript", "sql"],
      help: "what to write; table if not given (sql is not there yet)",
    },
    output: { type: "string", short: "o", value: "file", help: "where to write; `-` or none is standard output" },
    ...REPORT,
  },
  takes: [1, 1],
  examples: ["routec compile main.route -o policy.json", "routec compile main.route --target javascript -o policy.js"],
  async run(values, [main = ""]) {
    const { output = "-", target = "table" } = values;
    if (target === "sql") throw new UsageError("`--target sql` is not there yet: expected table or javascript");
    if (output !== "-" && resolve(output) === resolve(main)) {
      throw new UsageError(`\`-o ${output}\` would overwrite the policy itself`);
    }
    const table = await compilePolicy(main, values);
    if (table === undefined) return EXIT.findings;
    const { javaScript, serializeTable } = await import("../compiler/index.ts");
    const text = target === "javascript" ? javaScript(table) : serializeTable(table);
    if (output === "-") process.stdout.write(text);
    else writeOutput(output, text);
    return EXIT.well;
  },
});
