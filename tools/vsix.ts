/**
 * Makes the extension for Visual Studio Code: `dist/routec.vsix`. It carries the command of `npm run build`, so that it
 * needs nothing else installed. What packs it is installed when it is first needed: it is as large as all else together.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { build, isStale, notices, PART } from "./build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const extension = join(root, "vscode-extension");
const out = join(extension, "dist");

/** Where the extension is put. */
export const VSIX = join(root, "dist/routec.vsix");

const sources = "vscode-extension/src";

/** The scripts of the extension's pages, by the names under which they are loaded. */
const PAGES = {
  "what-happens": `${sources}/what-happens/browser.ts`,
  "decision-table": `${sources}/decision-table/browser.ts`,
};

const BUNDLED = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
} as const;

/** Writes `vscode-extension/dist`: the extension, its pages' scripts, and the server. */
async function bundle(): Promise<void> {
  if (isStale()) await build();
  rmSync(out, { recursive: true, force: true });
  const { metafile } = await esbuild({
    ...BUNDLED,
    entryPoints: { extension: `${sources}/extension.ts` },
    metafile: true,
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    format: "cjs",
    platform: "node",
    target: "node22",
  });
  await esbuild({ ...BUNDLED, entryPoints: PAGES, format: "iife", platform: "browser", target: "es2023" });
  writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), notices(metafile));
  const server = join(out, "server");
  mkdirSync(join(server, "dist"), { recursive: true });
  for (const name of readdirSync(join(root, "dist"))) {
    if (name === "routec.js" || name === "start.js" || PART.test(name) || name === "THIRD-PARTY-NOTICES.txt")
      copyFileSync(join(root, "dist", name), join(server, "dist", name));
  }
  cpSync(join(root, "dist/data"), join(server, "dist/data"), { recursive: true });
  const { name, version, type } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(server, "package.json"), `${JSON.stringify({ name, version, type })}\n`);
  copyFileSync(join(root, "LICENSE"), join(extension, "LICENSE.txt"));
  copyFileSync(join(root, "CHANGELOG.md"), join(extension, "CHANGELOG.md"));
}

/** Packs a folder that has the manifest of an extension. */
export function pack(folder: string, vsix: string): void {
  const vsce = join(extension, "node_modules/@vscode/vsce/vsce");
  if (!existsSync(vsce)) execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: extension, stdio: "inherit" });
  const args = [
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
    "-o",
    vsix,
  ];
  execFileSync(process.execPath, [vsce, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
}

if (import.meta.main) {
  await bundle();
  pack(extension, VSIX);
  console.log(`${VSIX}: ${Math.round(statSync(VSIX).size / 1024)} KiB`);
}
