/** A language client, as small as one can be: it drives the server over standard input and output. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import type {
  ClientCapabilities,
  Diagnostic,
  Position,
  PublishDiagnosticsParams,
} from "vscode-languageserver-protocol";
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

/** What VS Code says that it can do, as far as it matters here. */
export const VS_CODE: ClientCapabilities = {
  textDocument: { completion: { completionItem: { snippetSupport: true } }, definition: { linkSupport: true } },
};

/** What servers ask of editors. */
const ASKED = [
  "client/registerCapability",
  "workspace/diagnostic/refresh",
  "workspace/codeLens/refresh",
  "workspace/inlayHint/refresh",
  "workspace/semanticTokens/refresh",
];

export interface Client {
  readonly connection: ProtocolConnection;
  readonly folder: string;
  /** The server's exit code, once it has ended. */
  readonly exited: Promise<number | null>;
  /** The answer to a request of one file, `main.route` if it is not said which. */
  ask<R>(method: string, params?: object, file?: string): Promise<R>;
  open(file: string, text: string): Promise<void>;
  /** Replaces the text at the cursor of the open file by another. */
  type(file: string, range: { start: Position; end: Position }, text: string): Promise<void>;
  close(file: string): Promise<void>;
  uri(file: string): string;
  /** The findings of a file once all of them are there. */
  findings(file?: string): Promise<readonly Diagnostic[]>;
  /** The next findings of a file that meet a condition, which the server says unasked. */
  pushed(file: string, until: (diagnostics: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]>;
  /** What the server has asked of the editor first by this method, now or later. */
  asked(method: string): Promise<unknown>;
  /** Ends the server as an editor does, and gives its exit code. */
  end(): Promise<number | null>;
}

/** Starts a server in a folder with these files, which ends with the test, or whenever `atEnd` says. */
export async function startClient(
  files: Readonly<Record<string, string>> = {},
  capabilities: ClientCapabilities = VS_CODE,
  atEnd: (end: () => void) => void = onTestFinished,
): Promise<Client> {
  const folder = mkdtempSync(join(tmpdir(), "routec-lsp-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const server = spawn(process.execPath, [MAIN, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(server, "exit").then(([code]) => code as number | null);
  atEnd(() => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const uri = (file: string): string => pathToFileURL(join(folder, file)).href;
  const versions = new Map<string, number>();
  const last = new Map<string, readonly Diagnostic[]>();
  const listeners = new Set<() => void>();
  connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
    last.set(params.uri, params.diagnostics);
    for (const listener of listeners) listener();
  });
  const asked = new Map(ASKED.map((method) => [method, Promise.withResolvers<unknown>()]));
  for (const [method, { resolve }] of asked)
    connection.onRequest(method, (params) => {
      resolve(params);
      return null;
    });
  connection.listen();
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "policies" }],
    capabilities,
  });
  await connection.sendNotification("initialized", {});
  return {
    connection,
    folder,
    exited,
    uri,
    ask: (method, params = {}, file = "main.route") =>
      connection.sendRequest(method, { textDocument: { uri: uri(file) }, ...params }),
    async open(file, text) {
      versions.set(file, 1);
      const textDocument = { uri: uri(file), languageId: "routec", version: 1, text };
      await connection.sendNotification("textDocument/didOpen", { textDocument });
    },
    async type(file, range, text) {
      const version = (versions.get(file) ?? 0) + 1;
      versions.set(file, version);
      await connection.sendNotification("textDocument/didChange", {
        textDocument: { uri: uri(file), version },
        contentChanges: [{ range, text }],
      });
    },
    async close(file) {
      await connection.sendNotification("textDocument/didClose", { textDocument: { uri: uri(file) } });
    },
    async findings(file = "main.route") {
      const report = await connection.sendRequest<{ items: Diagnostic[] }>("textDocument/diagnostic", {
        textDocument: { uri: uri(file) },
      });
      return report.items;
    },
    pushed(file, until) {
      return new Promise((resolve) => {
        const look = (): void => {
          const diagnostics = last.get(uri(file));
          if (diagnostics === undefined || !until(diagnostics)) return;
          listeners.delete(look);
          resolve(diagnostics);
        };
        listeners.add(look);
        look();
      });
    },
    asked: (method) => asked.get(method)?.promise ?? Promise.reject(new Error(`nobody asks ${method}`)),
    async end() {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      return exited;
    },
  };
}

/** A text with `¦` where the cursor is, and, if there are two, where a selection begins and ends. */
export function marked(text: string): { text: string; positions: Position[] } {
  const positions: Position[] = [];
  let plain = "";
  for (const part of text.split("¦")) {
    plain += part;
    const lines = plain.split("\n");
    positions.push({ line: lines.length - 1, character: lines.at(-1)?.length ?? 0 });
  }
  return { text: plain, positions: positions.slice(0, -1) };
}
