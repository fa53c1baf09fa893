/** What is asked of a workspace and not of one place in a file, over standard input and output. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CancellationTokenSource,
  type ClientCapabilities,
  type Diagnostic,
  LSPErrorCodes,
  type SemanticTokens,
  type SemanticTokensDelta,
} from "vscode-languageserver-protocol";
import { longPolicy } from "../../bench/lsp.ts";
import { type Client, startClient } from "./client.ts";
import { BROKEN, FILES, HEAD, openedIn, WHOLE } from "./written.ts";

interface Reports {
  readonly items: { readonly uri: string; readonly resultId: string; readonly kind: string; items: Diagnostic[] }[];
}

/** Past the last line: it is taken to the end of the text. */
const END = { line: 100, character: 0 };

function ask<R>(client: Client, method: string, params: object): Promise<R> {
  return client.connection.sendRequest<R>(method, params);
}

describe.each([
  ["a whole file", WHOLE],
  ["a broken one", BROKEN],
])("with %s", (_, text) => {
  const isBroken = text === BROKEN;
  let client: Awaited<ReturnType<typeof openedIn>>;
  beforeAll(async () => {
    const hints = { inlayHint: { resolveSupport: { properties: ["tooltip"] } } };
    client = await openedIn(text, { textDocument: hints }, afterAll);
  });

  it("names are found by what is typed of them", async () => {
    expect(await ask(client, "workspace/symbol", { query: "chep" })).toMatchObject([
      { name: "cheap" },
      { name: "free is cheap" },
    ]);
  });

  it("files that are renamed are followed", async () => {
    const files = [{ oldUri: client.uri("models.route"), newUri: client.uri("shared/m.route") }];
    expect(await ask(client, "workspace/willRenameFiles", { files })).toEqual({
      changes: { [client.uri("main.route")]: [expect.objectContaining({ newText: '"./shared/m.route"' })] },
    });
  });

  it("calls are followed in both directions", async () => {
    const [item] = await client.ask<object[]>("textDocument/prepareCallHierarchy", { position: client.position });
    expect(await ask(client, "callHierarchy/incomingCalls", { item })).toMatchObject([{ from: { name: "chat" } }]);
    expect(await ask(client, "callHierarchy/outgoingCalls", { item })).toMatchObject([
      { to: { name: "small" } },
      { to: { name: "big" } },
    ]);
  });

  it("what is offered, hinted at and to be done is told in full when it is chosen", async () => {
    const { items } = await client.ask<{ items: { label: string }[] }>("textDocument/completion", {
      position: { line: isBroken ? 17 : 16, character: 15 },
    });
    const big = items.find(({ label }) => label === "big");
    expect(await ask(client, "completionItem/resolve", big ?? {})).toMatchObject({
      documentation: { value: expect.stringContaining("knows most") },
    });
    const range = { start: { line: 11, character: 0 }, end: { line: 11, character: 1 } };
    const [hint] = await client.ask<object[]>("textDocument/inlayHint", { range });
    expect(hint).not.toHaveProperty("tooltip");
    expect(await ask(client, "inlayHint/resolve", hint ?? {})).toMatchObject({
      tooltip: { value: expect.stringContaining("- at most 3 attempts") },
    });
  });

  it("commands answer, or say why they cannot", async () => {
    const command = (name: string, ...rest: string[]): Promise<{ summary: string; well: boolean }> =>
      ask(client, "workspace/executeCommand", { command: name, arguments: [client.uri("main.route"), ...rest] });
    const answers = [
      await command("routec.runTest", "free is cheap"),
      await command("routec.explain", "chat"),
      await command("routec.witness", "free_never_big"),
    ];
    expect(answers.map(({ summary }) => summary)).toEqual(
      isBroken
        ? [
            "`free is cheap` cannot be run: the policy has errors",
            "nothing can be explained: the policy has errors",
            "`free_never_big` is not proved: the policy has errors",
          ]
        : [
            "`free is cheap` passes",
            expect.stringContaining("when tier == free -> cheap"),
            expect.stringContaining("small"),
          ],
    );
  });

  it("tokens are told again as what has changed of them", async () => {
    const full = await client.ask<SemanticTokens>("textDocument/semanticTokens/full");
    const at = { line: 7, character: 0 };
    await client.type("main.route", { start: at, end: at }, "plan other = cheap\n");
    const delta = await client.ask<SemanticTokensDelta>("textDocument/semanticTokens/full/delta", {
      previousResultId: full.resultId,
    });
    const data = [...full.data];
    for (const { start, deleteCount, data: by = [] } of delta.edits.toReversed())
      data.splice(start, deleteCount, ...by);
    expect(data).toEqual((await client.ask<SemanticTokens>("textDocument/semanticTokens/full")).data);
    expect(delta.edits.flatMap(({ data: by = [] }) => by).length).toBeLessThan(full.data.length / 2);
  });

  it("findings of all files are told, and again only where there are others", async () => {
    const reports = (previousResultIds: object[]): Promise<Reports> =>
      ask(client, "workspace/diagnostic", { previousResultIds });
    const { items } = await reports([]);
    const codes = new Map(items.map((report) => [report.uri, report.items.map(({ code }) => code)]));
    expect(codes.get(client.uri("models.route"))).toEqual([]);
    expect(codes.get(client.uri("main.route"))?.includes("RT1001")).toBe(isBroken);
    const known = items.map(({ uri, resultId }) => ({ uri, value: resultId }));
    expect((await reports(known)).items.map(({ kind }) => kind)).toEqual(["unchanged", "unchanged"]);
    await client.type("main.route", { start: END, end: END }, "plan\n");
    const kinds = (await reports(known)).items.map(({ uri, kind }) => [uri, kind]);
    expect(Object.fromEntries(kinds)).toEqual({
      [client.uri("main.route")]: "full",
      [client.uri("models.route")]: "unchanged",
    });
  });
});

