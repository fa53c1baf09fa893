/**
 * Runs in the editor, beside the extension: what the editor has from it is asked through the editor's public interface. Each
 * answer is checked here, and what came of it is posted to test/vscode/run.ts.
 */
import { deepEqual, match, ok } from "node:assert/strict";
import {
  type CodeAction,
  type CodeLens,
  type CompletionList,
  commands,
  type Diagnostic,
  type DocumentSymbol,
  extensions,
  type Hover,
  type InlayHint,
  type Location,
  type LocationLink,
  languages,
  type Position,
  Range,
  type SemanticTokens,
  type TextDocument,
  type TextEdit,
  Uri,
  type WorkspaceEdit,
  window,
  workspace,
} from "vscode";

interface Outcome {
  readonly name: string;
  /** Undefined where it went well. */
  readonly failure: string | undefined;
}

type Check = () => Promise<void>;

export async function activate(): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await check();
      outcomes.push({ name, failure: undefined });
    } catch (error) {
      outcomes.push({ name, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  await commands.executeCommand("workbench.action.closeAllEditors");
  await fetch(process.env.ROUTEC_DRIVER as string, { method: "POST", body: JSON.stringify(outcomes) });
}

const file = (name: string): Uri => Uri.joinPath(workspace.workspaceFolders?.[0]?.uri as Uri, name);

async function opened(name: string): Promise<TextDocument> {
  const document = await workspace.openTextDocument(file(name));
  await window.showTextDocument(document);
  return document;
}

/** The place directly after a text. */
function after(document: TextDocument, text: string): Position {
  const at = document.getText().indexOf(text);
  ok(at >= 0, `${document.fileName} has no ${text}`);
  return document.positionAt(at + text.length);
}

/** The findings of a file, once they are what is waited for. */
function findings(uri: Uri, until: (found: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = languages.getDiagnostics(uri);
      if (!until(found)) return;
      listener.dispose();
      clearTimeout(late);
      resolve(found);
    };
    const listener = languages.onDidChangeDiagnostics(look);
    const late = setTimeout(() => {
      listener.dispose();
      reject(new Error(`it found ${languages.getDiagnostics(uri).map(codeOf).join(", ") || "nothing"}`));
    }, 120_000);
    look();
  });
}

const codeOf = ({ code }: Diagnostic): string => String(typeof code === "object" ? code.value : code);

const asked = <R>(command: string, ...args: unknown[]): Promise<R> =>
  Promise.resolve(commands.executeCommand<R>(command, ...args));

const textOf = (hovers: readonly Hover[]): string =>
  hovers.flatMap(({ contents }) => contents.map((each) => (typeof each === "string" ? each : each.value))).join("\n");

