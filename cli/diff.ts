/** `routec diff <old.route> <new.route>` */
import { readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { lineIndex } from "../compiler/diagnostics/position.ts";
import type { Version, Versions } from "../compiler/diff/wording.ts";
import type { CheckResult, Difference, FileSystem } from "../compiler/index.ts";
import { type Command, define, EXIT, InputError } from "./command.ts";
import { tryReading } from "./files.ts";
import { filesAt } from "./git.ts";
import { fromHere, REPORT, type ReportValues, reportAside, takesColor } from "./report.ts";

export const command: Command = define({
  usage: "diff <old.route> <new.route> | <revision> <revision> -- <main.route>",
  about: `Says which requests two policies decide differently, with one request for each kind of change: what would be run
instead, what it costs at worst, and where the data goes. What it does not name is decided as before, however the
policies are written. Facts of models, meters and settings that differ are listed beside.

At worst is for a request and an answer as long as the models allow, with every step billed in full.

Exits with 0 where every request is decided as before, with 1 where one is not or a policy has errors.`,
  options: {
    ...REPORT,
    format: {
      ...REPORT.format,
      choices: ["human", "plain", "json", "markdown"],
      help: "for people (the default), for screen readers, for programs, or for a pull request",
    },
  },
  takes: [2, 3],
  examples: [
    "routec diff old.route new.route",
    "routec diff HEAD~1 HEAD -- main.route",
    "routec diff --format markdown origin/main HEAD -- main.route > comment.md",
  ],
  async run(values, [first = "", second = "", main]) {
    const before = main === undefined ? onDisk(first) : atRevision(first, main);
    const after = main === undefined ? onDisk(second) : atRevision(second, main);
    const { diff } = await import("../compiler/index.ts");
    const result = diff(before.path, after.path, { before, after });
    const failed = [reportErrors(result.before, before, values), reportErrors(result.after, after, values)];
    if (failed.includes(true)) return EXIT.findings;
    const { difference } = result;
    if (difference === undefined)
      throw new InputError(`\`${before.name}\` or \`${after.name}\` has no route, so there is nothing to compare`);
    const versions = { before: versionOf(before, result.before), after: versionOf(after, result.after) };
    process.stdout.write(await rendered(difference, versions, values));
    const { decisions, names, undecided } = difference;
    const differs = [decisions, names.added, names.removed, undecided].some((some) => some.length > 0);
    return differs ? EXIT.findings : EXIT.well;
  },
});

interface Compared {
  /** What people know it by. */
  readonly name: string;
  /** Of the main file. */
  readonly path: string;
  readonly fileSystem: FileSystem;
}

const DISK: FileSystem = { read: readFileSync, real: realpathSync };

function onDisk(path: string): Compared {
  // Read once more by the compiler, which names files by their full paths when they cannot be read.
  tryReading(path, () => readFileSync(path));
  return { name: path, path, fileSystem: DISK };
}

function atRevision(revision: string, path: string): Compared {
  const fileSystem = filesAt(revision);
  tryReading(`${revision}:${path}`, () => fileSystem.read(resolve(path)));
  return { name: revision, path, fileSystem };
}

function reportErrors(result: CheckResult, { name, path }: Compared, values: ReportValues): boolean {
  if (result.diagnostics.every(({ severity }) => severity !== "error")) return false;
  if (name !== path) process.stderr.write(`at ${name}:\n`);
  return reportAside(fromHere(result, path), values);
}

function versionOf({ name, path }: Compared, { sources }: CheckResult): Version {
  const { sources: named } = fromHere({ diagnostics: [], sources }, path);
  const files = new Map(
    [...sources].map(([file, text], index) => [
      file,
      { shown: [...named.keys()][index] ?? file, lines: lineIndex(text) },
    ]),
  );
  return {
    name,
    line: ({ file, span }) => {
      const found = files.get(file);
      return { file: found?.shown ?? file, line: (found?.lines.position(span.start).line ?? 0) + 1 };
    },
  };
}

async function rendered(difference: Difference, versions: Versions, values: ReportValues): Promise<string> {
  switch (values.format) {
    case "json":
      return (await import("../compiler/diff/json.ts")).renderJson(difference, versions);
    case "markdown":
      return (await import("../compiler/diff/markdown.ts")).renderMarkdown(difference, versions);
    case "plain":
      return (await import("../compiler/diff/render.ts")).renderPlain(difference, versions);
    default:
      return (await import("../compiler/diff/render.ts")).renderHuman(
        difference,
        versions,
        takesColor(values.color, process.stdout),
      );
  }
}
