/** The server as editors have it: a process that is spoken to. Every method, on a whole file and on one that is half-written. */
import { describe, expect, it } from "vitest";
import type { Client } from "./client.ts";
import { marked, startClient } from "./client.ts";
import { MODELS, REQUEST } from "./support.ts";

const HEAD = `import "./models.route"\n${REQUEST}`;
const FILES = { "models.route": MODELS, "rubric.md": "Is it good?" };

const WHOLE = `${HEAD}
/// Cheap first.
plan che¦ap = cascade {
  small accept when judge(big, "./rubric.md") >= 0.7
  big
}
plan any = cheapest { models where can tools }

route chat {
  when tier == free -> cheap
  otherwise -> big else small
}

prove free_never_big { when tier == pro  never small }

test "free is cheap" {
  send chat { tenant "acme" }
  expect plan cheap
}
`;

/** The same, with a rule that somebody is writing. */
const BROKEN = WHOLE.replace("  otherwise", "  when tier ==\n  otherwise");

const EVERYTHING = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

/** What each method is asked, and what its answer has in it at least. */
const METHODS: readonly [method: string, params: object, whole: unknown, broken?: unknown][] = [
  [
    "textDocument/completion",
    { position: { line: 15, character: 7 } },
    { items: expect.arrayContaining([expect.objectContaining({ label: "tier" })]) },
  ],
  ["textDocument/hover", {}, { contents: { value: expect.stringContaining("Cheap first.") } }],
  ["textDocument/signatureHelp", { position: { line: 8, character: 30 } }, { activeParameter: 0 }],
  ["textDocument/definition", {}, [expect.objectContaining({ targetSelectionRange: expect.anything() })]],
  ["textDocument/references", { context: { includeDeclaration: true } }, { length: 3 }],
  ["textDocument/documentHighlight", {}, { length: 3 }],
  ["textDocument/documentSymbol", {}, { length: 7 }],
  ["textDocument/prepareRename", {}, { placeholder: "cheap" }],
  ["textDocument/rename", { newName: "thrifty" }, { changes: expect.anything() }],
  ["textDocument/semanticTokens/full", {}, { resultId: expect.any(String), data: expect.anything() }],
  ["textDocument/semanticTokens/full/delta", { previousResultId: "?" }, { resultId: expect.any(String) }],
  ["textDocument/semanticTokens/range", { range: EVERYTHING }, { data: expect.anything() }],
  [
    "textDocument/formatting",
    { options: {} },
    expect.arrayContaining([expect.objectContaining({ newText: expect.any(String) })]),
  ],
  [
    "textDocument/rangeFormatting",
    { range: EVERYTHING, options: {} },
    expect.arrayContaining([expect.objectContaining({ newText: expect.any(String) })]),
  ],
  ["textDocument/onTypeFormatting", { ch: "\n", options: {} }, []],
  ["textDocument/foldingRange", {}, expect.arrayContaining([{ startLine: 1, endLine: 4 }])],
  [
    "textDocument/selectionRange",
    { positions: [{ line: 9, character: 6 }] },
    [{ parent: { parent: expect.anything() } }],
  ],
  [
    "textDocument/inlayHint",
    { range: EVERYTHING },
    expect.arrayContaining([expect.objectContaining({ label: "= small and big" })]),
  ],
  ["textDocument/codeLens", {}, { length: 3 }, { length: 2 }],
  [
    "textDocument/codeAction",
    { range: { start: { line: 16, character: 19 }, end: { line: 16, character: 19 } }, context: { diagnostics: [] } },
    [{ title: "extract plan" }],
    [],
  ],
  ["textDocument/documentLink", {}, { length: 2 }],
  ["textDocument/prepareCallHierarchy", {}, [expect.objectContaining({ name: "cheap" })]],
  ["textDocument/diagnostic", {}, { kind: "full", items: expect.anything() }],
];

async function opened(text: string): Promise<Client & { readonly position: object }> {
  const { text: plain, positions } = marked(text);
  const client = await startClient({ ...FILES, "main.route": plain });
  await client.open("main.route", plain);
  await client.findings();
  return { ...client, position: positions[0] as object };
}