describe("what changes outside of the editor", () => {
  const watching: ClientCapabilities = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };
  const changed = (client: Client, file: string): Promise<void> =>
    client.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: [{ uri: client.uri(file), type: 2 }],
    });

  it("is watched, and told", async () => {
    const client = await openedIn(WHOLE, watching);
    expect(await client.asked("client/registerCapability")).toMatchObject({
      registrations: [{ method: "workspace/didChangeWatchedFiles" }],
    });
    const main = (await client.findings()).map(({ code }) => code);
    expect(main).not.toContain("RT2001");
    writeFileSync(join(client.folder, "models.route"), FILES["models.route"].replace("model big", "model huge"));
    await changed(client, "models.route");
    await client.pushed("main.route", (found) => found.some(({ code }) => code === "RT2001"));
    writeFileSync(join(client.folder, "models.route"), FILES["models.route"]);
    await changed(client, "models.route");
    await client.pushed("main.route", (found) => found.every(({ code }) => code !== "RT2001"));
  });

  it("does not count where the editor has the file open", async () => {
    const client = await openedIn(WHOLE, watching);
    await client.open("models.route", FILES["models.route"]);
    writeFileSync(join(client.folder, "models.route"), FILES["models.route"].replace("model big", "model huge"));
    await changed(client, "models.route");
    expect((await client.findings()).map(({ code }) => code)).not.toContain("RT2001");
    await client.close("models.route");
    await client.pushed("main.route", (found) => found.some(({ code }) => code === "RT2001"));
  });

  it("comes in with folders", async () => {
    const client = await startClient({ "a/one.route": "plan one = reject 429\n" });
    const names = async (): Promise<string[]> =>
      (await ask<{ name: string }[]>(client, "workspace/symbol", { query: "" })).map(({ name }) => name);
    expect(await names()).toEqual(["one"]);
    const folder = { uri: client.uri("").replace(/\/$/, ""), name: "policies" };
    await client.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
      event: { added: [], removed: [folder] },
    });
    expect(await names()).toEqual([]);
    await client.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
      event: { added: [{ uri: client.uri("a"), name: "a" }], removed: [] },
    });
    expect(await names()).toEqual(["one"]);
  });
});

describe("an editor that asks for findings", () => {
  it("is told when there are others, and nothing unasked", async () => {
    const client = await startClient(
      { ...FILES },
      { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } },
    );
    let unasked = 0;
    client.connection.onNotification("textDocument/publishDiagnostics", () => {
      unasked++;
    });
    await client.open("main.route", `${HEAD}route chat -> nobody\n`);
    await client.asked("workspace/diagnostic/refresh");
    expect((await client.findings()).map(({ code }) => code)).toContain("RT2001");
    expect(unasked).toBe(0);
  });
});

describe("a request that is cancelled", () => {
  it("is answered so, though what it waits for is not done", async () => {
    const client = await startClient();
    // So long that its check is under way when the word comes.
    await client.open("main.route", longPolicy(3_000));
    const source = new CancellationTokenSource();
    const uri = client.uri("main.route");
    const answer = client.connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } }, source.token);
    source.cancel();
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
    expect(await client.ask("textDocument/documentSymbol")).toHaveProperty("length");
  });
});
