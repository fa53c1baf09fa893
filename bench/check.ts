/**
 * How fast the compiler checks a program of many files: the whole command, a check again after each keystroke, its
 * memory, and beside Cedar's validator. What is done in one process has a process of its own.
 */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { promisify } from "node:util";
import { check as checkOnce, createChecker, type FileSystem } from "../compiler/index.ts";
import { checkProgram } from "../compiler/program/check.ts";
import { Assets, readProgram } from "../compiler/program/files.ts";
import { Report } from "../compiler/program/report.ts";
import { workFolder } from "./load.ts";
import { waitForQuiet, watchForeignLoad } from "./machine.ts";
import { type GeneratedProgram, generateProgram } from "./programs.ts";
import { type Summary, summarize } from "./statistics.ts";

export interface CheckResult {
  readonly files: number;
  readonly commands: readonly CommandRow[];
  readonly again: readonly AgainRow[];
  readonly engines: readonly EngineRow[];
  /** The rules of the program in `again` and `engines`. */
  readonly rules: number;
  /** Of Cedar; undefined where it is not installed. */
  readonly cedar: string | undefined;
  /** Cores that anything else kept busy meanwhile. */
  readonly foreign: number;
}

/** `routec check` as a process. */
export interface CommandRow {
  readonly rules: number;
  /** Milliseconds by the clock. */
  readonly time: Summary;
  /** The most megabytes that it had resident. */
  readonly memory: Summary;
}

/** A check in a process that has checked the program before. */
export interface AgainRow {
  readonly after: string;
  /** Milliseconds by the clock. */
  readonly time: Summary;
}

export interface EngineRow {
  readonly engine: string;
  /** Milliseconds by the clock for all rules, warm. */
  readonly time: Summary;
  /** Its time in Cedar's of the same round. */
  readonly toCedar: Summary | undefined;
}

const FILES = 20;
const RULES = 1000;
const ROUTEC = new URL("../dist/routec.js", import.meta.url).pathname;
const PEERS = new URL("peers/package.json", import.meta.url);

export async function benchCheck(quick: boolean): Promise<CheckResult> {
  await waitForQuiet([], quick ? 1 : 30);
  const foreign = watchForeignLoad([]);
  const commands: CommandRow[] = [];
  for (const rules of quick ? [100] : [RULES, 10_000]) {
    console.error(`check of ${rules} rules`);
    commands.push(await commandRow(rules, quick ? 2 : 15));
  }
  const rules = quick ? 100 : RULES;
  const rounds = quick ? 3 : 30;
  console.error("check again after a keystroke");
  const again = await inProcess<AgainRow[]>("again", rules, rounds);
  console.error("check beside Cedar");
  const beside = await inProcess<Pick<CheckResult, "engines" | "cedar">>("beside", rules, rounds);
  return { files: FILES, rules, commands, again, ...beside, foreign: foreign() };
}

async function commandRow(rules: number, rounds: number): Promise<CommandRow> {
  const folder = `${workFolder}check-${rules}/`;
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of generateProgram(rules, FILES).files) writeFileSync(folder + name, text);
  const [times, peaks]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    const { stderr } = await run(["--import", TELL_PEAK, ROUTEC, "check", `${folder}main.route`]);
    if (round < 0) continue;
    times.push(performance.now() - start);
    peaks.push(Number(stderr) / 1024);
  }
  return { rules, time: summarize(times), memory: summarize(peaks) };
}

/**
 * Makes a process end by telling its peak of resident memory in kilobytes, on the standard error. Not `maxRSS`, which
 * begins with what the starting process has.
 */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
import { readFileSync } from "node:fs";
process.on("exit", () => process.stderr.write(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "latin1"))[1]));
`)}`;

async function inProcess<T>(what: string, rules: number, rounds: number): Promise<T> {
  const { stdout } = await run([import.meta.filename, what, String(rules), String(rounds)]);
  return JSON.parse(stdout) as T;
}

function run(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, command);
}

/** A file system of the program's files, in some of which another text stands. */
function fileSystemOf({ files }: GeneratedProgram, changed: ReadonlyMap<string, string> = new Map()): FileSystem {
  const bytes = new Map([...files].map(([name, text]) => [name, Buffer.from(text)]));
  return {
    read: (path) => {
      const name = basename(path);
      const text = changed.get(name);
      return text === undefined ? (bytes.get(name) ?? new Uint8Array()) : Buffer.from(text);
    },
    real: (path) => path,
  };
}

