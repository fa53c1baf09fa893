/** The language server: the one that is part of the extension over Node's channel, or one that a workspace has set. */
import { isAbsolute, join } from "node:path";
import { type ExtensionContext, type Uri, workspace } from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  type ServerOptions,
  TransportKind,
} from "vscode-languageclient/node";
import type { OfPolicy, Problem } from "../../lsp/requests/protocol.ts";

export const LANGUAGE = "routec";

/** `Middleware` of commands that the extension has something better for than the server's message. */
export type Commands = NonNullable<Middleware["executeCommand"]>;

export function createClient(context: ExtensionContext, executeCommand: Commands): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: LANGUAGE },
      { scheme: "untitled", language: LANGUAGE },
    ],
    middleware: { executeCommand },
    outputChannelName: "Routec",
  };
  return new LanguageClient(LANGUAGE, "Routec", serverOptions(context), options);
}

/** The bundled command, which is the one of the npm package. */
export function bundledCommand({ extensionPath }: ExtensionContext): string {
  return join(extensionPath, "dist", "server", "dist", "routec.js");
}

function serverOptions(context: ExtensionContext): ServerOptions {
  const own = workspace.getConfiguration("routec").get("server.path", "");
  if (own !== "" && workspace.isTrusted) {
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    const command = isAbsolute(own) || folder === undefined || !/[\\/]/.test(own) ? own : join(folder, own);
    return { command, args: ["lsp"], transport: TransportKind.stdio };
  }
  return { module: bundledCommand(context), args: ["lsp"], transport: TransportKind.ipc };
}

/** Asks what is beside the protocol. A server that is not there, or too old, is a problem as any other. */
export type Ask = <R>(method: string, uri: Uri, params?: object) => Promise<R | Problem>;

export function askWith(client: LanguageClient): Ask {
  return async (method, uri, params = {}) => {
    const of: OfPolicy = { textDocument: { uri: client.code2ProtocolConverter.asUri(uri) } };
    try {
      return await client.sendRequest(method, { ...of, ...params });
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
}

export function isProblem<R>(answer: R | Problem): answer is Problem {
  return typeof answer === "object" && answer !== null && "problem" in answer;
}
