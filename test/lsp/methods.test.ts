/** The server as editors have it: a process that is spoken to. Every method, on a whole file and on one that is half-written. */
import { describe, expect, it } from "vitest";
import { startClient } from "./client.ts";
import { BROKEN, FILES, HEAD, openedIn, WHOLE } from "./written.ts";

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
  [
    "textDocument/onTypeFormatting",
    { position: { line: 11, character: 1 }, ch: "}", options: {} },
    [{ newText: expect.stringContaining("  small  accept when judge") }],
  ],
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

describe("every method", () => {
  it("answers of a whole file", async () => {
    const client = await openedIn(WHOLE);
    for (const [method, params, whole] of METHODS)
      expect({ method, answer: await client.ask(method, { position: client.position, ...params }) }).toMatchObject({
        method,
        answer: whole,
      });
    expect(await client.end()).toBe(0);
  });

  it("answers of what is whole in a broken one", async () => {
    const client = await openedIn(BROKEN);
    for (const [method, params, whole, broken = whole] of METHODS)
      expect({ method, answer: await client.ask(method, { position: client.position, ...params }) }).toMatchObject({
        method,
        answer: broken,
      });
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
    const client = await openedIn(
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
