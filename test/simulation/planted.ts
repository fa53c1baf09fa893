/**
 * Simulates the policy beside with one fault planted, and prints what was found as JSON:
 * `node test/simulation/planted.ts <name of the fault>`. Its sources are changed as they are loaded, in this process alone.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { SOURCE_FAULTS, type SourceFault } from "./faults.ts";

const ROOT = new URL("../../", import.meta.url);

function plant({ file, text, by }: SourceFault): void {
  const { href } = new URL(file, ROOT);
  if (readFileSync(fileURLToPath(href), "utf8").split(text).length !== 2)
    throw new Error(`\`${text}\` does not stand once in ${file}`);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      return url === href ? { ...loaded, source: String(loaded.source).replace(text, by) } : loaded;
    },
  });
}

const fault = SOURCE_FAULTS.find(({ name }) => name === process.argv[2]);
if (fault === undefined) throw new Error(`no fault is called ${process.argv[2]}`);
plant(fault);
const { found, RUNS } = await import("./found.ts");
process.stdout.write(JSON.stringify(found(RUNS)));
