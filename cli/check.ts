/** `routec check [paths…]` */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { type Command, define, EXIT, wholeNumber } from "./command.ts";
import { policyFiles, tryReading } from "./files.ts";
import { findingsText, fromHere, REPORT } from "./report.ts";

export const command: Command = define({
  usage: "check [paths…]",
  about: `Says what is wrong with policies: syntax, names and types, requests that a route forgets, rules that can never
match. A path is a policy or a folder; without paths it is all \`.route\` files below the current folder.

Exits with 0 where there is no error, with 1 where there is one, with 3 where there are more warnings than allowed.`,
  options: {
    ...REPORT,
    "max-warnings": { type: "string", value: "number", help: "more warnings than this are a failure" },
  },
  takes: [0, Number.POSITIVE_INFINITY],
  examples: ["routec check", "routec check main.route --max-warnings 0", "routec check policies --format json"],
  async run(values, paths) {
    const asked = values["max-warnings"];
    const allowed = asked === undefined ? undefined : wholeNumber("--max-warnings", asked, 0, 1e9);
    const files = policyFiles(paths);
    const { check } = await import("../compiler/index.ts");

    const sources = new Map<string, string>();
    const found = new Map<string, Diagnostic>();
    for (const file of files) {
      const result = fromHere(
        tryReading(file, () => check(file)),
        file,
      );
      for (const [name, text] of result.sources) sources.set(name, text);
      // A library is checked on its own and again with each policy that imports it.
      for (const diagnostic of result.diagnostics) found.set(JSON.stringify(diagnostic), diagnostic);
    }
    const diagnostics = [...found.values()];
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    const warnings = diagnostics.length - errors;

    process.stdout.write(findingsText({ diagnostics, sources }, values, process.stdout));
    if (values.format !== "json") {
      const gap = diagnostics.length > 0 && values.format !== "plain" ? "\n" : "";
      process.stdout.write(`${gap}${summary(sources.size, errors, warnings)}\n`);
    }
    if (errors > 0) return EXIT.findings;
    if (allowed === undefined || warnings <= allowed) return EXIT.well;
    process.stderr.write(`routec: ${counted(warnings, "warning")}, ${allowed} allowed\n`);
    return EXIT.gate;
  },
});

function summary(files: number, errors: number, warnings: number): string {
  if (errors + warnings === 0) return `${counted(files, "file")} checked, nothing found`;
  return `${counted(files, "file")} checked: ${counted(errors, "error")}, ${counted(warnings, "warning")}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
