/** The commands that need no panel of their own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  commands,
  EventEmitter,
  type ExtensionContext,
  type TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type Checked, type Diffed, REQUESTS } from "../../lsp/requests/protocol.ts";
import { type Ask, bundledCommand, isProblem } from "./server.ts";

/** Checks what is open and what is not, and shows the problems. */
export async function checkAll(client: LanguageClient): Promise<void> {
  const checked = await client.sendRequest<Checked>(REQUESTS.check);
  const { files, errors, warnings } = checked;
  const summary = `${count(files, "policy", "policies")} checked: ${count(errors, "error")}, ${count(warnings, "warning")}`;
  if (errors + warnings > 0) await commands.executeCommand("workbench.actions.view.problems");
  if (errors > 0) void window.showErrorMessage(summary);
  else void window.showInformationMessage(summary);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Says what a policy decides differently than at HEAD, as a document of the extension's own. */
export class DiffWithHead implements TextDocumentContentProvider {
  static readonly scheme = "routec-diff";
  readonly #ask: Ask;
  readonly #shown = new Map<string, string>();
  readonly #changes = new EventEmitter<Uri>();
  readonly onDidChange = this.#changes.event;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#shown.get(uri.toString()) ?? "";
  }

  async show(policy: Uri): Promise<void> {
    const answer = await this.#ask<Diffed>(REQUESTS.diff, policy, { revision: "HEAD" });
    if (isProblem(answer)) {
      void window.showWarningMessage(answer.problem);
      return;
    }
    const name = workspace.asRelativePath(policy);
    const uri = Uri.from({ scheme: DiffWithHead.scheme, path: `/${name}, decisions since HEAD.md` });
    this.#shown.set(uri.toString(), `${answer.markdown}\n`);
    this.#changes.fire(uri);
    await commands.executeCommand("markdown.showPreview", uri);
  }
}

/** Writes the starter policy of `routec init` into a folder that somebody chooses, and opens it. */
export async function createPolicy(context: ExtensionContext): Promise<void> {
  const folder = await chosenFolder();
  if (folder === undefined) return;
  try {
    await promisify(execFile)(process.execPath, [bundledCommand(context), "init", folder.fsPath], {
      // VS Code's own process is Node only when it is told so.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
  } catch (error) {
    void window.showErrorMessage(String((error as { stderr?: string }).stderr || error).trim());
    return;
  }
  await window.showTextDocument(Uri.joinPath(folder, "main.route"));
}

async function chosenFolder(): Promise<Uri | undefined> {
  const [only, ...more] = workspace.workspaceFolders ?? [];
  if (only !== undefined && more.length === 0) return only.uri;
  if (only !== undefined) return (await window.showWorkspaceFolderPick())?.uri;
  const [folder] = (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false })) ?? [];
  return folder;
}
