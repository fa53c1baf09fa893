/** `routec diff <old.route> <new.route>` */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { lineIndex } from "../compiler/diagnostics/position.ts";
import type { Version, Versions } from "../compiler/diff/wording.ts";
import type { CheckResult, Difference, FileSystem } from "../compiler/index.ts";
import type { Policy } from "../runtime/table/index.ts";
import { type Command, define, EXIT, InputError } from "./command.ts";
import { tryReading } from "./files.ts";
import { filesAt } from "./git.ts";
import { fromHere, REPORT, type ReportValues, reportAside, takesColor } from "./report.ts";
import type { Traffic } from "./traffic.ts";

export const command: Command = define({
  usage: "diff <old.route> <new.route> | <revision> <revision> -- <main.route>",
  about: `Says which requests two policies decide differently, with one request for each kind of change: what would be run
instead, what it costs at worst, and where the data goes. What it does not name is decided as before, however the
policies are written. Facts of models, meters and settings that differ are listed beside.

With --traffic, says how many recorded requests are decided differently, and what the first step of each plan takes for
their tokens. At worst is for a request and an answer as long as the models allow, with every step billed in full.

Exits with 0 where every request is decided as before, with 1 where one is not or a policy has errors.`,
  options: {
    ...REPORT,
    traffic: {
      type: "string",
      value: "file",
      help: "recorded requests, a line each: our decision log, or what `explain` takes; adds shares and costs",
    },
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
    "routec diff old.route new.route --traffic .routec/decisions.jsonl",
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
    const traffic = values.traffic === undefined ? undefined : await recorded(values.traffic, before, after);
    process.stdout.write(await rendered(difference, versions, values, traffic));
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

/** What both versions make of a log of requests. */
async function recorded(path: string, before: Compared, after: Compared): Promise<Counted> {
  const { compile } = await import("../compiler/index.ts");
  const { load } = await import("../runtime/table/index.ts");
  const { compareTraffic } = await import("./traffic.ts");
  tryReading(path, () => statSync(path));
  const policyOf = (one: Compared): Policy => load(compile(one.path, one).table);
  return { path, traffic: await compareTraffic(path, policyOf(before), policyOf(after)) };
}

interface Counted {
  readonly path: string;
  readonly traffic: Traffic;
}

async function rendered(
  difference: Difference,
  versions: Versions,
  values: ReportValues,
  counted: Counted | undefined,
): Promise<string> {
  const { trafficJson, trafficMarkdown, trafficText } = await import("./traffic.ts");
  const lines = counted === undefined ? [] : trafficText(counted.path, counted.traffic);
  switch (values.format) {
    case "json": {
      const more = counted && { traffic: trafficJson(counted.traffic) };
      return (await import("../compiler/diff/json.ts")).renderJson(difference, versions, more);
    }
    case "markdown": {
      const more = counted === undefined ? "" : trafficMarkdown(counted.path, counted.traffic);
      return (await import("../compiler/diff/markdown.ts")).renderMarkdown(difference, versions) + more;
    }
    case "plain":
      return (
        (await import("../compiler/diff/render.ts")).renderPlain(difference, versions) +
        lines.map((line) => `traffic: ${line.trim()}\n`).join("")
      );
    default:
      return (
        (await import("../compiler/diff/render.ts")).renderHuman(
          difference,
          versions,
          takesColor(values.color, process.stdout),
        ) + (lines.length === 0 ? "" : `\n${lines.join("\n")}\n`)
      );
  }
}
