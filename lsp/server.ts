/** The server: which method of the protocol is answered by which feature. */
import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as lsp from "vscode-languageserver-protocol";
import { CODE_ACTION_KINDS, codeActions, resolveAction } from "./actions/actions.ts";
import { calleesOf, callersOf, prepareCalls } from "./features/calls.ts";
import { execute } from "./features/commands.ts";
import { complete, resolveCompletion } from "./features/completion.ts";
import { diagnosticsOf } from "./features/diagnostics.ts";
import { foldingRanges, selectionRanges } from "./features/folding.ts";
import { formatDocument, formatOnType, formatRange } from "./features/formatting.ts";
import { hover } from "./features/hover.ts";
import { inlayHints, resolveHint } from "./features/inlay.ts";
import { COMMANDS, codeLenses } from "./features/lens.ts";
import { documentLinks } from "./features/links.ts";
import { asLocations, definition, highlights, references } from "./features/navigation.ts";
import { prepareRename, rename, renameFiles } from "./features/rename.ts";
import { signatureHelp } from "./features/signature.ts";
import { documentSymbols, workspaceSymbols } from "./features/symbols.ts";
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES, TokenCache } from "./features/tokens.ts";
import { answerRequests } from "./requests/answer.ts";
import { Session } from "./session.ts";
import type { Document } from "./text/document.ts";
import type { Encoding } from "./text/positions.ts";
import { pathOf, Workspace } from "./workspace.ts";

/** What of a connection is used: both the server's and a bare one of the protocol have it. */
export type Connection = Pick<
  lsp.ProtocolConnection,
  "onRequest" | "onNotification" | "sendNotification" | "sendRequest"
>;

const ROUTE_FILES = { scheme: "file", pattern: { glob: "**/*.route", matches: "file" as const } };

/**
 * Answers what comes over a connection. What is returned ends what still runs for it.
 * @param exit called when the client says so, with the exit code.
 */