const CHECKS: Readonly<Record<string, Check>> = {
  async "the extension is active"() {
    const extension = extensions.getExtension("routec.routec");
    await extension?.activate();
    ok(extension?.isActive);
  },

  async "a policy without mistakes has no findings, and a draft has all of its own"() {
    const main = await opened("main.route");
    const draft = await opened("draft.route");
    const found = await findings(draft.uri, (all) => all.length >= 3);
    deepEqual(found.map(codeOf).sort(), ["RT2001", "RT3001", "RT3002"]);
    match(found.find((each) => codeOf(each) === "RT2001")?.message ?? "", /`lage` is not declared/);
    deepEqual(languages.getDiagnostics(main.uri).map(codeOf), []);
  },

  async "hovering says what a plan can cost"() {
    const main = await opened("main.route");
    const hovers = await asked<Hover[]>("vscode.executeHoverProvider", main.uri, after(main, "plan str"));
    match(textOf(hovers), /For those who pay[\s\S]*at worst \$[\s\S]*within the route's deadline/);
  },

  async "completion knows members, models and signals"() {
    const main = await opened("main.route");
    const list = async (text: string): Promise<string[]> => {
      const { items } = await asked<CompletionList>(
        "vscode.executeCompletionItemProvider",
        main.uri,
        after(main, text),
      );
      return items.map(({ label }) => (typeof label === "string" ? label : label.label));
    };
    const members = await list("prove free_never_opus { when tier == ");
    for (const member of ["free", "pro", "enterprise"]) ok(members.includes(member), `${member} of ${members}`);
    const conditions = await list("  when region == eu and ");
    for (const name of ["personal", "urgent", "tenant_month.used"])
      ok(conditions.includes(name), `${name} of ${conditions}`);
  },

  async "a definition is found in the imported file"() {
    const main = await opened("main.route");
    const at = after(main, "plan strong = op");
    const [found] = await asked<(Location | LocationLink)[]>("vscode.executeDefinitionProvider", main.uri, at);
    const uri = found !== undefined && "targetUri" in found ? found.targetUri : found?.uri;
    deepEqual(uri?.toString(), file("catalog.route").toString());
  },

  async "renaming a model changes every file that names it"() {
    const catalog = await opened("catalog.route");
    const at = after(catalog, "model qw");
    const edit = await asked<WorkspaceEdit>("vscode.executeDocumentRenameProvider", catalog.uri, at, "house");
    const files = edit.entries().map(([uri]) => workspace.asRelativePath(uri));
    deepEqual(files.sort(), ["catalog.route", "draft.route", "main.route", "proof.route"]);
  },

  async "a misspelling and a forgotten case have fixes, which mend them"() {
    const draft = await opened("draft.route");
    const before = draft.getText();
    const misspelt = after(draft, "opus else lag");
    const actions = await asked<CodeAction[]>(
      "vscode.executeCodeActionProvider",
      draft.uri,
      new Range(misspelt, misspelt),
      undefined,
      10,
    );
    const fix = actions.find(({ title }) => /large/.test(title));
    ok(fix?.edit !== undefined, `no fix among ${actions.map(({ title }) => title).join("; ")}`);
    await workspace.applyEdit(fix.edit);
    await findings(draft.uri, (all) => !all.map(codeOf).includes("RT2001"));
    const route = after(draft, "route ch");
    const more = await asked<CodeAction[]>(
      "vscode.executeCodeActionProvider",
      draft.uri,
      new Range(route, route),
      undefined,
      10,
    );
    ok(
      more.some(({ title }) => /otherwise|missing/i.test(title)),
      more.map(({ title }) => title).join("; "),
    );
    // The next who looks at it finds it as it was.
    const { lineCount } = draft;
    const editor = await window.showTextDocument(draft);
    await editor.edit((edit) => edit.replace(new Range(0, 0, lineCount, 0), before));
    await findings(draft.uri, (all) => all.length === 3);
    await draft.save();
  },

  async "formatting gives the canonical form"() {
    const document = await workspace.openTextDocument({ language: "routec", content: "plan   a=b   else c\n" });
    const edits = await asked<TextEdit[]>("vscode.executeFormatDocumentProvider", document.uri, {
      tabSize: 2,
      insertSpaces: true,
    });
    ok(edits.length > 0, "it has nothing to format");
    await window.showTextDocument(document);
    await commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  },

  async "symbols, tokens, hints and lenses are there"() {
    const main = await opened("main.route");
    const symbols = await asked<DocumentSymbol[]>("vscode.executeDocumentSymbolProvider", main.uri);
    ok(
      symbols.some(({ name }) => name === "chat"),
      symbols.map(({ name }) => name).join(", "),
    );
    const tokens = await asked<SemanticTokens>("vscode.provideDocumentSemanticTokens", main.uri);
    ok(tokens.data.length > 100);
    const whole = new Range(0, 0, main.lineCount, 0);
    const hints = await asked<InlayHint[]>("vscode.executeInlayHintProvider", main.uri, whole);
    ok(hints.length > 0, "no inlay hints");
    const lenses = await asked<CodeLens[]>("vscode.executeCodeLensProvider", main.uri, 20);
    const titles = lenses.map(({ command }) => command?.title ?? "");
    ok(
      titles.some((title) => /proved for all requests/.test(title)),
      titles.join("; "),
    );
  },

  async "every command of the manifest is there"() {
    const contributed = extensions.getExtension("routec.routec")?.packageJSON.contributes.commands;
    const known = new Set(await commands.getCommands());
    deepEqual(
      contributed.map(({ command }: { command: string }) => command).filter((command: string) => !known.has(command)),
      [],
    );
  },

  async "the server can be restarted"() {
    await asked("routec.restart");
    await findings(file("draft.route"), (all) => all.length === 3);
  },
};
