/**
 * Writes what is generated from the decision table's JSON Schema: its TypeScript types and its precompiled validator.
 * `--check` writes nothing and fails when a checked-in file is not what would be written.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";

const folder = new URL("../runtime/table/", import.meta.url);
const banner = "// Generated from decision-table.schema.json by `npm run generate`. Do not edit.\n";

const schema = JSON.parse(readFileSync(new URL("decision-table.schema.json", folder), "utf8"));

async function types(): Promise<string> {
  const source = await compile(withoutMinimumOfOne(schema), "DecisionTable", {
    bannerComment: banner.trimEnd(),
    style: { printWidth: 120 },
    strictIndexSignatures: false,
  });
  return source;
}

/** The validator refuses an empty list; a type `[T, ...T[]]` for it would only be in the way. */
function withoutMinimumOfOne(node: unknown): never {
  const json = JSON.stringify(node, (key, value) => (key === "minItems" && value === 1 ? undefined : value));
  return JSON.parse(json) as never;
}

/** Ajv writes CommonJS that requires small helpers of its own; esbuild folds those in, so that nothing of Ajv ships. */
async function validator(): Promise<string> {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, code: { source: true, esm: true, lines: true } });
  const standalone = (standaloneModule as unknown as { default: typeof standaloneModule }).default ?? standaloneModule;
  const code = (standalone as unknown as (a: Ajv, f: unknown) => string)(ajv, ajv.compile(schema));
  const bundled = await build({
    stdin: { contents: code, resolveDir: new URL("..", import.meta.url).pathname, loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    minify: true,
  });
  return `${banner}${bundled.outputFiles[0]?.text ?? ""}`;
}

const outputs: [name: string, text: string][] = [
  ["decision-table.generated.ts", await types()],
  ["validate.generated.js", await validator()],
];

let stale = 0;
for (const [name, text] of outputs) {
  const url = new URL(name, folder);
  if (!process.argv.includes("--check")) writeFileSync(url, text);
  else if (readFileSync(url, "utf8") !== text) {
    console.error(`runtime/table/${name} is not what its schema gives; run npm run generate`);
    stale++;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
