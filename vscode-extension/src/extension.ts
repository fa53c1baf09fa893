/** The extension for Visual Studio Code: a client of the language server, and what an editor can show beyond it. */
import { commands, type ExtensionContext, Uri, window, workspace } from "vscode";
import { REQUESTS, type Shown } from "../../lsp/requests/protocol.ts";
import { checkAll, createPolicy, DiffWithHead } from "./commands.ts";
import { DecisionTable } from "./decision-table/view.ts";
import { policyFor } from "./editors.ts";
import { askWith, type Commands, createClient, isProblem } from "./server.ts";
import { TestExplorer } from "./test-explorer.ts";
import { WhatHappens } from "./what-happens/panel.ts";

let stop: (() => Promise<void>) | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const client = createClient(context, (command, args, next) => runLens(command, args, next));
  const ask = askWith(client);
  const panel = new WhatHappens(context, ask);
  const table = new DecisionTable(context.extensionUri, ask);
  const diff = new DiffWithHead(ask);
  const explorer = new TestExplorer(ask);

  /** What a click on a lens does: the server would answer with a message. */
  const runLens: Commands = async (command, args, next) => {
    const [address, name] = args as readonly string[];
    const policy = Uri.parse(address ?? "");
    if (command === "routec.explain" && name !== undefined) return panel.showRoute(policy, name);
    if (command === "routec.runTest" && name !== undefined) return explorer.run(policy, name);
    if (command !== "routec.witness") return next(command, args);
    const witness = await ask<Shown>(REQUESTS.witness, policy, { proof: name });
    if (isProblem(witness)) return window.showInformationMessage(witness.problem);
    return panel.show(policy, witness.request);
  };

  const register = (command: string, run: (...args: never[]) => unknown): void => {
    context.subscriptions.push(commands.registerCommand(command, run));
  };
  /** Of commands that are about a policy: the one that was clicked, or the one that is on the screen. */
  const ofPolicy = (command: string, run: (policy: Uri) => unknown): void =>
    register(command, (clicked?: Uri) => {
      const policy = policyFor(clicked);
      return policy === undefined ? window.showInformationMessage("Open a policy first: a .route file.") : run(policy);
    });
  ofPolicy("routec.whatHappens", (policy) => panel.show(policy));
  ofPolicy("routec.diffWithHead", (policy) => diff.show(policy));
  ofPolicy("routec.showDecisionTable", async (policy) => {
    await commands.executeCommand("routec.decisionTable.focus");
    await table.refresh(policy);
  });
  register("routec.check", () => checkAll(client));
  register("routec.createPolicy", () => createPolicy(context));
  register("routec.showLog", () => client.outputChannel.show());
  register("routec.restart", async () => {
    await client.restart();
    await explorer.discover();
  });
  context.subscriptions.push(
    explorer,
    window.registerWebviewViewProvider("routec.decisionTable", table),
    workspace.registerTextDocumentContentProvider(DiffWithHead.scheme, diff),
  );
  stop = () => client.stop();
  await client.start();
  await explorer.discover();
}

export async function deactivate(): Promise<void> {
  await stop?.();
}
