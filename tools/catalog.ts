/**
 * Writes the catalog of providers and models, `compiler/catalog/data`, from a folder of models.dev's facts and from the
 * installed `@pydantic/genai-prices`: `npm run catalog -- <folder>`. The same sources give the same bytes. `--check`
 * writes nothing, needs no folder, and fails where a file was changed by another hand. docs/catalog.md says what is
 * taken from which source.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CatalogIndex } from "../compiler/catalog/types.ts";
import { GENAI_PRICES, readGenaiPrices } from "./catalog/genai-prices.ts";
import { joinFacts } from "./catalog/join.ts";
import { isServed, readModelsDev } from "./catalog/models-dev.ts";
import { presetOf } from "./catalog/presets.ts";
import { QUIRKS } from "./catalog/quirks.ts";
import { DATA, type Files, faults, hashOf, indexText, list, readFiles } from "./catalog/snapshot.ts";

/** The catalog's files from the models.dev facts in `folder`. Throws what is wrong with the sources. */
export async function generate(folder: string): Promise<Files> {
  const dev = readModelsDev(folder);
  const genai = await readGenaiPrices();
  const dates = { dev: dev.date, catalog: dev.date > GENAI_PRICES.date ? dev.date : GENAI_PRICES.date };
  const files = new Map<string, string>();
  const providers = Object.entries(dev.providers);
  for (const [id] of providers) if (!/^[a-z0-9.-]+$/.test(id)) throw new Error(`\`${id}\` cannot be a file's name`);
  files.set("providers.json", list(providers.map(([id, provider]) => presetOf(id, provider))));
  files.set("quirks.json", list(QUIRKS));
  const served = Map.groupBy(dev.models.filter(isServed), ({ provider }) => provider);
  for (const [id] of providers) {
    const models = (served.get(id) ?? []).map((model) => joinFacts(model, genai(id, model.id), dates));
    files.set(`models/${id}.json`, list(models));
  }
  const index: Omit<CatalogIndex, "hash"> = {
    date: dates.catalog,
    sources: [
      { name: "models.dev", date: dev.date, licence: "MIT", url: "https://models.dev" },
      {
        name: "@pydantic/genai-prices",
        ...GENAI_PRICES,
        licence: "MIT",
        url: "https://github.com/pydantic/genai-prices",
      },
    ],
  };
  return files.set("index.json", indexText({ date: index.date, hash: hashOf(index, files), sources: index.sources }));
}

function write(files: Files): void {
  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(join(DATA, "models"), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(DATA, name), text);
}

/** What is wrong with what was asked for, or with the catalog; nothing where all is well. */
async function run([argument, ...more]: readonly string[]): Promise<string[]> {
  if (argument === undefined || more.length > 0) return ["expected a folder of models.dev's facts, or `--check`"];
  if (argument === "--check") return faults(readFiles());
  write(await generate(argument));
  return [];
}

if (import.meta.main) {
  const found = await run(process.argv.slice(2)).catch((error: Error) => [error.message]);
  for (const fault of found) console.error(fault);
  process.exitCode = found.length === 0 ? 0 : 1;
}