export function serve(connection: Connection, exit: (code: number) => void): () => Promise<void> {
  let session: Session | undefined;
  let client: lsp.ClientCapabilities = {};
  let stopping = false;
  const tokens = new TokenCache();
  /** What the client was told of files; nothing of those that are well. */
  const published = new Map<string, readonly lsp.Diagnostic[]>();

  const pulls = (): boolean => client.textDocument?.diagnostic !== undefined;

  function publish(documents: readonly Document[]): void {
    if (session === undefined || pulls()) return;
    for (const document of documents) {
      const diagnostics = diagnosticsOf(document, session.workspace);
      if (isDeepStrictEqual(diagnostics, published.get(document.uri) ?? [])) continue;
      if (diagnostics.length === 0) published.delete(document.uri);
      else published.set(document.uri, diagnostics);
      const version = document.version === undefined ? {} : { version: document.version };
      send(lsp.PublishDiagnosticsNotification.type, { uri: document.uri, ...version, diagnostics });
    }
  }

  function ask(supported: boolean | undefined, { method }: { readonly method: string }): void {
    if (supported) connection.sendRequest(method).catch(ignored);
  }

  function refresh(): void {
    const { workspace = {} } = client;
    ask(workspace.codeLens?.refreshSupport, lsp.CodeLensRefreshRequest.type);
    ask(workspace.inlayHint?.refreshSupport, lsp.InlayHintRefreshRequest.type);
    ask(workspace.semanticTokens?.refreshSupport, lsp.SemanticTokensRefreshRequest.type);
  }

  function send<P>({ method }: lsp.ProtocolNotificationType<P, void>, params: P): void {
    connection.sendNotification(method, params).catch(ignored);
  }

  connection.onRequest(lsp.InitializeRequest.type, (params): lsp.InitializeResult => {
    client = params.capabilities;
    const encodings: readonly string[] = client.general?.positionEncodings ?? ["utf-16"];
    const encoding: Encoding = encodings[0] === "utf-8" || !encodings.includes("utf-16") ? "utf-8" : "utf-16";
    const folders = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []);
    const workspace = new Workspace(
      folders.flatMap((uri) => pathOf(uri) ?? []),
      encoding,
    );
    session = new Session(workspace, {
      typed: publish,
      updated: (documents) => {
        if (pulls()) ask(client.workspace?.diagnostics?.refreshSupport, lsp.DiagnosticRefreshRequest.type);
        else publish(documents);
      },
      done: refresh,
      failed: (message) =>
        send(lsp.LogMessageNotification.type, { type: lsp.MessageType.Error, message: `the check failed: ${message}` }),
    });
    return { capabilities: capabilitiesFor(encoding), serverInfo: { name: "routec" } };
  });

  connection.onNotification(lsp.InitializedNotification.type, () => {
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) return;
    const watchers = [{ globPattern: "**/*.route" }];
    const id = "routec-files";
    const registrations = [{ id, method: lsp.DidChangeWatchedFilesNotification.method, registerOptions: { watchers } }];
    connection.sendRequest(lsp.RegistrationRequest.type, { registrations }).catch(ignored);
  });

  async function close(): Promise<void> {
    const closing = session;
    session = undefined;
    await closing?.close();
  }

  connection.onRequest(lsp.ShutdownRequest.type, async () => {
    stopping = true;
    await close();
  });
  connection.onNotification(lsp.ExitNotification.type, () => exit(stopping ? 0 : 1));

  connection.onNotification(lsp.DidOpenTextDocumentNotification.type, ({ textDocument: { uri, text, version } }) => {
    const document = session?.workspace.open(uri, text, version);
    if (document !== undefined) session?.changed(document);
  });
  connection.onNotification(lsp.DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
    const document = session?.workspace.find(textDocument.uri);
    if (document?.version === undefined) return;
    document.apply(contentChanges, textDocument.version);
    session?.changed(document);
  });
  connection.onNotification(lsp.DidCloseTextDocumentNotification.type, ({ textDocument: { uri } }) => {
    session?.workspace.close(uri);
    tokens.forget(uri);
    if (published.delete(uri)) send(lsp.PublishDiagnosticsNotification.type, { uri, diagnostics: [] });
    session?.changedOnDisk(pathOf(uri) ?? uri);
  });
  connection.onNotification(lsp.DidChangeWatchedFilesNotification.type, ({ changes }) => {
    for (const { uri } of changes) {
      const path = pathOf(uri);
      const isOpen = session?.workspace.openDocuments.some((document) => document.path === path) === true;
      if (path !== undefined && !isOpen) session?.changedOnDisk(path);
    }
  });
  connection.onNotification(lsp.DidChangeWorkspaceFoldersNotification.type, ({ event: { added, removed } }) => {
    session?.workspace.folders(
      added.flatMap(({ uri }) => pathOf(uri) ?? []),
      removed.flatMap(({ uri }) => pathOf(uri) ?? []),
    );
  });

  /** Answers of a document; null of one that is not there. */
  function of<P extends { readonly textDocument: lsp.TextDocumentIdentifier }, R>(
    answer: (document: Document, params: P, workspace: Workspace) => R,
  ): (params: P) => R | null {
    return (params) => {
      const document = session?.workspace.find(params.textDocument.uri);
      return document === undefined || session === undefined ? null : answer(document, params, session.workspace);
    };
  }

  /** Answers of a place in a document. */
  function at<P extends lsp.TextDocumentPositionParams, R>(
    answer: (document: Document, offset: number, workspace: Workspace, params: P) => R,
  ): (params: P) => R | null {
    return of((document, params: P, workspace) =>
      answer(document, document.positions.offset(params.position), workspace, params),
    );
  }

  const hasSnippets = (): boolean => client.textDocument?.completion?.completionItem?.snippetSupport === true;
  const resolvesHints = (): boolean =>
    client.textDocument?.inlayHint?.resolveSupport?.properties.includes("tooltip") === true;
  const hasLinks = (): boolean => client.textDocument?.definition?.linkSupport === true;

  connection.onRequest(
    lsp.CompletionRequest.type,
    at((document, offset, workspace) => complete(document, offset, workspace, hasSnippets())),
  );
  connection.onRequest(lsp.CompletionResolveRequest.type, (item) =>
    session === undefined ? item : resolveCompletion(item, session.workspace),
  );
  connection.onRequest(
    lsp.HoverRequest.type,
    at((document, offset, workspace) => hover(document, offset, workspace) ?? null),
  );
  connection.onRequest(
    lsp.SignatureHelpRequest.type,
    at((document, offset) => signatureHelp(document, offset) ?? null),
  );
  connection.onRequest(
    lsp.DefinitionRequest.type,
    at((document, offset, workspace) => {
      const links = definition(document, offset, workspace);
      return hasLinks() ? links : asLocations(links);
    }),
  );
  connection.onRequest(
    lsp.ReferencesRequest.type,
    at((document, offset, workspace, { context }: lsp.ReferenceParams) =>
      references(document, offset, workspace, context.includeDeclaration),
    ),
  );
  connection.onRequest(lsp.DocumentHighlightRequest.type, at(highlights));
  connection.onRequest(lsp.DocumentSymbolRequest.type, of(documentSymbols));
  connection.onRequest(lsp.WorkspaceSymbolRequest.type, ({ query }) =>
    session === undefined ? null : workspaceSymbols(query, session.workspace),
  );
  connection.onRequest(
    lsp.PrepareRenameRequest.type,
    at((document, offset, workspace) => prepareRename(document, offset, workspace) ?? null),
  );
  connection.onRequest(
    lsp.RenameRequest.type,
    at((document, offset, workspace, { newName }: lsp.RenameParams) => rename(document, offset, newName, workspace)),
  );
  connection.onRequest(lsp.WillRenameFilesRequest.type, ({ files }) =>
    session === undefined ? null : renameFiles(files, session.workspace),
  );

  connection.onRequest(
    lsp.SemanticTokensRequest.type,
    of((document, _, workspace) => tokens.keep(document.uri, semanticTokens(document, workspace))),
  );
  connection.onRequest(
    lsp.SemanticTokensDeltaRequest.type,
    of((document, { previousResultId }: lsp.SemanticTokensDeltaParams, workspace) =>
      tokens.delta(document.uri, previousResultId, semanticTokens(document, workspace)),
    ),
  );
  connection.onRequest(
    lsp.SemanticTokensRangeRequest.type,
    of((document, { range }: lsp.SemanticTokensRangeParams, workspace) => ({
      data: semanticTokens(document, workspace, document.positions.span(range)),
    })),
  );

  connection.onRequest(lsp.DocumentFormattingRequest.type, of(formatDocument));
  connection.onRequest(
    lsp.DocumentRangeFormattingRequest.type,
    of((document, { range }: lsp.DocumentRangeFormattingParams) =>
      formatRange(document, document.positions.span(range)),
    ),
  );
  connection.onRequest(
    lsp.DocumentOnTypeFormattingRequest.type,
    at((document, offset, _, { ch }: lsp.DocumentOnTypeFormattingParams) => formatOnType(document, offset, ch)),
  );
  connection.onRequest(lsp.FoldingRangeRequest.type, of(foldingRanges));
  connection.onRequest(
    lsp.SelectionRangeRequest.type,
    of((document, { positions }: lsp.SelectionRangeParams) => selectionRanges(document, positions)),
  );
  connection.onRequest(
    lsp.InlayHintRequest.type,
    of((document, { range }: lsp.InlayHintParams, workspace) =>
      inlayHints(document, document.positions.span(range), workspace, resolvesHints()),
    ),
  );
  connection.onRequest(lsp.InlayHintResolveRequest.type, (hint) =>
    session === undefined ? hint : resolveHint(hint, session.workspace),
  );
  connection.onRequest(
    lsp.CodeLensRequest.type,
    of((document, _, workspace) => codeLenses(document, workspace)),
  );
  connection.onRequest(
    lsp.CodeActionRequest.type,
    of((document, { range, context }: lsp.CodeActionParams, workspace) =>
      codeActions(document, document.positions.span(range), context, workspace),
    ),
  );
  connection.onRequest(lsp.CodeActionResolveRequest.type, (action) =>
    session === undefined ? action : resolveAction(action, session.workspace),
  );
  connection.onRequest(lsp.DocumentLinkRequest.type, of(documentLinks));
  connection.onRequest(lsp.CallHierarchyPrepareRequest.type, at(prepareCalls));
  connection.onRequest(lsp.CallHierarchyIncomingCallsRequest.type, ({ item }) =>
    session === undefined ? null : callersOf(item, session.workspace),
  );
  connection.onRequest(lsp.CallHierarchyOutgoingCallsRequest.type, ({ item }) =>
    session === undefined ? null : calleesOf(item, session.workspace),
  );

  connection.onRequest(
    lsp.DocumentDiagnosticRequest.type,
    async ({ textDocument }, token): Promise<lsp.DocumentDiagnosticReport> => {
      const document = session?.workspace.find(textDocument.uri);
      if (session === undefined || document === undefined) return { kind: "full", items: [] };
      // Who cannot be told to ask again is answered when all is known.
      if (client.workspace?.diagnostics?.refreshSupport !== true) await session.settled(document, token);
      return { kind: "full", items: session === undefined ? [] : diagnosticsOf(document, session.workspace) };
    },
  );
  connection.onRequest(
    lsp.WorkspaceDiagnosticRequest.type,
    async ({ previousResultIds }, token): Promise<lsp.WorkspaceDiagnosticReport> => {
      await session?.settledAll(token);
      const before = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
      const items = session?.workspace.documents.map((document): lsp.WorkspaceDocumentDiagnosticReport => {
        const found = session === undefined ? [] : diagnosticsOf(document, session.workspace);
        const resultId = hash("sha256", JSON.stringify(found));
        const own = { uri: document.uri, version: document.version ?? null, resultId };
        return before.get(document.uri) === resultId
          ? { kind: "unchanged", ...own }
          : { kind: "full", ...own, items: found };
      });
      return { items: items ?? [] };
    },
  );

  connection.onRequest(lsp.ExecuteCommandRequest.type, async ({ command, arguments: given = [] }, token) => {
    if (session === undefined) return null;
    const result = await execute(command, given, session, token);
    send(lsp.ShowMessageNotification.type, {
      type: result.well ? lsp.MessageType.Info : lsp.MessageType.Warning,
      message: result.summary,
    });
    if (result.lines.length > 0)
      send(lsp.LogMessageNotification.type, {
        type: lsp.MessageType.Info,
        message: [result.summary, ...result.lines].join("\n"),
      });
    return result;
  });
  answerRequests(connection, () => session);

  return close;
}

