/**
 * The extension in Visual Studio Code: packed, installed in code-server, seen through Chromium. A second extension asks of
 * the editor what it has from ours (driver/driver.ts), then a person's way through it is gone with keys and the mouse.
 * Pictures are left in `dist/vscode`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VSIX } from "../../tools/vsix.ts";
import { startEditor } from "./editor.ts";
import { install } from "./install.ts";
import { walk } from "./walk.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pictures = join(root, "dist/vscode");

interface Outcome {
  readonly name: string;
  readonly failure?: string;
}

const browser = install();
execFileSync(process.execPath, [join(root, "tools/vsix.ts")], { stdio: "inherit" });
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });

const editor = await startEditor(VSIX, browser);
try {
  const outcomes = (await editor.driven) as Outcome[];
  for (const { name, failure } of outcomes)
    console.error(failure === undefined ? `✓ ${name}` : `✗ ${name}\n${failure}`);
  if (outcomes.length === 0 || outcomes.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
  for await (const done of walk(editor, pictures)) console.error(`✓ ${done}`);
} catch (error) {
  await editor.page.screenshot({ path: join(pictures, "failed.png") });
  throw error;
} finally {
  await editor.close();
}
