/**
 * How soon the language server answers in a file of 10,000 lines: as an editor sees it, over standard input and output,
 * right after a key was pressed somewhere in the file.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic, PublishDiagnosticsParams } from "vscode-languageserver-protocol";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { cpuTime, waitForQuiet, watchForeignLoad } from "./machine.ts";
import { type Summary, summarize } from "./statistics.ts";

export interface LspRow {
  readonly what: string;
  /** Milliseconds by the clock, from when the key is sent. */
  readonly time: Summary;
  /** Milliseconds of CPU that the server's threads take meanwhile, what they do in the background too. */
  readonly cpu: Summary;
}

export interface LspResult {
  readonly lines: number;
  readonly rows: readonly LspRow[];
  /** Cores that anything else kept busy meanwhile. */
  readonly foreign: number;
}

/** What is measured, each from the key to the answer. */
export const ROWS = {
  completion: "completion",
  hover: "hover",
  syntax: "syntax error, shown",
  unknown: "unknown member of an enum, shown",
  all: "analysis and proofs of the whole file",
} as const;

const ROUTEC = new URL("../dist/routec.js", import.meta.url).pathname;

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
  await waitForQuiet([], quick ? 1 : 30);
  const server = spawn(process.execPath, [ROUTEC, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const pid = server.pid as number;
  const foreign = watchForeignLoad([pid]);
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  let heard: ((diagnostics: readonly Diagnostic[]) => void) | undefined;
  connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) =>
    heard?.(params.diagnostics),
  );
  const told = (until: (diagnostics: readonly Diagnostic[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      heard = (diagnostics) => {
        if (until(diagnostics)) resolve();
      };
    });
  const has = (wanted: string) => (diagnostics: readonly Diagnostic[]) =>
    diagnostics.some(({ code }) => code === wanted);
  const lacks = (unwanted: string) => (diagnostics: readonly Diagnostic[]) => !has(unwanted)(diagnostics);
  connection.listen();
  try {
    await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
    await connection.sendNotification("initialized", {});
    const textDocument = { uri, languageId: "routec", version: 1, text };
    await connection.sendNotification("textDocument/didOpen", { textDocument });

    let version = 1;
    const type = (line: number, character: number, length: number, typed: string): Promise<void> => {
      const range = { start: { line, character }, end: { line, character: character + length } };
      const changed = { textDocument: { uri, version: ++version }, contentChanges: [{ range, text: typed }] };
      return connection.sendNotification("textDocument/didChange", changed);
    };
    const ask = (method: string, line: number, character: number): Promise<unknown> =>
      connection.sendRequest(method, { textDocument: { uri }, position: { line, character } });
    /** All that there is to find was found. */
    const settled = (): Promise<unknown> =>
      connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });

    const measured = new Map<string, { readonly time: number[]; readonly cpu: number[] }>();
    const measure = async (what: string, isKept: boolean, work: () => Promise<unknown>): Promise<void> => {
      const [cpu, since] = [cpuTime(pid), performance.now()];
      await work();
      const time = performance.now() - since;
      if (!isKept) return;
      const all = measured.get(what) ?? { time: [], cpu: [] };
      all.time.push(time);
      all.cpu.push((cpuTime(pid) - cpu) / 1e6);
      measured.set(what, all);
    };
    const lines = text.split("\n");
    const places = lines.flatMap((line, i) => (line.startsWith("  when tier == free") ? [i] : []));
    const at = "  when tier == ".length;
    const [discarded, rounds] = quick ? [1, 5] : [3, 30];
    await settled();
    for (let round = 0; round < discarded + rounds; round++) {
      const isKept = round >= discarded;
      const line = places[Math.floor((round * places.length) / (discarded + rounds))] as number;
      // The member loses its last letter, and gets it back.
      await measure(ROWS.completion, isKept, async () => {
        await type(line, at + 3, 1, "");
        await ask("textDocument/completion", line, at + 3);
      });
      await measure(ROWS.hover, isKept, async () => {
        await type(line, at + 3, 0, "e");
        await ask("textDocument/hover", line, at - 4);
      });
      await settled();
      await measure(ROWS.syntax, isKept, async () => {
        const shown = told(has("RT1001"));
        await type(line, at, 0, "] ");
        await shown;
      });
      const mended = told(lacks("RT1001"));
      await type(line, at, 2, "");
      await mended;
      await measure(ROWS.unknown, isKept, async () => {
        const shown = told(has("RT2005"));
        await type(line, at + 3, 1, "i");
        await shown;
      });
      await measure(ROWS.all, isKept, async () => {
        await type(line, at + 3, 1, "e");
        await settled();
      });
    }
    const rows = [...measured].map(([what, { time, cpu }]) => ({ what, time: summarize(time), cpu: summarize(cpu) }));
    return { lines: lines.length, rows, foreign: foreign() };
  } finally {
    connection.dispose();
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
