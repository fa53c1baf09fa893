/** The files of the catalog: one line a provider and a model, so that a change reads as what changed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CatalogIndex } from "../../compiler/catalog/types.ts";

/** Where the catalog stands. */
export const DATA = fileURLToPath(new URL("../../compiler/catalog/data/", import.meta.url));

/** Files by their names below `DATA`. */
export type Files = ReadonlyMap<string, string>;

/** An object a line, in the order of their ids. */
export function list(facts: readonly { readonly id: string }[]): string {
  const sorted = facts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return `[\n${sorted.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`;
}

export function indexText(index: CatalogIndex): string {
  return `${JSON.stringify(index, null, 2)}\n`;
}

/** SHA-256 over the index without its hash, and over the names and texts of all other files in the order of their names. */
export function hashOf({ date, sources }: Omit<CatalogIndex, "hash">, files: Files): string {
  const hash = createHash("sha256").update(JSON.stringify({ date, sources }));
  for (const name of [...files.keys()].filter((each) => each !== "index.json").sort())
    hash.update(`\0${name}\0${files.get(name)}`);
  return hash.digest("hex");
}

/** The catalog's files as they stand. */
export function readFiles(folder = DATA): Files {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return new Map(names.map((name) => [name.replaceAll("\\", "/"), readFileSync(`${folder}/${name}`, "utf8")]));
}

/** Undefined where `text` is no JSON. */
function canonical(name: string, text: string): string | undefined {
  try {
    return name === "index.json" ? indexText(JSON.parse(text)) : list(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What is wrong with `files`, a sentence each: not in the form in which they are written, or not what the hash is of. */
export function faults(files: Files): string[] {
  const index: CatalogIndex = JSON.parse(files.get("index.json") ?? "{}");
  const found = [...files]
    .filter(([name, text]) => text !== canonical(name, text))
    .map(([name]) => `${name} is not in its canonical form`);
  const hash = hashOf(index, files);
  return hash === index.hash ? found : [...found, `index.json has the hash ${index.hash}, its catalog ${hash}`];
}
