/** A person's way through the extension, with keys and the mouse, and a picture of each thing that there is to see. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import type { Editor } from "./editor.ts";

/** Says what was seen, step by step. Throws where something does not show. */
export async function* walk({ page, folder }: Editor, pictures: string): AsyncGenerator<string> {
  const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
  page.setDefaultTimeout(120_000);
  await page
    .locator(".notifications-toasts .codicon-notifications-clear-all")
    .click({ timeout: 500 })
    .catch(() => {});

  await open(page, "draft.route");
  await command(page, "View: Focus Problems");
  await page.locator(".markers-panel .monaco-tl-contents", { hasText: "this rule can never match" }).waitFor();
  await page.locator(".squiggly-error").first().waitFor();
  await picture("diagnostics");
  yield "findings are underlined, and listed as problems";
  await command(page, "View: Toggle Panel Visibility");

  await open(page, "main.route");
  await toLine(page, 19, 8);
  await command(page, "Show or Focus Hover");
  await page.locator(".monaco-hover", { hasText: "attempts" }).first().waitFor();
  await picture("hover");
  yield "hovering over a plan says what it can cost";
  await page.keyboard.press("Escape");

  await toLine(page, 27, 1);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("when tier == pro and tenant_month.left < $20 -> ");
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget .monaco-list-row").first().waitFor();
  await picture("completion");
  yield "completion offers models and plans";
  await page.keyboard.press("Escape");
  await command(page, "File: Revert File");

  await toLine(page, 16, 7);
  await page.keyboard.press("F2");
  await page.locator(".rename-box .rename-input").waitFor();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("economical");
  await picture("rename");
  await page.keyboard.press("Enter");
  await page.locator(".view-line", { hasText: "economical" }).first().waitFor();
  yield "a plan is renamed wherever it is named";
  await command(page, "File: Revert File");

  yield* tests(page, picture);
  yield* panel(page, folder, picture);
}

type Picture = (name: string) => Promise<unknown>;

async function* tests(page: Page, picture: Picture): AsyncGenerator<string> {
  await open(page, "proof.route");
  await command(page, "Test: Run All Tests with Coverage");
  const row = (text: RegExp) => page.locator(`.test-explorer .monaco-list-row`).filter({ hasText: text });
  await command(page, "Testing: Focus on Test Explorer View");
  await row(/main\.route/)
    .first()
    .waitFor();
  await page.locator('.test-explorer .monaco-list-row[aria-label*="(Failed)"]').first().waitFor();
  await picture("tests");
  yield "tests run in the Test Explorer, with coverage";
}

async function* panel(page: Page, folder: string, picture: Picture): AsyncGenerator<string> {
  await command(page, "View: Close All Editors");
  await open(page, "main.route");
  await command(page, "View: Toggle Primary Side Bar Visibility");
  await command(page, "Routec: What Happens to…");
  const inside = webview(page);
  await inside.locator("#result .decided").waitFor();
  await inside.getByLabel("tier", { exact: false }).first().selectOption("enterprise");
  await inside.getByText("strong").first().waitFor();
  await picture("what-happens");
  yield "the panel says which rule takes a request, and what it costs";
  void folder;
}

export function webview(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
}

/** Runs a command by its title, as one does. */
async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press("F1");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(`>${title}`);
  await page
    .locator(".quick-input-list .monaco-list-row.focused", { hasText: title.replace(/^.*: /, "") })
    .first()
    .waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

async function open(page: Page, name: string): Promise<void> {
  await page.keyboard.press("ControlOrMeta+p");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(name);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: name }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

async function toLine(page: Page, line: number, column: number): Promise<void> {
  await page.keyboard.press("ControlOrMeta+g");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}
void readFileSync;
void writeFileSync;
