/** One-line helpers for tests of the compiler. */
import { readFileSync, realpathSync } from "node:fs";
import { relative } from "node:path";
import { expect } from "vitest";
import { check, compile, type Diagnostic, type FileSystem } from "../../compiler/index.ts";

/** Declarations that most policies of the tests need; `small` and `big` are models. */
export const MODELS = `
provider lab { protocol simulated }
model small = lab "small-1" { context 8k  output 1k  price free }
model big = lab "big-1" { context 128k  output 8k  price { input $1, output $4 } }
`;

/** Attributes of every type. */
export const REQUEST = `
request {
  tier     free | pro | enterprise  from header "x-tier"      default free
  region   eu | us                  from claim "region"       default us
  critical bool                     from header "x-critical"  default false
  tenant   string                   from claim "org"          default ""
  weight   int                      from metadata "weight"    default 0
  risk     score                    from metadata "risk"      default 0
  spent    money                    from metadata "spent"     default $0
  waited   duration                 from metadata "waited"    default 0s
}
`;

/** A route over the attributes and models above. */
export function route(rules: string): string {
  return `${REQUEST}${MODELS}route chat {\n${rules}\n}\n`;
}

/** Files that policies of the tests may name. */
const FILES: Readonly<Record<string, string>> = {
  "prompt.md": "How hard is this?",
  "rubric.md": "How good is this answer, from 0 to 1?",
  "weights.json": '{ "version": 1, "bias": 0.1, "weights": { "prove": 2 } }',
  "words.json": '{ "version": 1, "bias": "high", "weights": {} }',
  "examples.jsonl": '"one"\n{ "text": "two" }\n',
  "notes.md": "no JSON",
  "blank.md": " \n",
  "logo.png": "\0PNG",
};

const FILE_SYSTEM: FileSystem = {
  read: (path) => {
    const text = FILES[relative(process.cwd(), path)];
    return text === undefined ? readFileSync(path) : Buffer.from(text);
  },
  real: (path) => (FILES[relative(process.cwd(), path)] === undefined ? realpathSync(path) : path),
};

const OPTIONS = { fileSystem: FILE_SYSTEM };

/** What is said of policies that are no mistake: tests of other things leave it out. */
const ASIDE = ["RT5001", "RT3009", "RT3010", "RT3011", "RT3013"];

/** Findings as \`line:column code message\`, without those aside. */
export function findings(source: string): string[] {
  const { diagnostics } = check({ text: source, path: "main.route" }, OPTIONS);
  return diagnostics.filter(({ code }) => !ASIDE.includes(code)).map((finding) => `${finding.code} ${finding.message}`);
}

/** Exactly one finding is made, with this code, and its message contains the text. Returns it. */
export function expectDiagnostic(source: string, code: string, message: string): Diagnostic {
  const all = check({ text: source, path: "main.route" }, OPTIONS).diagnostics.filter(
    (finding) => finding.code === code || !ASIDE.includes(finding.code),
  );
  expect(all.map((finding) => [finding.code, finding.message])).toEqual([[code, expect.stringContaining(message)]]);
  return all[0] as Diagnostic;
}

/** What the finding's span covers in the source. */
export function spanned(source: string, finding: Diagnostic): string {
  return source.slice(finding.span.start, finding.span.end);
}

export function expectClean(source: string): void {
  expect(findings(source)).toEqual([]);
}

/** The table of a source that compiles. */
export function tableOf(source: string) {
  const { table, diagnostics } = compile({ text: source, path: "main.route" }, OPTIONS);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (table === undefined) throw new Error("no table");
  return table;
}
