/** The panel *What happens to…*: one for all policies, beside the one that it is about. */
import { type ExtensionContext, env, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import { type Form, type Happening, REQUESTS } from "../../../lsp/requests/protocol.ts";
import { onPolicyChange, openAt } from "../editors.ts";
import type { Html } from "../html.ts";
import { type Ask, isProblem } from "../server.ts";
import { showPage } from "../webview.ts";
import { formHtml } from "./form.ts";
import type { ToExtension, ToPage } from "./messages.ts";
import { BODY } from "./page.ts";
import { exampleFor, type Filled, filledFrom, requestFrom } from "./request.ts";
import { problemHtml, resultHtml } from "./result.ts";

export class WhatHappens {
  readonly #context: ExtensionContext;
  readonly #ask: Ask;
  #panel: WebviewPanel | undefined;
  #policy: Uri | undefined;
  #form: Form | undefined;
  /** Undefined of a policy of which nothing is known yet. */
  #filled: Filled | undefined;
  /** A request that the form cannot show. */
  #pasted: unknown;
  /** What was last asked: answers to earlier questions are not shown. */
  #asked = 0;
  #last: Happening | undefined;

  constructor(context: ExtensionContext, ask: Ask) {
    this.#context = context;
    this.#ask = ask;
  }

  /** Shows what happens to a request; without one, to what the form has. */
  async show(policy: Uri, request?: unknown): Promise<void> {
    if (policy.toString() !== this.#policy?.toString()) {
      this.#policy = policy;
      this.#filled = undefined;
      this.#pasted = undefined;
      this.#form = undefined;
    }
    this.#open();
    await this.#refresh();
    if (request !== undefined) await this.#take(request);
  }

  /** Shows what happens to a request for a route. */
  async showRoute(policy: Uri, route: string): Promise<void> {
    await this.show(policy);
    if (this.#filled !== undefined) this.#filled = { ...this.#filled, route };
    this.#pasted = undefined;
    this.#sendForm();
    await this.#decide();
  }

  #open(): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, true);
      return;
    }
    const panel = window.createWebviewPanel(
      "routec.whatHappens",
      "What happens to…",
      { viewColumn: ViewColumn.Beside, preserveFocus: false },
      { retainContextWhenHidden: true },
    );
    const icon = (theme: string): Uri => Uri.joinPath(this.#context.extensionUri, "media", `policy-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    const changes = onPolicyChange(() => void this.#refresh());
    panel.onDidDispose(() => {
      changes.dispose();
      this.#panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: ToExtension) => void this.#told(message));
    this.#panel = panel;
    showPage(panel.webview, this.#context.extensionUri, "What happens to…", "what-happens.js", BODY);
  }

  async #told(message: ToExtension): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.#sendForm();
        return this.#refresh();
      case "filled": {
        const asks = message.filled.whyNot !== this.#filled?.whyNot;
        this.#filled = message.filled;
        // Who changes a field has done with what was pasted; who asks why not, asks it of that.
        return this.#pasted === undefined || asks ? this.#decide() : this.#backToForm();
      }
      case "pasted":
        return this.#paste(message.text);
      case "backToForm":
        return this.#backToForm();
      case "clear":
        this.#filled = undefined;
        return this.#backToForm();
      case "copy":
        await env.clipboard.writeText(`${JSON.stringify(this.#last?.request, null, 2)}\n`);
        window.setStatusBarMessage("Routec: the request was copied", 3000);
        return;
      case "open":
        return openAt(message.uri, message.line, message.character);
    }
  }

  async #backToForm(): Promise<void> {
    this.#pasted = undefined;
    this.#sendForm();
    await this.#decide();
  }

  async #paste(text: string): Promise<void> {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch (error) {
      this.#send({
        kind: "result",
        field: undefined,
        html: problemHtml({ problem: `This is not JSON: ${(error as Error).message}` }).text,
      });
      return;
    }
    await this.#take(request);
  }

  async #take(request: unknown): Promise<void> {
    const filled = this.#form === undefined ? undefined : filledFrom(this.#form, request);
    this.#pasted = filled === undefined ? request : undefined;
    if (filled !== undefined) this.#filled = filled;
    this.#sendForm();
    await this.#decide();
  }

  /** The policy may be another than before: so may the form be. */
  async #refresh(): Promise<void> {
    const policy = this.#policy;
    if (policy === undefined || this.#panel === undefined) return;
    this.#panel.title = `What happens to… (${workspace.asRelativePath(policy)})`;
    const form = await this.#ask<Form>(REQUESTS.form, policy);
    if (isProblem(form)) {
      this.#send({ kind: "stale", html: problemHtml(form).text });
      return;
    }
    this.#send({ kind: "stale", html: "" });
    const isSame = JSON.stringify(form) === JSON.stringify(this.#form);
    this.#form = form;
    if (!isSame) this.#sendForm();
    await this.#decide();
  }

  async #decide(): Promise<void> {
    const [policy, form] = [this.#policy, this.#form];
    if (policy === undefined || form === undefined) return;
    this.#filled ??= exampleFor(form);
    const number = ++this.#asked;
    const request = this.#pasted ?? requestFrom(form, this.#filled);
    const { whyNot } = this.#filled;
    const answer = await this.#ask<Happening>(REQUESTS.whatHappens, policy, {
      request,
      ...(whyNot !== "" && { whyNot }),
    });
    if (number !== this.#asked) return;
    if (!isProblem(answer)) this.#last = answer;
    const html: Html = isProblem(answer) ? problemHtml(answer) : resultHtml(answer, this.#pasted !== undefined);
    this.#send({ kind: "result", html: html.text, field: isProblem(answer) ? answer.field : undefined });
  }

  #sendForm(): void {
    if (this.#form === undefined) return;
    this.#filled ??= exampleFor(this.#form);
    this.#send({ kind: "form", html: formHtml(this.#form, this.#filled, this.#pasted !== undefined).text });
  }

  #send(message: ToPage): void {
    void this.#panel?.webview.postMessage(message);
  }
}
