/** The view *Decision Table*: of the policy that was last looked at, as it stands in the editor. */
import { type Uri, type WebviewView, type WebviewViewProvider, window, workspace } from "vscode";
import { type DecisionTableView, REQUESTS } from "../../../lsp/requests/protocol.ts";
import { onPolicyChange, openAt, policyFor } from "../editors.ts";
import { type Html, html } from "../html.ts";
import { type Ask, isProblem, LANGUAGE } from "../server.ts";
import { showPage } from "../webview.ts";
import { problemHtml } from "../what-happens/result.ts";
import { BODY, tablesHtml } from "./page.ts";

export class DecisionTable implements WebviewViewProvider {
  readonly #extension: Uri;
  readonly #ask: Ask;
  #view: WebviewView | undefined;
  #policy: Uri | undefined;

  constructor(extension: Uri, ask: Ask) {
    this.#extension = extension;
    this.#ask = ask;
  }

  resolveWebviewView(view: WebviewView): void {
    this.#view = view;
    const listeners = [
      onPolicyChange(() => void this.refresh()),
      window.onDidChangeActiveTextEditor((editor) => {
        if (editor?.document.languageId === LANGUAGE) void this.refresh(editor.document.uri);
      }),
      view.onDidChangeVisibility(() => void this.refresh()),
    ];
    view.onDidDispose(() => {
      for (const listener of listeners) listener.dispose();
      this.#view = undefined;
    });
    view.webview.onDidReceiveMessage((message) => {
      if (message.kind === "open") void openAt(message.uri, message.line, message.character);
      else void this.refresh();
    });
    showPage(view.webview, this.#extension, "Decision Table", "decision-table.js", BODY);
  }

  /** Shows the table of a policy; of the same as before, if none is named. */
  async refresh(policy = this.#policy ?? policyFor(undefined)): Promise<void> {
    this.#policy = policy;
    if (this.#view?.visible !== true) return;
    this.#view.description = policy === undefined ? "" : workspace.asRelativePath(policy);
    const shown = await this.#shown(policy);
    if (policy === this.#policy) void this.#view?.webview.postMessage({ html: shown.text });
  }

  async #shown(policy: Uri | undefined): Promise<Html> {
    if (policy === undefined) return html`<p>Open a policy to see its decision table.</p>`;
    const answer = await this.#ask<DecisionTableView>(REQUESTS.decisionTable, policy);
    return isProblem(answer) ? problemHtml(answer) : tablesHtml(answer);
  }
}
