/** What every page of the extension's has in common. */
import { randomUUID } from "node:crypto";
import { Uri, type Webview } from "vscode";
import { type Html, page } from "./html.ts";

export function showPage(webview: Webview, extension: Uri, title: string, script: string, body: Html): void {
  webview.options = { enableScripts: true, localResourceRoots: [extension] };
  const at = (...path: string[]): string => webview.asWebviewUri(Uri.joinPath(extension, ...path)).toString();
  webview.html = page({
    title,
    source: webview.cspSource,
    nonce: randomUUID(),
    styles: [at("media", "routec.css")],
    script: at("dist", script),
    body,
  });
}
