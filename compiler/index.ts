/** The compiler as a library: text or files in, diagnostics and a decision table out. Reads no environment. */
import { readFileSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { DecisionTable } from "../runtime/table/artifact.ts";
import { type Analysis, analyse } from "./analysis/analyse.ts";
import { warnOfNeedless } from "./analysis/needless.ts";
import { type Overlap, overlapsIn } from "./analysis/overlaps.ts";
import { applyIgnores } from "./diagnostics/ignore.ts";
import type { Diagnostic, Place } from "./diagnostics/index.ts";
import { diffPrograms } from "./diff/diff.ts";
import type { Difference } from "./diff/difference.ts";
import { warnOfPlans } from "./findings/plans.ts";
import { checkProgram } from "./program/check.ts";
import { Assets, type FileSystem, readProgram } from "./program/files.ts";
import { type Interrupted, interruptible } from "./program/interruption.ts";
import type { Program, ProgramFile } from "./program/program.ts";
import { Report } from "./program/report.ts";
import { prove } from "./proofs/prove.ts";
import { format as formatTree, parse } from "./syntax/index.ts";
import { lower } from "./table/lower.ts";

export type { DecisionTable } from "../runtime/table/artifact.ts";
export type { Overlap } from "./analysis/overlaps.ts";
export * from "./diagnostics/index.ts";
export type * from "./diff/difference.ts";
export { conditionsIn } from "./graph/conditions.ts";
export { toMermaid } from "./graph/mermaid.ts";
export * from "./graph/plan-graph.ts";
export type { FileSystem } from "./program/files.ts";
export { type Interrupted, InterruptedError } from "./program/interruption.ts";
export { serializeTable } from "./table/lower.ts";
export {
  DECIDED,
  javaScript,
  javaScriptTypes,
  type SqlDialect,
  SqlError,
  type SqlOptions,
  sql,
  sqlColumns,
} from "./target/index.ts";

/** The path of a policy's main file, or its text (`path` is then what findings call it, and where imports start from). */
export type Source = string | { readonly text: string; readonly path?: string };

export interface CompilerOptions {
  /** Where files come from; the disk, if not given. */
  readonly fileSystem?: FileSystem;
  /** Asked between rules and every few thousand steps of a search; when it says so the check throws an `InterruptedError`. */
  readonly interrupted?: Interrupted;
}

export interface CheckResult {
  /** In order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of all files, by the names that diagnostics use: relative to the main file's folder. */
  readonly sources: ReadonlyMap<string, string>;
  /** What is to be known of the facts that models take from the catalog: no findings, for nothing is wrong with them. */
  readonly notes: readonly Note[];
}

export interface Note extends Place {
  readonly model: string;
  readonly message: string;
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
  return createChecker(options)(source);
}

/**
 * The same as `check`, for programs that check after every keystroke: it keeps the trees of the files of its last check,
 * and parses only those whose text has changed.
 */
export function createChecker(options: CompilerOptions = {}): (source: Source) => CheckResult {
  let last = new Map<string, ParsedText>();
  return (source) => {
    const known = last;
    const now = new Map<string, ParsedText>();
    const parseChanged = (name: string, text: string): Parsed => {
      const before = known.get(name);
      const { parsed } = before?.text === text ? before : { parsed: parse(name, text) };
      now.set(name, { text, parsed });
      return parsed;
    };
    const { diagnostics, sources, notes } = understand(source, options, parseChanged);
    last = now;
    return { diagnostics, sources, notes };
  };
}

type Parsed = ReturnType<typeof parse>;

interface ParsedText {
  readonly text: string;
  readonly parsed: Parsed;
}

/** A compiled policy with what was understood of it on the way. */
export interface CompiledProgram extends CompileResult {
  readonly program: Program;
  /** Undefined where some attribute's values could not be told apart. */
  readonly analysis: Analysis | undefined;
}

export interface OverlapsResult extends CheckResult {
  /** Undefined when there are errors. In the order of the rules; made one by one, since there can be many. */
  readonly overlaps: Iterable<Overlap> | undefined;
}

/** Checks a policy, and says which of its rules can match a request together and run different things. Throws as `check` does. */
export function overlaps(source: Source, options: CompilerOptions = {}): OverlapsResult {
  const { diagnostics, sources, notes, program, analysis } = understand(source, options);
  const whole = analysis !== undefined && diagnostics.every(({ severity }) => severity !== "error");
  return { diagnostics, sources, notes, overlaps: whole ? overlapsIn(analysis, program) : undefined };
}

/** Compiles a policy to its decision table. Throws as `check` does. */
export function compile(source: Source, options: CompilerOptions = {}): CompileResult {
  const { diagnostics, sources, notes, table } = compileProgram(source, options);
  return { diagnostics, sources, notes, table };
}

/** As `compile`, for those who go on from the program. */
export function compileProgram(source: Source, options: CompilerOptions = {}): CompiledProgram {
  const { diagnostics, sources, notes, program, analysis } = understand(source, options);
  const whole = analysis !== undefined && diagnostics.every(({ severity }) => severity !== "error");
  const unexplained = whole ? program.routes.find(({ broken }) => broken) : undefined;
  if (unexplained !== undefined) throw new Error(`route ${unexplained.names[0]} is broken, and no finding says why`);
  return {
    diagnostics,
    sources,
    notes,
    table: whole && program.routes.length > 0 ? lower(program, analysis) : undefined,
    program,
    analysis,
  };
}

export interface DiffResult {
  readonly before: CheckResult;
  readonly after: CheckResult;
  /** Undefined when one of the two has errors, or no route. */
  readonly difference: Difference | undefined;
}

/** Which requests two policies decide differently, and what else differs. Throws as `check` does. */
export function diff(
  before: Source,
  after: Source,
  options: { readonly before?: CompilerOptions; readonly after?: CompilerOptions } = {},
): DiffResult {
  const [old, now] = [understand(before, options.before ?? {}), understand(after, options.after ?? {})];
  const whole = [old, now].every(
    ({ diagnostics, program }) =>
      program.routes.length > 0 && diagnostics.every(({ severity }) => severity !== "error"),
  );
  return {
    before: { diagnostics: old.diagnostics, sources: old.sources, notes: old.notes },
    after: { diagnostics: now.diagnostics, sources: now.sources, notes: now.notes },
    difference: whole ? diffPrograms(old.program, now.program) : undefined,
  };
}

/** The canonical form of a policy's text; undefined when it does not parse, with the findings that say why. */
export function format(text: string, path = "policy.route"): { text: string | undefined; diagnostics: Diagnostic[] } {
  const { tree, diagnostics } = parse(path, text);
  const broken = diagnostics.some(({ severity }) => severity === "error");
  return { text: broken ? undefined : formatTree(text, tree), diagnostics };
}

/** What is known of a policy so far. */
export interface Understood extends CheckResult {
  readonly program: Program;
  /** Undefined where some attribute's values could not be told apart, or none was looked at yet. */
  readonly analysis: Analysis | undefined;
}

/** Reads a file: `parse`, or something that gives the same. */
export type ParseFile = typeof parse;

function understand(source: Source, options: CompilerOptions, parseFile?: ParseFile): Understood {
  const steps = checkInSteps(source, options, parseFile);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same as `check`, for those who have other things to do in between: names and types first, then what is true of all
 * requests, then what is found out of that. Each step gives what tells all that is known so far; the last is returned.
 */
export function* checkInSteps(
  source: Source,
  { fileSystem = DISK, interrupted }: CompilerOptions = {},
  parseFile: ParseFile = parse,
): Generator<() => Understood, Understood> {
  const step = <T>(work: () => T): T => interruptible(interrupted, work);
  const report = new Report();
  const path = typeof source === "string" ? source : (source.path ?? "policy.route");
  const from = typeof source === "string" ? fileSystem : withText(source.text, path, fileSystem);
  const files = step(() => readProgram(path, from, report, parseFile));
  const program: Program = step(() => checkProgram(files, new Assets(from, report), report));
  yield () => understood(files, program, undefined, report);
  const analysis = step(() => analyse(program, report));
  if (analysis !== undefined && report.diagnostics.every(({ severity }) => severity !== "error")) {
    yield () => understood(files, program, analysis, report);
    step(() => warnOfNeedless(analysis, program, report));
    yield () => understood(files, program, analysis, report);
    step(() => warnOfPlans(program, report));
    yield () => understood(files, program, analysis, report);
    step(() => prove(program, report));
  }
  return understood(files, program, analysis, report, true);
}

function understood(
  files: readonly ProgramFile[],
  program: Program,
  analysis: Analysis | undefined,
  report: Report,
  all = false,
): Understood {
  const found = withoutIgnored(files, program, report.diagnostics, all);
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const rank = (finding: Diagnostic): number => order.get(finding.file) ?? files.length;
  const diagnostics = found.toSorted((a, b) => rank(a) - rank(b) || a.span.start - b.span.start);
  const notes = program.models.flatMap(({ facts: { name }, note, place }): Note[] =>
    note === undefined ? [] : [{ ...place, model: name, message: note }],
  );
  return { diagnostics, program, analysis, notes, sources: new Map(files.map(({ name, text }) => [name, text])) };
}

/**
 * Each file has ignores for its own findings. Only those of the main file, if it is no library, are told to be needless,
 * and only when `all` there is to find was looked for.
 */
function withoutIgnored(
  files: readonly ProgramFile[],
  program: Program,
  found: readonly Diagnostic[],
  all: boolean,
): readonly Diagnostic[] {
  const whole = all && program.routes.length > 0 && found.every(({ severity }) => severity !== "error");
  return files.reduce(
    (rest, { name, text, tree: { comments } }, i) =>
      applyIgnores({ name, text, comments }, rest, { whole: whole && i === 0 }),
    found,
  );
}

/** A file system in which one file has this text. */
function withText(text: string, path: string, rest: FileSystem): FileSystem {
  const own = resolve(path);
  return {
    read: (wanted) => (resolve(wanted) === own ? new TextEncoder().encode(text) : rest.read(wanted)),
    real: (wanted) => (resolve(wanted) === own ? own : rest.real(wanted)),
  };
}
