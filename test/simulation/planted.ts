/**
 * Simulates the policy beside with each fault of the source planted, and prints what was found as JSON, a list in their
 * order: `node test/simulation/planted.ts`. Sources are changed as they are loaded, in this process alone; what a fault
 * is planted in, and all that is loaded with it, is loaded for it alone.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { SOURCE_FAULTS } from "./faults.ts";
import type { Found } from "./found.ts";

const ROOT = new URL("../../", import.meta.url);
const isOurs = (url: string): boolean => url.startsWith(ROOT.href) && !url.includes("/node_modules/");

/** Without their types: these take longer to take away than a fault takes to find. */
const sources = new Map<string, string>();

function sourceOf(url: string): string {
  const source = sources.get(url) ?? stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
  sources.set(url, source);
  return source;
}

/** Modules that are loaded for a fault have its index as the query of their address. */
registerHooks({
  resolve(name, context, next) {
    const resolved = next(name, context);
    const { search } = new URL(context.parentURL ?? ROOT);
    return search === "" || !isOurs(resolved.url) ? resolved : { ...resolved, url: `${resolved.url}${search}` };
  },
  load(url, context, next) {
    const [address = "", index] = url.split("?");
    const fault = index === undefined ? undefined : SOURCE_FAULTS[Number(index)];
    if (fault === undefined) return next(url, context);
    const source = sourceOf(address);
    if (address !== new URL(fault.file, ROOT).href) return { format: "module", shortCircuit: true, source };
    if (source.split(fault.text).length !== 2)
      throw new Error(`\`${fault.text}\` does not stand once in ${fault.file}`);
    return { format: "module", shortCircuit: true, source: source.replace(fault.text, fault.by) };
  },
});

const all: (Found | null)[] = [];
for (const index of SOURCE_FAULTS.keys()) {
  const { found, RUNS }: typeof import("./found.ts") = await import(`./found.ts?${index}`);
  all.push(found(RUNS) ?? null);
}
process.stdout.write(JSON.stringify(all));
