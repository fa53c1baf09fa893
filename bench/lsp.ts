/**
 * How soon the language server answers in a file of 10,000 lines: `node bench/lsp.ts [--quick]`. As an editor sees it, over
 * standard input and output, right after a key was pressed in the middle of the file.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Diagnostic, Position, PublishDiagnosticsParams } from "vscode-languageserver-protocol";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { type Summary, summarize } from "./statistics.ts";

export interface LspRow {
  readonly what: string;
  /** Milliseconds by the clock, from when the key is sent. */
  readonly time: Summary;
}

export interface LspResult {
  readonly lines: number;
  readonly rows: readonly LspRow[];
}

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

/** A policy of so many lines at least: teams, each with plans, a `let`, a route of 24 rules and a proof. */
export function longPolicy(lines: number): string {
  const teams: string[] = [];
  const head = `request {
  tenant   string                   from claim "org"
  tier     free | pro | enterprise  from claim "tier"    default free
  region   eu | us                  from claim "region"  default us
}

provider lab { protocol simulated }

${Array.from({ length: 8 }, (_, i) => `model m${i} = lab "m${i}" { context 1M  output 16k  price { input $1, output $2 }  can [tools, json] }`).join("\n")}
`;
  const TEAM_LINES = 44;
  for (let team = 0; team * TEAM_LINES < lines; team++) {
    const rules = Array.from(
      { length: 24 },
      (_, i) =>
        `  when tier == ${["free", "pro", "enterprise"][i % 3]} and tenant == "tenant-${team}-${i}" and not team_${team}_long -> team_${team}_${i % 2 === 0 ? "safe" : "cheap"}`,
    );
    teams.push(`
/// What team ${team} is answered by.
plan team_${team}_cheap = cheapest { m0, m1, m2 }
plan team_${team}_safe  = m7 else m0 with { retries 2 }

let team_${team}_long = prompt_tokens > ${team + 1}k

route team_${team} {
  deadline 60s

${rules.join("\n")}

  match tier, region {
    free, _   -> team_${team}_cheap
    pro,  eu  -> m1 else m2
    _,    _   -> m3 with { timeout 20s }
  }
}

prove bounded_${team} { on team_${team}  when tier == free  attempts <= 20 }
`);
  }
  return head + teams.join("");
}

export async function benchLsp(quick: boolean): Promise<LspResult> {
  const text = longPolicy(quick ? 500 : 10_000);
  const folder = mkdtempSync(join(tmpdir(), "routec-bench-lsp-"));
  const uri = pathToFileURL(join(folder, "main.route")).href;
  const server = spawn(process.execPath, [MAIN, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  let heard: ((diagnostics: readonly Diagnostic[]) => void) | undefined;
  connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) =>
    heard?.(params.diagnostics),
  );
  const findings = (until: (diagnostics: readonly Diagnostic[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      heard = (diagnostics) => {
        if (until(diagnostics)) resolve();
      };
    });
  connection.listen();
  try {
    await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
    await connection.sendNotification("initialized", {});
    const textDocument = { uri, languageId: "routec", version: 1, text };
    await connection.sendNotification("textDocument/didOpen", { textDocument });
    await connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });

    let version = 1;
    const type = async (at: { start: Position; end: Position }, typed: string): Promise<void> => {
      version++;
      await connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ range: at, text: typed }],
      });
    };
    const lines = text.split("\n");
    const places = lines.flatMap((line, i) => (line.startsWith("  when tier == free") ? [i] : []));
    const rounds = quick ? 5 : 20;
    const times = new Map<string, number[]>();
    const note = (what: string, since: number): void => {
      const all = times.get(what) ?? [];
      all.push(performance.now() - since);
      times.set(what, all);
    };
    for (let round = -3; round < rounds; round++) {
      const line = places[Math.floor(((round + 3) * places.length) / (rounds + 3))] as number;
      const at = { line, character: "  when tier == ".length };
      const member = { start: at, end: { line, character: at.character + "free".length } };
      const keep = (what: string, since: number): void => {
        if (round >= 0) note(what, since);
      };
      for (const [what, method] of [
        ["completion after a key", "textDocument/completion"],
        ["hover after a key", "textDocument/hover"],
      ] as const) {
        const start = performance.now();
        await type(member, what === "hover after a key" ? "free" : "fre");
        const position = { line, character: at.character + (method.endsWith("hover") ? -4 : 3) };
        await connection.sendRequest(method, { textDocument: { uri }, position });
        keep(what, start);
        if (method.endsWith("completion"))
          await type({ start: at, end: { line, character: at.character + 3 } }, "free");
      }
      await connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });

      const syntax = performance.now();
      const wrong = findings((found) => found.some(({ code }) => code === "RT1001"));
      await type({ start: at, end: at }, "] ");
      await wrong;
      keep("syntax error after a key", syntax);
      const mended = findings((found) => found.every(({ code }) => code !== "RT1001"));
      await type({ start: at, end: { line, character: at.character + 2 } }, "");
      await mended;

      const unknown = performance.now();
      const found = findings((diagnostics) => diagnostics.some(({ code }) => code === "RT2005"));
      await type(member, "frei");
      await found;
      keep("unknown member after a key", unknown);
      const known = findings((diagnostics) => diagnostics.every(({ code }) => code !== "RT2005"));
      await type(member, "free");
      await known;
    }
    const start = performance.now();
    await connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });
    note("analysis and proofs of all of it, in the background", start);
    return { lines: lines.length, rows: [...times].map(([what, all]) => ({ what, time: summarize(all) })) };
  } finally {
    connection.dispose();
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { lines, rows } = await benchLsp(process.argv.includes("--quick"));
  const cell = ({ median, lowerQuartile: low, upperQuartile: high }: Summary): string =>
    `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
  console.log(
    [
      `| in a file of ${lines} lines | ms, median and quartiles |`,
      "|---|---|",
      ...rows.map(({ what, time }) => `| ${what} | ${cell(time)} |`),
    ].join("\n"),
  );
}
