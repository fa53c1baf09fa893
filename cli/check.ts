/** `routec check [paths…]` */
import { appendFileSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../compiler/diagnostics/position.ts";
import { requestText } from "../compiler/diagnostics/request.ts";
import type { Note, Overlap } from "../compiler/index.ts";
import { type Command, define, EXIT, wholeNumber } from "./command.ts";
import { policyFiles, tryReading, tryWriting } from "./files.ts";
import { type Findings, findingsText, fromHere, placeFromHere, REPORT } from "./report.ts";

/** Bytes of a policy whose garbage matters more than the milliseconds that it takes to say so. */
const LARGE = 100_000;

export const command: Command = define({
  usage: "check [paths…]",
  about: `Says what is wrong with policies: syntax, names and types, requests that a route forgets, rules that can never
match, proofs that do not hold. A path is a policy or a folder; without paths it is all \`.route\` files below the current
folder.

A comment \`// routec-ignore RT5001: reason\` silences that warning on its line, or on the next one.

Exits with 0 where there is no error, with 1 where there is one, with 3 where there are more warnings than allowed.`,
  options: {
    ...REPORT,
    format: {
      ...REPORT.format,
      choices: ["human", "plain", "json", "sarif", "github", "junit"],
      help: "for people (the default), for screen readers, or for other programs",
    },
    fix: { type: "boolean", help: "first apply the fixes that are safe, to the files of the policies" },
    notes: {
      type: "boolean",
      help: "also what is to be known of facts from the catalog, such as that sources disagree",
    },
    overlaps: {
      type: "boolean",
      help: "also pairs of rules that can both match a request and run different things",
    },
    witnesses: {
      type: "boolean",
      help: "also the request that shows each finding, as a command line and as a test to paste",
    },
    "max-warnings": { type: "string", value: "number", help: "more warnings than this are a failure" },
  },
  takes: [0, Number.POSITIVE_INFINITY],
  examples: [
    "routec check",
    "routec check main.route --fix --max-warnings 0",
    "routec check policies --format sarif > routec.sarif",
  ],
  async run(values, paths) {
    const asked = values["max-warnings"];
    const allowed = asked === undefined ? undefined : wholeNumber("--max-warnings", asked, 0, 1e9);
    const files = policyFiles(paths);
    // V8 doubles the space of its young generation while a large policy is read: 90 MB of garbage at 10,000 rules.
    if (files.some((file) => tryReading(file, () => statSync(file)).size > LARGE))
      (await import("node:v8")).setFlagsFromString("--semi-space-growth-factor=1");
    const { check, overlaps } = await import("../compiler/index.ts");
    const notes = new Map<string, string>();
    const checkOne = (file: string): Findings =>
      tryReading(file, () => {
        const checked = check(file);
        for (const note of checked.notes) notes.set(`${file} ${note.model}`, noteText(note, file));
        return fromHere(checked, file);
      });
    const checkAll = (): Findings => together(files.map(checkOne));

    const findings = values.fix === true ? await fixed(checkAll) : checkAll();
    if (findings.diagnostics.some(({ witness }) => witness !== undefined)) await replayed(files);
    const { diagnostics, sources } = findings;
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    const warnings = diagnostics.length - errors;

    const { format = "human" } = values;
    const render = PROGRAM_FORMATS[format];
    process.stdout.write(
      await (render ? render(diagnostics, sources) : findingsText(findings, values, process.stdout)),
    );
    if (format === "github") await summarize(findings);
    if (["human", "plain", "github"].includes(format)) {
      if (values.notes === true) for (const note of notes.values()) process.stdout.write(`${note}\n`);
      if (values.overlaps === true)
        for (const file of files) {
          const { overlaps: found, sources: texts } = tryReading(file, () => overlaps(file));
          process.stdout.write(found === undefined ? "" : overlapsText(found, texts, file));
        }
      if (values.witnesses === true) {
        const { witnessesText } = await import("./witnesses.ts");
        for (const file of files) {
          const one = checkOne(file);
          process.stdout.write(witnessesText(one.diagnostics, one.sources, file));
        }
      }
      const gap = diagnostics.length > 0 && format === "human" ? "\n" : "";
      process.stdout.write(`${gap}${summary(sources.size, errors, warnings)}\n`);
    }
    if (errors > 0) return EXIT.findings;
    if (allowed === undefined || warnings <= allowed) return EXIT.well;
    process.stderr.write(`routec: ${counted(warnings, "warning")}, ${allowed} allowed\n`);
    return EXIT.gate;
  },
});

/** Before a request is shown it goes through what would be served, too. */
async function replayed(files: readonly string[]): Promise<void> {
  const { compileProgram } = await import("../compiler/index.ts");
  const { replayWitnesses } = await import("../compiler/testing/replay.ts");
  for (const file of files) {
    const { program, analysis, diagnostics } = tryReading(file, () => compileProgram(file));
    if (analysis !== undefined) replayWitnesses(program, analysis, diagnostics);
  }
}

function noteText({ model, file, message }: Note, main: string): string {
  return `note: model \`${model}\` (${placeFromHere(file, main)}): ${message}`;
}

/** Of more pairs only so many are shown. */
const MOST_OVERLAPS = 20;

/** One pair after another, and how many there are. */
function overlapsText(found: Iterable<Overlap>, sources: Findings["sources"], main: string): string {
  const all = [...found];
  const shown = all.slice(0, MOST_OVERLAPS).map(({ route, first, second, rules, witness, assumed }) => {
    const places = rules.map(({ place: { file, span } }) => {
      const { line } = lineIndex(sources.get(file) ?? "").position(span.start);
      return `${placeFromHere(file, main)}:${line + 1}`;
    });
    const condition = assumed ? ", if what their signals say can be so at once" : "";
    const both = `rules ${first} and ${second} of route \`${route}\` can match one request${condition}`;
    const example = witness === undefined ? "  not decided within the bound" : `  for example: ${requestText(witness)}`;
    return `note: ${both}: the first decides (${places.join(", ")})\n${example}\n`;
  });
  const count = all.length > shown.length ? `, of which ${shown.length} are shown` : "";
  return `${shown.join("")}${main}: ${counted(all.length, "overlap")}${count}\n`;
}

type Render = (...findings: [Findings["diagnostics"], Findings["sources"]]) => Promise<string>;

/** The formats that only this verb has, each loaded when it is asked for. */
const PROGRAM_FORMATS: Readonly<Record<string, Render>> = {
  sarif: async (...findings) => (await import("../compiler/diagnostics/sarif.ts")).renderSarif(...findings),
  github: async (...findings) => (await import("../compiler/diagnostics/github.ts")).renderGithub(...findings),
  junit: async (...findings) => (await import("../compiler/diagnostics/junit.ts")).renderJunit(...findings),
};

/** The findings of several programs. A library is checked on its own and again with each policy that imports it. */
function together(programs: readonly Findings[]): Findings {
  const sources = new Map(programs.flatMap((program) => [...program.sources]));
  const found = new Map<string, Diagnostic>();
  for (const { diagnostics } of programs)
    for (const diagnostic of diagnostics) found.set(JSON.stringify(diagnostic), diagnostic);
  return { diagnostics: [...found.values()], sources };
}

/** A fix can make room for another. Should two undo each other, this ends all the same. */
const MOST_ROUNDS = 10;

/** Applies fixes and checks again, until there is none left to apply. Returns what remains. */
async function fixed(checkAll: () => Findings): Promise<Findings> {
  const { applyFixes } = await import("../compiler/diagnostics/fix.ts");
  const { replaceFile } = await import("./replace.ts");
  let findings = checkAll();
  let count = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { texts, applied } = applyFixes(writable(findings.sources), findings.diagnostics);
    if (applied.length === 0) break;
    for (const [file, text] of texts) replaceFile(file, text);
    count += applied.length;
    findings = checkAll();
  }
  process.stderr.write(`routec: ${counted(count, "fix", "es")} applied\n`);
  return findings;
}

/** Files that hold just the text that was checked: not those of other bytes than UTF-8's. One of two names, where a link is. */
function writable(sources: Findings["sources"]): Map<string, string> {
  const files = new Map<string, string>();
  const seen = new Set<string>();
  for (const [file, text] of sources) {
    const real = realpathSync(file);
    if (!seen.has(real) && readFileSync(file).equals(Buffer.from(text))) files.set(file, text);
    seen.add(real);
  }
  return files;
}

/** GitHub shows the Markdown that is in the file of this name when the job has ended. */
async function summarize({ diagnostics, sources }: Findings): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file = "" } = process.env;
  if (file === "") return;
  const { renderGithubSummary } = await import("../compiler/diagnostics/github.ts");
  tryWriting(() => appendFileSync(file, renderGithubSummary(diagnostics, sources)));
}

function summary(files: number, errors: number, warnings: number): string {
  if (errors + warnings === 0) return `${counted(files, "file")} checked, nothing found`;
  return `${counted(files, "file")} checked: ${counted(errors, "error")}, ${counted(warnings, "warning")}`;
}

function counted(count: number, what: string, plural = "s"): string {
  return `${count} ${what}${count === 1 ? "" : plural}`;
}