function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** The times of checks after each of some keystrokes in the largest file. */
function measureAgain(program: GeneratedProgram, rounds: number): AgainRow[] {
  const changed = new Map<string, string>();
  const fileSystem = fileSystemOf(program, changed);
  const text = program.files.get(program.largest) as string;
  const check = createChecker({ fileSystem });
  const after = (texts: readonly string[]): Summary => {
    const times = texts.map((each) => {
      changed.set(program.largest, each);
      return timed(() => check("main.route"));
    });
    return summarize(times.slice(texts.length / 2));
  };
  return [
    { after: "a digit changed in a rule", time: after(digitsChanged(text, 2 * rounds)) },
    { after: "each key of a rule that is typed", time: after([...typed(text), ...typed(text)]) },
  ];
}

/** The text with one digit of one tenant's name changed, each time of another rule. */
function digitsChanged(text: string, count: number): string[] {
  const places = Array.from(text.matchAll(/tenant-\d*(?=\d\.)/g), (match) => match.index + match[0].length);
  return Array.from({ length: count }, (_, i) => {
    const at = places[Math.floor((i * places.length) / count)] ?? 0;
    return `${text.slice(0, at)}${(Number(text[at]) + 1) % 10}${text.slice(at + 1)}`;
  });
}

/** The text as it is after each key of a rule in the middle. */
function typed(text: string): string[] {
  const rule = '  when tenant == "acme" and tier == pro and not long -> m3 else m4\n';
  const at = text.indexOf("\n", text.length / 2) + 1;
  return Array.from(rule, (_, i) => text.slice(0, at) + rule.slice(0, i + 1) + text.slice(at));
}

function measureBeside(program: GeneratedProgram, rounds: number): Pick<CheckResult, "engines" | "cedar"> {
  const fileSystem = fileSystemOf(program);
  const cedar = cedarValidator(program);
  const engines: [engine: string, check: () => void][] = [
    ["routec: syntax, names, types, totality, reachability", () => expectNone(checkOnce("main.route", { fileSystem }))],
    ["routec: syntax, names, types", () => expectNone(namesAndTypes(fileSystem))],
    ...(cedar === undefined ? [] : [["Cedar: syntax, names, types", cedar.validate] as [string, () => void]]),
  ];
  const times = engines.map((): number[] => []);
  for (let round = -rounds; round < rounds; round++)
    for (const [index, [, action]] of engines.entries()) {
      const time = timed(action);
      if (round >= 0) times[index]?.push(time);
    }
  const ofCedar = cedar && times.at(-1);
  return {
    cedar: cedar?.version,
    engines: engines.map(([engine], index) => {
      const own = times[index] ?? [];
      const toCedar = ofCedar && summarize(own.map((time, round) => time / (ofCedar[round] ?? Number.NaN)));
      return { engine, time: summarize(own), toCedar };
    }),
  };
}

function namesAndTypes(fileSystem: FileSystem): Report {
  const report = new Report();
  checkProgram(readProgram("main.route", fileSystem, report), new Assets(fileSystem, report), report);
  return report;
}

/** Warnings aside: rules at random repeat one another here and there. */
function expectNone(found: { readonly diagnostics: readonly { message: string; severity?: string }[] }): void {
  const finding = found.diagnostics.find(({ severity }) => severity !== "warning");
  if (finding !== undefined) throw new Error(`the program has an error: ${finding.message}`);
}

/** What of `@cedar-policy/cedar-wasm` is used. */
interface CedarWasm {
  getCedarVersion(): string;
  validate(call: {
    readonly validationSettings: { readonly mode: "strict" };
    readonly schema: string;
    readonly policies: { readonly staticPolicies: string };
  }):
    | { readonly type: "failure"; readonly errors: readonly { readonly message: string }[] }
    | { readonly type: "success"; readonly validationErrors: readonly { readonly error: { message: string } }[] };
}

/** Cedar's validator on the program's policies, if it is installed. */
function cedarValidator({ cedar }: GeneratedProgram): { version: string; validate: () => void } | undefined {
  const load = createRequire(PEERS);
  let wasm: CedarWasm;
  try {
    wasm = load("@cedar-policy/cedar-wasm/nodejs");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
  const call = {
    validationSettings: { mode: "strict" },
    schema: cedar.schema,
    policies: { staticPolicies: cedar.policies },
  } as const;
  return {
    version: wasm.getCedarVersion(),
    validate: () => {
      const answer = wasm.validate(call);
      const wrong = answer.type === "failure" ? answer.errors : answer.validationErrors.map(({ error }) => error);
      expectNone({ diagnostics: wrong });
    },
  };
}

if (import.meta.main) {
  const [what, rules, rounds] = process.argv.slice(2);
  const program = generateProgram(Number(rules), FILES);
  const measure = what === "again" ? measureAgain : measureBeside;
  process.stdout.write(JSON.stringify(measure(program, Number(rounds))));
}
