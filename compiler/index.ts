/** The compiler as a library: text or files in, diagnostics and a decision table out. Reads no environment. */
import { readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { DecisionTable } from "../runtime/table/index.ts";
import { analyse } from "./analysis/analyse.ts";
import type { Diagnostic } from "./diagnostics/index.ts";
import { checkProgram } from "./program/check.ts";
import { type FileSystem, readProgram } from "./program/files.ts";
import type { Program } from "./program/program.ts";
import { Report } from "./program/report.ts";
import { format as formatTree, parse } from "./syntax/index.ts";
import { lower } from "./table/lower.ts";

export { type DecisionTable, type Explanation, explain } from "../runtime/table/index.ts";
export * from "./diagnostics/index.ts";
export type { FileSystem } from "./program/files.ts";
export { serializeTable } from "./table/lower.ts";

/** The path of a policy's main file, or its text (`path` is then what findings call it, and where imports start from). */
export type Source = string | { readonly text: string; readonly path?: string };

export interface CompilerOptions {
  /** Where files come from; the disk, if not given. */
  readonly fileSystem?: FileSystem;
}

export interface CheckResult {
  /** In order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of all files, by the names that diagnostics use: relative to the main file's folder. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface CompileResult extends CheckResult {
  /** Undefined when there are errors, or no route to compile. */
  readonly table: DecisionTable | undefined;
}

const DISK: FileSystem = { read: readFileSync, real: realpathSync };

/**
 * Checks a policy: syntax, names, types, and that every route decides every request.
 * @throws the file system's error when the main file cannot be read.
 */
export function check(source: Source, options: CompilerOptions = {}): CheckResult {
  const { diagnostics, sources } = understand(source, options);
  return { diagnostics, sources };
}

/** Compiles a policy to its decision table. Throws as `check` does. */
export function compile(source: Source, options: CompilerOptions = {}): CompileResult {
  const { diagnostics, sources, program, analysis } = understand(source, options);
  const whole = analysis !== undefined && diagnostics.every(({ severity }) => severity !== "error");
  const unexplained = whole ? program.routes.find(({ broken }) => broken) : undefined;
  if (unexplained !== undefined) throw new Error(`route ${unexplained.names[0]} is broken, and no finding says why`);
  return { diagnostics, sources, table: whole && program.routes.length > 0 ? lower(program, analysis) : undefined };
}

/** The canonical form of a policy's text; undefined when it does not parse, with the findings that say why. */
export function format(text: string, path = "policy.route"): { text: string | undefined; diagnostics: Diagnostic[] } {
  const { tree, diagnostics } = parse(path, text);
  const broken = diagnostics.some(({ severity }) => severity === "error");
  return { text: broken ? undefined : formatTree(text, tree), diagnostics };
}

function understand(source: Source, { fileSystem = DISK }: CompilerOptions) {
  const report = new Report();
  const files =
    typeof source === "string"
      ? readProgram(source, fileSystem, report)
      : readProgram(
          source.path ?? "policy.route",
          withText(source.text, source.path ?? "policy.route", fileSystem),
          report,
        );
  const program: Program = checkProgram(files, report);
  const analysis = analyse(program, report);
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const rank = (finding: Diagnostic): number => order.get(finding.file) ?? files.length;
  const diagnostics = report.diagnostics.toSorted((a, b) => rank(a) - rank(b) || a.span.start - b.span.start);
  return { diagnostics, program, analysis, sources: new Map(files.map(({ name, text }) => [name, text])) };
}

/** A file system in which one file has this text. */
function withText(text: string, path: string, rest: FileSystem): FileSystem {
  const own = resolve(path);
  return {
    read: (wanted) => (resolve(wanted) === own ? new TextEncoder().encode(text) : rest.read(wanted)),
    real: (wanted) => (resolve(wanted) === own ? own : rest.real(wanted)),
  };
}
