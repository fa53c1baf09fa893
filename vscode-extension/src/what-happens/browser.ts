/** The script of the panel's page: it tells the extension what stands in the form, and shows what comes back. */
import type { ToExtension, ToPage } from "./messages.ts";

declare function acquireVsCodeApi(): { postMessage(message: ToExtension): void };

const vscode = acquireVsCodeApi();
const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const tell = (message: ToExtension): void => vscode.postMessage(message);

function filled(form: HTMLFormElement): void {
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const);
  const { route = "", whyNot = "", ...fields } = Object.fromEntries(entries);
  tell({ kind: "filled", filled: { route, whyNot, fields } });
}

function mark(field: string | undefined): void {
  for (const each of document.querySelectorAll<HTMLElement>("[data-field]")) {
    const isWrong = each.dataset.field === field;
    each.classList.toggle("wrong", isWrong);
    each.querySelector("input, select")?.setAttribute("aria-invalid", String(isWrong));
  }
}

/** What had the focus, for the same form is written anew when the policy changes. */
function replaceForm(html: string): void {
  const focused = document.activeElement?.id ?? "";
  byId("form").innerHTML = html;
  if (focused !== "") document.getElementById(focused)?.focus();
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.kind === "form") replaceForm(data.html);
  else if (data.kind === "stale") {
    byId("stale").innerHTML = data.html;
    byId("result").classList.toggle("dimmed", data.html !== "");
  } else {
    byId("result").innerHTML = data.html;
    byId("result").setAttribute("aria-busy", "false");
    mark(data.field);
  }
});

document.addEventListener("input", ({ target }) => {
  const { form, id } = target as HTMLInputElement;
  if (form !== null && id !== "pasted") filled(form);
});

document.addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("click", ({ target }) => {
  const button = (target as HTMLElement).closest("button");
  if (button === null) return;
  const { uri, line, character } = button.dataset;
  if (uri !== undefined) tell({ kind: "open", uri, line: Number(line), character: Number(character) });
  else if (button.id === "usePasted") tell({ kind: "pasted", text: (byId("pasted") as HTMLTextAreaElement).value });
  else if (button.id === "backToForm") tell({ kind: "backToForm" });
  else if (button.id === "clear") tell({ kind: "clear" });
  else if (button.id === "copy") tell({ kind: "copy" });
});

tell({ kind: "ready" });
