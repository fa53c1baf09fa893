/** The editor's window as a person uses it, with keys. */
import { errors, type FrameLocator, type Page } from "playwright-core";

/** What the extension shows in a page of its own, wherever that is. */
export function webview(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready >> visible=true").frameLocator("#active-frame");
}

/** Runs a command by its title. */
export async function command(page: Page, title: string): Promise<void> {
  await pick(page, ["F1"], `>${title}`, title.replace(/^.*: /, ""));
}

/** Opens a file by its name. */
export async function open(page: Page, name: string): Promise<void> {
  await pick(page, ["ControlOrMeta+p"], name, name);
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/** Puts the cursor there; both count from 1. */
export async function toLine(page: Page, line: number, column: number): Promise<void> {
  await pick(page, ["ControlOrMeta+g"], `:${line}:${column}`, undefined);
  await page.locator(".monaco-editor.focused").first().waitFor();
}

export async function chooseTheme(page: Page, name: string, kind: "vs" | "vs-dark"): Promise<void> {
  await pick(page, ["ControlOrMeta+k", "ControlOrMeta+t"], name, name);
  await page.locator(`.monaco-workbench.${kind}`).waitFor();
}

/** Milliseconds for a list to open and to offer something, before it is asked for anew. */
const PATIENCE = 20_000;

/**
 * Chooses what a list offers for a text, once it offers it first; the list is closed when this resolves. A list that
 * closes under the hand is opened again, as a person would: seen once, where a webview had the focus before, which it tells
 * the editor up to 250 ms late. Throws where that does not help.
 */
async function pick(page: Page, keys: readonly string[], text: string, offered: string | undefined): Promise<void> {
  const widget = page.locator(".quick-input-widget");
  for (let tries = 3; ; tries--)
    try {
      for (const key of keys) await page.keyboard.press(key);
      const input = widget.locator("input");
      await input.fill(text, { timeout: PATIENCE });
      if (offered !== undefined)
        await widget.locator(".monaco-list-row.focused", { hasText: offered }).waitFor({ timeout: PATIENCE });
      await input.press("Enter", { timeout: PATIENCE });
      break;
    } catch (error) {
      if (tries === 1 || !(error instanceof errors.TimeoutError)) throw error;
      if (await widget.isVisible()) await page.keyboard.press("Escape");
    }
  await widget.waitFor({ state: "hidden" });
}
