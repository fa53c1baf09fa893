/** The policies that are on the screen. */
import { type Disposable, Position, Range, type TextDocument, Uri, ViewColumn, window, workspace } from "vscode";
import { LANGUAGE } from "./server.ts";

/** The policy that a command is about: the one named, the active one, or one that can be seen. */
export function policyFor(uri: Uri | undefined): Uri | undefined {
  if (uri instanceof Uri) return uri;
  const editors = [window.activeTextEditor, ...window.visibleTextEditors];
  return editors.find((editor) => editor?.document.languageId === LANGUAGE)?.document.uri;
}

/** Opens a place of a policy where its editor is, not in the column of the panel that was clicked. */
export async function openAt(uri: string, line: number, character: number): Promise<void> {
  const wanted = Uri.parse(uri);
  const shown = window.visibleTextEditors.find(({ document }) => document.uri.toString() === wanted.toString());
  const at = new Position(line, character);
  await window.showTextDocument(wanted, {
    viewColumn: shown?.viewColumn ?? ViewColumn.One,
    selection: new Range(at, at),
  });
}

/** Milliseconds after the last change of a text. */
const PAUSE = 250;

/** Calls back some time after a policy has changed, of several changes once. */
export function onPolicyChange(changed: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const soon = ({ languageId }: TextDocument): void => {
    if (languageId !== LANGUAGE) return;
    clearTimeout(timer);
    timer = setTimeout(changed, PAUSE);
  };
  const changes = workspace.onDidChangeTextDocument(({ document }) => soon(document));
  return {
    dispose() {
      clearTimeout(timer);
      changes.dispose();
    },
  };
}
