/** Data flows one way: who may import whom. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Each part, and the parts that it may import besides itself. A folder not listed may import nothing of ours. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "runtime/table": [],
  "runtime/observe": ["runtime/table"],
  "runtime/plan": ["runtime/table", "runtime/observe"],
  "runtime/dialects": ["runtime/table", "runtime/plan"],
  "runtime/providers": ["runtime/table", "runtime/plan", "runtime/dialects"],
  "runtime/ledger": ["runtime/table", "runtime/plan"],
  "runtime/signals": ["runtime/table", "runtime/plan", "runtime/providers"],
  "runtime/reuse": ["runtime/table", "runtime/plan"],
  "runtime/auth": [],
  "runtime/proxy": [
    "runtime/table",
    "runtime/plan",
    "runtime/dialects",
    "runtime/providers",
    "runtime/ledger",
    "runtime/signals",
    "runtime/reuse",
    "runtime/observe",
    "runtime/auth",
  ],
  "runtime/explain": ["runtime/table", "runtime/plan", "runtime/proxy", "runtime/signals"],
  "runtime/config": ["runtime/auth", "runtime/proxy"],
  "runtime/start": [],
  "runtime/workers": [],
  "runtime/service": [
    "runtime/table",
    "runtime/plan",
    "runtime/ledger",
    "runtime/signals",
    "runtime/reuse",
    "runtime/observe",
    "runtime/auth",
    "runtime/config",
    "runtime/proxy",
    "runtime/workers",
  ],
  "runtime/simulation": [
    "runtime/table",
    "runtime/plan",
    "runtime/providers",
    "runtime/ledger",
    "runtime/signals",
    "runtime/reuse",
    "runtime/observe",
    "runtime/proxy",
    "runtime/explain",
  ],
  runtime: ["runtime/table", "runtime/plan", "runtime/providers", "runtime/proxy", "runtime/signals", "runtime/ledger"],
  "compiler/diagnostics": ["compiler/syntax"],
  "compiler/syntax": ["compiler/diagnostics"],
  "compiler/strings": ["runtime/table"],
  "compiler/program": [
    "compiler/catalog",
    "compiler/syntax",
    "compiler/diagnostics",
    "compiler/strings",
    "runtime/table",
  ],
  "compiler/analysis": [
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "compiler/strings",
    "runtime/table",
  ],
  "compiler/proofs": [
    "compiler/analysis",
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
  ],
  "compiler/findings": [
    "compiler/analysis",
    "compiler/proofs",
    "compiler/catalog",
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
  ],
  "compiler/explain": [
    "compiler/analysis",
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
  ],
  "compiler/graph": ["compiler/program", "compiler/syntax", "runtime/table"],
  // Tests of policies are carried out, so what runs them is on top of both.
  "compiler/testing": [
    "compiler/analysis",
    "compiler/program",
    "compiler/proofs",
    "compiler/syntax",
    "compiler/table",
    "compiler/diagnostics",
    "runtime/table",
    "runtime/simulation",
  ],
  // Its invariants and its arbitrary policies are put to the compiler from outside, as a user's own tests would.
  "compiler/testing/simulation": [
    "compiler",
    "compiler/testing",
    "compiler/analysis",
    "compiler/program",
    "compiler/proofs",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
    "runtime/ledger",
    "runtime/simulation",
  ],
  // Outcomes are decided as the runtime would, and the signals that it computes are computed.
  "compiler/calibration": [
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
    "runtime/plan",
    "runtime/signals",
    "compiler/html-report",
  ],
  "compiler/diff": [
    "compiler/analysis",
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
  ],
  "compiler/catalog": [],
  "compiler/html-report": [],
  "compiler/table": ["compiler/analysis", "compiler/program", "compiler/diagnostics", "runtime/table"],
  "compiler/target": ["compiler/strings", "runtime/table"],
  compiler: [
    "compiler/table",
    "compiler/target",
    "compiler/graph",
    "compiler/diff",
    "compiler/analysis",
    "compiler/findings",
    "compiler/proofs",
    "compiler/program",
    "compiler/syntax",
    "compiler/diagnostics",
    "runtime/table",
  ],
  // Tests run and requests are explained as the policy is written, in the simulation: an editor serves nothing.
  lsp: [
    "compiler",
    "compiler/analysis",
    "compiler/catalog",
    "compiler/diagnostics",
    "compiler/diff",
    "compiler/explain",
    "compiler/findings",
    "compiler/program",
    "compiler/proofs",
    "compiler/syntax",
    "compiler/table",
    "compiler/graph",
    "compiler/testing",
    "runtime/table",
    "runtime/explain",
    "runtime/simulation",
  ],
  // Traffic goes through what serves it; what it came to is drawn as other reports are.
  "compiler/replay": [
    "compiler/html-report",
    "compiler/diagnostics",
    "runtime/table",
    "runtime/plan",
    "runtime/ledger",
    "runtime/observe",
    "runtime/proxy",
    "runtime/simulation",
  ],
  cli: [
    "lsp",
    "compiler/replay",
    "compiler",
    "compiler/calibration",
    "compiler/diagnostics",
    "compiler/diff",
    "compiler/explain",
    "compiler/graph",
    "compiler/html-report",
    "compiler/testing",
    "compiler/testing/simulation",
    "runtime",
    "runtime/table",
    "runtime/proxy",
    "runtime/auth",
    "runtime/config",
    "runtime/explain",
    "runtime/observe",
    "runtime/service",
    "runtime/signals",
    "runtime/simulation",
    "runtime/start",
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(folder: string): Import[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(ROOT, file), "utf8");
      return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, target = ""]) => ({
        from: file,
        to: relative(ROOT, normalize(join(ROOT, dirname(file), target))),
      }));
    });
}

/** The innermost listed part that a file belongs to. */
function partOf(file: string): string {
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder))
    if (MAY_IMPORT[folder] !== undefined) return folder;
  return dirname(file);
}

describe("dependencies", () => {
  const all = ["runtime", "compiler", "lsp", "cli"].flatMap(importsOf);

  it("point only where the architecture lets them", () => {
    const forbidden = all.filter(({ from, to }) => {
      const [part, target] = [partOf(from), partOf(to)];
      return part !== target && !(MAY_IMPORT[part] ?? []).includes(target);
    });
    expect(forbidden.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of the extension for VS Code are on what it says to the server alone, which it starts as a process", () => {
    const targets = new Set(importsOf("vscode-extension/src").map(({ to }) => to));
    expect([...targets].filter((to) => !to.startsWith("vscode-extension/"))).toEqual(["lsp/requests/protocol.ts"]);
  });

  it("of the compiler on the runtime are the table's format alone: what loads a table is five times its size", () => {
    const own = all.filter(
      ({ from }) => from.startsWith("compiler/") && !/^compiler\/(testing|calibration|replay)\//.test(from),
    );
    const targets = new Set(own.map(({ to }) => to).filter((to) => to.startsWith("runtime/")));
    const formats = ["artifact.ts", "classifier-weights.ts", "languages.ts"].map((name) => `runtime/table/${name}`);
    expect([...targets].sort()).toEqual(formats);
  });
});

it("what is exported is never assigned anew: a script's exports are taken when it has run", () => {
  const files = ["runtime", "compiler"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const sources = files.filter((path) => path.endsWith(".ts"));
  expect(sources.filter((path) => /^export (?:let|var)\b/m.test(readFileSync(join(ROOT, path), "utf8")))).toEqual([]);
});
