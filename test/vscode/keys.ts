/** The editor's window as a person uses it, with keys. */
import type { FrameLocator, Page } from "playwright-core";

/** What the extension shows in a page of its own, wherever that is. */
export function webview(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready >> visible=true").frameLocator("#active-frame");
}

/** Runs a command by its title. */
export async function command(page: Page, title: string): Promise<void> {
  await pick(page, "F1", `>${title}`, title.replace(/^.*: /, ""));
}

/** Opens a file by its name. */
export async function open(page: Page, name: string): Promise<void> {
  await pick(page, "ControlOrMeta+p", name, name);
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/** Puts the cursor there; both count from 1. */
export async function toLine(page: Page, line: number, column: number): Promise<void> {
  await pick(page, "ControlOrMeta+g", `:${line}:${column}`, undefined);
}

/** Chooses what a list offers for a text, once it offers it first. */
async function pick(page: Page, key: string, text: string, offered: string | undefined): Promise<void> {
  await page.keyboard.press(key);
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(text);
  if (offered !== undefined)
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: offered }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

export async function chooseTheme(page: Page, name: string, kind: "vs" | "vs-dark"): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.press("ControlOrMeta+t");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(name);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: name }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(`.monaco-workbench.${kind}`).waitFor();
}
