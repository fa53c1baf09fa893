/** `routec compile main.route -o policy.json` */
import { resolve } from "node:path";
import { type Command, define, EXIT, UsageError } from "./command.ts";
import { writeOutput } from "./files.ts";
import { compilePolicy } from "./policy.ts";
import { REPORT } from "./report.ts";

export const command: Command = define({
  usage: "compile <main.route> [-o <file>]",
  about: `Writes the decision table that the proxy runs. The same policy gives the same bytes. Findings go to standard error;
where one is an error nothing is written.`,
  options: {
    output: { type: "string", short: "o", value: "file", help: "where to write; `-` or none is standard output" },
    ...REPORT,
  },
  takes: [1, 1],
  examples: ["routec compile main.route -o policy.json"],
  async run(values, [main = ""]) {
    const { output = "-" } = values;
    if (output !== "-" && resolve(output) === resolve(main)) {
      throw new UsageError(`\`-o ${output}\` would overwrite the policy itself`);
    }
    const table = await compilePolicy(main, values);
    if (table === undefined) return EXIT.findings;
    const { serializeTable } = await import("../compiler/index.ts");
    if (output === "-") process.stdout.write(serializeTable(table));
    else writeOutput(output, serializeTable(table));
    return EXIT.well;
  },
});