describe("every method", () => {
  it("answers of a whole file", async () => {
    const client = await opened(WHOLE);
    for (const [method, params, whole] of METHODS)
      expect({ method, answer: await client.ask(method, { position: client.position, ...params }) }).toMatchObject({
        method,
        answer: whole,
      });
    expect(await client.end()).toBe(0);
  });

  it("answers of what is whole in a broken one", async () => {
    const client = await opened(BROKEN);
    for (const [method, params, whole, broken = whole] of METHODS)
      expect({ method, answer: await client.ask(method, { position: client.position, ...params }) }).toMatchObject({
        method,
        answer: broken,
      });
    expect(await client.end()).toBe(0);
  });

  it("of the workspace answers too", async () => {
    const client = await opened(WHOLE);
    const ask = <R>(method: string, params: object): Promise<R> => client.connection.sendRequest(method, params);
    expect(await ask("workspace/symbol", { query: "chep" })).toMatchObject([
      { name: "cheap" },
      { name: "free is cheap" },
    ]);
    const uri = client.uri("main.route");
    expect(
      await ask("workspace/willRenameFiles", {
        files: [{ oldUri: client.uri("models.route"), newUri: client.uri("m.route") }],
      }),
    ).toMatchObject({
      changes: { [uri]: [{ newText: '"./m.route"' }] },
    });
    const [item] = await client.ask<object[]>("textDocument/prepareCallHierarchy", { position: client.position });
    expect(await ask("callHierarchy/incomingCalls", { item })).toMatchObject([{ from: { name: "chat" } }]);
    expect(await ask("callHierarchy/outgoingCalls", { item })).toMatchObject([
      { to: { name: "small" } },
      { to: { name: "big" } },
    ]);
    const { items } = await client.ask<{ items: { label: string }[] }>("textDocument/completion", {
      position: { line: 16, character: 15 },
    });
    const big = items.find(({ label }) => label === "big");
    expect(await ask("completionItem/resolve", big ?? {})).toMatchObject({
      documentation: { value: expect.stringContaining("knows most") },
    });
    const { items: reports } = await ask<{ items: { uri: string; resultId: string }[] }>("workspace/diagnostic", {
      previousResultIds: [],
    });
    expect(reports.map((report) => report.uri)).toEqual(expect.arrayContaining([uri, client.uri("models.route")]));
    const previousResultIds = reports.map((report) => ({ uri: report.uri, value: report.resultId }));
    expect(await ask("workspace/diagnostic", { previousResultIds })).toMatchObject({
      items: reports.map(() => ({ kind: "unchanged" })),
    });
    expect(
      await ask("workspace/executeCommand", { command: "routec.runTest", arguments: [uri, "free is cheap"] }),
    ).toMatchObject({ summary: "`free is cheap` passes" });
    expect(
      await ask("workspace/executeCommand", { command: "routec.explain", arguments: [uri, "chat"] }),
    ).toMatchObject({
      summary: expect.stringContaining("when tier == free -> cheap"),
    });
    expect(
      await ask("workspace/executeCommand", { command: "routec.witness", arguments: [uri, "free_never_big"] }),
    ).toMatchObject({ well: false });
    expect(await client.end()).toBe(0);
  });
});

describe("findings", () => {
  it("are told unasked to clients that do not ask, and taken back", async () => {
    const text = `${HEAD}plan p = smal\nroute chat -> p\n`;
    const client = await startClient({ ...FILES, "main.route": text });
    await client.open("main.route", text);
    const [first] = await client.pushed("main.route", (found) => found.length > 0);
    expect(first).toMatchObject({
      code: "RT2001",
      severity: 1,
      message: "`smal` is not declared: expected a model or a plan\nhelp: did you mean `small`?",
      codeDescription: { href: expect.stringMatching(/RT2001\.md$/) },
    });
    const at = { line: 6, character: 13 };
    await client.type("main.route", { start: at, end: at }, "l");
    await client.pushed("main.route", (found) => found.every(({ severity }) => severity !== 1));
    await client.close("main.route");
    await client.pushed("main.route", (found) => found.length === 0);
    expect(await client.end()).toBe(0);
  });

  it("of a file that is not open are told where an open one imports it", async () => {
    const client = await startClient({
      "main.route": 'import "./other.route"\nroute chat -> p\n',
      "other.route": "plan p = nobody\n",
    });
    await client.open("main.route", 'import "./other.route"\nroute chat -> p\n');
    expect(await client.pushed("other.route", (found) => found.length > 0)).toMatchObject([{ code: "RT2001" }]);
  });

  it("have tags and related places", async () => {
    const client = await opened(
      `${HEAD}route chat {\n  when tier == free -> small\n  when tier == free and urgent -> big\n  otherwise -> big\n}\n¦`,
    );
    const found = await client.findings();
    expect(found.find(({ code }) => code === "RT3002")).toMatchObject({
      tags: [1],
      relatedInformation: [{ message: "takes them first", location: { range: { start: { line: 7 } } } }],
    });
  });

  it("count in bytes where the client wants it so", async () => {
    const text = `// ééé\nplan é = x\nroute r -> reject 429 "é" zzz\n`;
    const client = await startClient({ "main.route": text }, { general: { positionEncodings: ["utf-8", "utf-16"] } });
    await client.open("main.route", text);
    const found = await client.findings();
    expect(found.at(-1)?.range.end.character).toBe(30);
  });
});

describe("the server", () => {
  it("ends with 1 when its client goes away without a word", async () => {
    const client = await startClient();
    await client.connection.sendNotification("exit");
    expect(await client.exited).toBe(1);
  });

  it("answers nothing of files that are not there", async () => {
    const client = await startClient();
    expect(await client.ask("textDocument/hover", { position: { line: 0, character: 0 } }, "nowhere.route")).toBeNull();
    expect(await client.end()).toBe(0);
  });
});
