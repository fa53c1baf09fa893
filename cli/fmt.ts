/** `routec fmt [paths…]` */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { type Command, define, EXIT, UsageError } from "./command.ts";
import { policyFiles, readInput } from "./files.ts";
import { replaceFile } from "./replace.ts";
import { REPORT, reportAside, takesColor } from "./report.ts";
import { unifiedDiff } from "./unified-diff.ts";

export const command: Command = define({
  usage: "fmt [paths…]",
  about: `Brings policies into canonical form, in place, and names each file that it changed. A path is a policy or a
folder; without paths it is all \`.route\` files below the current folder; \`-\` reads standard input and writes standard
output. A file that cannot be read as a policy is left alone.`,
  options: {
    ...REPORT,
    check: {
      type: "boolean",
      help: "change nothing; print what would be changed as a unified diff, and exit with 1 if there is something",
    },
  },
  takes: [0, Number.POSITIVE_INFINITY],
  examples: ["routec fmt", "routec fmt --check", "routec fmt - < main.route"],
  async run(values, paths) {
    if (paths.includes("-") && paths.length > 1) throw new UsageError("`-` stands alone: standard input is one policy");
    const { format } = await import("../compiler/index.ts");
    const diagnostics: Diagnostic[] = [];
    const sources = new Map<string, string>();
    let unformatted = false;
    for (const file of paths[0] === "-" ? ["-"] : policyFiles(paths)) {
      const name = file === "-" ? "<stdin>" : file;
      const before = await readInput(file);
      const text = decoded(before);
      const result = text === undefined ? notText(name) : format(text, name);
      sources.set(name, text ?? "");
      diagnostics.push(...result.diagnostics);
      const after = result.text;
      if (after === undefined) continue;
      const tidy = before.equals(Buffer.from(after));
      if (values.check === true) {
        unformatted ||= !tidy;
        // With its byte order mark, if it has one: that is a change too.
        process.stdout.write(unifiedDiff(name, before.toString(), after, takesColor(values.color, process.stdout)));
      } else if (file === "-") process.stdout.write(after);
      else if (!tidy) {
        replaceFile(file, after);
        process.stdout.write(`${name}\n`);
      }
    }
    const failed = reportAside({ diagnostics, sources }, values);
    return failed || unformatted ? EXIT.findings : EXIT.well;
  },
});

/** The text of the bytes without a byte order mark, or undefined where they are not UTF-8. */
function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notText(file: string): { text: undefined; diagnostics: Diagnostic[] } {
  const span = { start: 0, end: 0 };
  return {
    text: undefined,
    diagnostics: [{ code: "RT1007", severity: "error", message: "the file is not UTF-8 text", file, span }],
  };
}
