/** The script of the decision table's page. */
declare function acquireVsCodeApi(): { postMessage(message: object): void };

const vscode = acquireVsCodeApi();

window.addEventListener("message", ({ data }: MessageEvent<{ readonly html: string }>) => {
  (document.getElementById("tables") as HTMLElement).innerHTML = data.html;
});

document.addEventListener("click", ({ target }) => {
  const { uri, line, character } = (target as HTMLElement).closest("button")?.dataset ?? {};
  if (uri !== undefined) vscode.postMessage({ kind: "open", uri, line: Number(line), character: Number(character) });
});

vscode.postMessage({ kind: "ready" });
