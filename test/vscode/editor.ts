/** Visual Studio Code with the packed extension, in a folder of policies, and a browser as its window. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";
import { pack } from "../../tools/vsix.ts";
import { CODE_SERVER } from "./install.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

const SETTINGS = {
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  // A list that is closing could be taken for the next one.
  "workbench.reduceMotion": "on",
  "telemetry.telemetryLevel": "off",
  "security.workspace.trust.enabled": false,
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "chat.disableAIFeatures": true,
  "git.openRepositoryInParentFolders": "never",
  "files.autoSave": "off",
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "editor.minimap.enabled": false,
  "editor.fontSize": 13,
  // The keys of walk.ts open lists, and nothing else does.
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
  "testing.automaticallyOpenTestResults": "neverOpen",
};

export interface Editor {
  readonly page: Page;
  /** The folder that is open in it. */
  readonly folder: string;
  /** What the driver posts when it is done. */
  readonly driven: Promise<unknown>;
  close(): Promise<void>;
}

/** @param vsix the extension. @param browser the path of a Chromium. */
export async function startEditor(vsix: string, browser: string): Promise<Editor> {
  const home = mkdtempSync(join(tmpdir(), "routec-vscode-"));
  const folder = join(home, "policies");
  cpSync(join(here, "policies"), folder, { recursive: true });
  commit(folder);
  const at = (name: string): string => join(home, name);
  mkdirSync(at("data/User"), { recursive: true });
  writeFileSync(at("data/User/settings.json"), JSON.stringify(SETTINGS));
  writeFileSync(at("config.yaml"), "");
  const driver = await packDriver(at("driver"));

  const driven = Promise.withResolvers<unknown>();
  const listener = createServer(async (request, response) => {
    driven.resolve(await json(request));
    response.end();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");

  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: at(".config"),
    XDG_DATA_HOME: at(".local/share"),
    // Else it asks a gallery of extensions.
    EXTENSIONS_GALLERY:
      '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":"","controlUrl":"","recommendationsUrl":""}',
    ROUTEC_DRIVER: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
  };
  const folders = ["--config", at("config.yaml"), "--user-data-dir", at("data"), "--extensions-dir", at("extensions")];
  for (const extension of [vsix, driver])
    execFileSync(process.execPath, [CODE_SERVER, ...folders, "--install-extension", extension], { env, stdio: "pipe" });

  const options = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  const server = spawn(
    process.execPath,
    [CODE_SERVER, ...folders, "--bind-addr", "127.0.0.1:0", ...options, "--disable-getting-started-override", folder],
    { env, stdio: ["ignore", "pipe", "inherit"] },
  );
  // Also where this process is told to end.
  process.once("exit", () => server.kill());
  const address = await addressOf(server.stdout);
  const context = await chromium.launchPersistentContext(at("browser"), {
    executablePath: browser,
    env: { ...(env as Record<string, string>) },
    args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`);

  return {
    page,
    folder,
    driven: driven.promise,
    async close() {
      await context.close();
      const ended = once(server, "exit");
      server.kill();
      await ended;
      listener.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The address that the server prints when it listens. */
async function addressOf(output: Readable): Promise<string> {
  let said = "";
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    if (address !== undefined) {
      output.resume();
      return address;
    }
  }
  throw new Error(`the editor ended before it listened: ${said}`);
}

/** HEAD is the policies as they are. */
function commit(folder: string): void {
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=routec", "-c", "user.email=routec@localhost", ...args], {
      cwd: folder,
      stdio: "pipe",
    });
  };
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "policies");
}

async function packDriver(folder: string): Promise<string> {
  cpSync(join(here, "driver/package.json"), join(folder, "package.json"), { recursive: true });
  writeFileSync(join(folder, "README.md"), "Asks of the editor what the extension gives it.\n");
  await build({
    entryPoints: [join(here, "driver/driver.ts")],
    outfile: join(folder, "driver.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    external: ["vscode"],
  });
  const vsix = join(folder, "driver.vsix");
  pack(folder, vsix);
  return vsix;
}
