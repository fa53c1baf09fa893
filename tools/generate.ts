/**
 * Writes what is generated from JSON Schemas: TypeScript types and precompiled validators. `--check` writes nothing and
 * fails when a checked-in file is not what would be written.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";

interface Source {
  /** Where the schema stands and what is generated goes. */
  readonly folder: string;
  readonly schema: string;
  readonly types: string;
  readonly validator: string;
  /** Whether the validator goes on after the first error. */
  readonly allErrors: boolean;
}

const SOURCES: readonly Source[] = [
  {
    folder: "runtime/table",
    schema: "decision-table.schema.json",
    types: "decision-table.generated.ts",
    validator: "validate.generated.js",
    allErrors: false,
  },
  {
    folder: "runtime/observe",
    schema: "decision-log.schema.json",
    types: "decision-log.generated.ts",
    validator: "validate-line.generated.js",
    allErrors: false,
  },
  {
    folder: "runtime/config",
    schema: "routec-config.schema.json",
    types: "config.generated.ts",
    validator: "validate.generated.js",
    allErrors: true,
  },
];

const root = new URL("../", import.meta.url);

/** Words of our own in a schema: what a message says was expected, and that it must not repeat what was given. */
const ANNOTATIONS = ["expected", "secret"];

type Schema = Record<string, unknown>;

function bannerOf(source: Source): string {
  return `// Generated from ${source.schema} by \`npm run generate\`. Do not edit.\n`;
}

async function types(source: Source, schema: Schema): Promise<string> {
  return compile(withoutMinimumOfOne(schema), String(schema.title), {
    bannerComment: bannerOf(source).trimEnd(),
    style: { printWidth: 120 },
    strictIndexSignatures: false,
  });
}

/** The validator refuses an empty list; a type `[T, ...T[]]` for it would only be in the way. */
function withoutMinimumOfOne(node: unknown): never {
  const json = JSON.stringify(node, (key, value) => (key === "minItems" && value === 1 ? undefined : value));
  return JSON.parse(json) as never;
}

/** Ajv writes CommonJS that requires small helpers of its own; esbuild folds those in, so that nothing of Ajv ships. */
async function validator(source: Source, schema: Schema): Promise<string> {
  const ajv = new Ajv({
    strict: true,
    allowUnionTypes: true,
    allErrors: source.allErrors,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addVocabulary(ANNOTATIONS);
  const standalone = (standaloneModule as unknown as { default: typeof standaloneModule }).default ?? standaloneModule;
  const code = (standalone as unknown as (a: Ajv, f: unknown) => string)(ajv, ajv.compile(schema));
  const bundled = await build({
    stdin: { contents: code, resolveDir: new URL("runtime/", root).pathname, loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    minify: true,
  });
  return `${bannerOf(source)}${bundled.outputFiles[0]?.text ?? ""}`;
}

const check = process.argv.includes("--check");
for (const source of SOURCES) {
  const folder = new URL(`${source.folder}/`, root);
  const schema = JSON.parse(readFileSync(new URL(source.schema, folder), "utf8")) as Schema;
  const outputs = [
    [source.types, await types(source, schema)],
    [source.validator, await validator(source, schema)],
  ] as const;
  for (const [name, text] of outputs) {
    const url = new URL(name, folder);
    if (!check) writeFileSync(url, text);
    else if (!existsSync(url) || readFileSync(url, "utf8") !== text) {
      console.error(`${source.folder}/${name} is not what its schema gives; run npm run generate`);
      process.exitCode = 1;
    }
  }
}
