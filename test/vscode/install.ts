/** What the editor needs of the machine: installed where it is missing. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");

/** Visual Studio Code, as a server whose window is a browser. */
export const CODE_SERVER = join(here, "node_modules/code-server/out/node/entry.js");

/** Debian's packages: the browser, and headers for a native part of the server. */
const PACKAGES: Readonly<Record<string, string>> = {
  "/usr/bin/chromium": "chromium",
  "/usr/include/gssapi/gssapi.h": "libkrb5-dev",
  "/usr/bin/g++": "g++",
  "/usr/bin/make": "make",
  "/usr/bin/python3": "python3",
};

/** The path of a Chromium. Throws where something is missing and cannot be installed. */
export function install(): string {
  const inherit = { stdio: "inherit" } as const;
  // Headers are needed to install the server alone.
  const needed = existsSync(CODE_SERVER) ? ["/usr/bin/chromium"] : Object.keys(PACKAGES);
  const missing = needed.filter((path) => !existsSync(path)).map((path) => PACKAGES[path] as string);
  if (missing.length > 0) {
    execFileSync("apt-get", ["update", "-qq"], inherit);
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], inherit);
  }
  if (!existsSync(CODE_SERVER)) {
    const { npm_config_user_agent: _, ...env } = process.env;
    // It asks npm's user agent which Node runs it, and builds native parts against that Node's headers.
    const nodedir = join(root, `node_modules/node-${process.platform}-${process.arch}`);
    execFileSync("npm", ["ci"], { cwd: here, ...inherit, env: { ...env, npm_config_nodedir: nodedir } });
  }
  return "/usr/bin/chromium";
}