/** The client may be gone, or may not know the method. */
function ignored(): void {}

function capabilitiesFor(positionEncoding: Encoding): lsp.ServerCapabilities {
  return {
    positionEncoding,
    textDocumentSync: { openClose: true, change: lsp.TextDocumentSyncKind.Incremental },
    diagnosticProvider: { identifier: "routec", interFileDependencies: true, workspaceDiagnostics: true },
    completionProvider: { triggerCharacters: [".", '"', "/", " "], resolveProvider: true },
    hoverProvider: true,
    signatureHelpProvider: { triggerCharacters: ["(", "{", ","] },
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    renameProvider: { prepareProvider: true },
    semanticTokensProvider: {
      legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
      full: { delta: true },
      range: true,
    },
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: { firstTriggerCharacter: "}", moreTriggerCharacter: ["\n"] },
    foldingRangeProvider: true,
    selectionRangeProvider: true,
    inlayHintProvider: { resolveProvider: true },
    codeLensProvider: {},
    codeActionProvider: { codeActionKinds: [...CODE_ACTION_KINDS], resolveProvider: true },
    documentLinkProvider: {},
    callHierarchyProvider: true,
    executeCommandProvider: { commands: Object.values(COMMANDS) },
    workspace: {
      workspaceFolders: { supported: true, changeNotifications: true },
      fileOperations: {
        willRename: { filters: [ROUTE_FILES, { scheme: "file", pattern: { glob: "**/*", matches: "folder" } }] },
      },
    },
  };
}
