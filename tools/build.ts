/**
 * Bundles what ships: `dist/routec.js` (the command), `dist/compiler.js`, `dist/runtime.js` and `dist/simulation.js` (the
 * libraries), with the chunks that they share, the decision table's JSON Schema, the catalog and the licences of what is
 * bundled. `--release` adds the type declarations. Two builds of one tree write the same files, and each file is replaced at
 * once, so that builds may run beside each other.
 */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Metafile } from "esbuild";
import { mergeChunks, type WaitedFor } from "./merge-chunks.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const command = join(dist, "routec.js");
const entryPoints = {
  routec: "cli/main.ts",
  compiler: "compiler/index.ts",
  runtime: "runtime/index.ts",
  simulation: "compiler/testing/simulation/index.ts",
  worker: "runtime/service/worker.ts",
  start: "runtime/start/compiled-code.ts",
};

/** What starts while a person, or a rollout, waits for it. */
const WAITED_FOR: WaitedFor = {
  soonEnding: ["cli/run.ts", "cli/check.ts", "compiler/index.ts"],
  serving: ["cli/serve.ts", "runtime/index.ts"],
};

const OPTIONS: BuildOptions = {
  absWorkingDir: root,
  outdir: "dist",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22",
  external: [
    "undici",
    "ajv",
    "ajv/*",
    "jose",
    "@opentelemetry/api",
    "@redis/client",
    "@duckdb/node-api",
    "fast-check",
    // What the sketches of quantiles would be sent with, and are not.
    "protobufjs/*",
  ],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
};

const SOURCES = ["cli", "lsp", "compiler", "runtime"];

/** What is written for other programs to rely on. */
const SCHEMAS = [
  "runtime/table/decision-table.schema.json",
  "runtime/config/routec-config.schema.json",
  "runtime/observe/decision-log.schema.json",
];

/** What bundled CommonJS (the language server's protocol) requires of Node: esbuild asks for a `require` that modules lack. */
const REQUIRE = `const require=${builtin("node:module")}.createRequire(import.meta.url);\n`;

/** Whether `dist` is missing, or older than something that it is made from. */
export function isStale(): boolean {
  if (!existsSync(command)) return true;
  const built = statSync(command).mtimeMs;
  // A folder's own time counts too: it changes when a file in it is removed.
  const newer = (path: string): boolean => statSync(join(root, path)).mtimeMs > built;
  return [
    ...["package.json", "package-lock.json", "tools/build.ts", "tools/merge-chunks.ts", ...SOURCES],
    ...SOURCES.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
    ),
  ].some(newer);
}

/** What entries import. */
export const PART = /^(?:chunk|script)-/;

/** Writes `dist`. Throws what esbuild throws where a source file is wrong, having printed it. */
export async function build(): Promise<void> {
  const started = new Date();
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    ...OPTIONS,
    entryPoints,
    write: false,
    metafile: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
  });
  keepParserOutOfRuntime(metafile);

  mkdirSync(dist, { recursive: true });
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(root, path), text]));
  const merged = await mergeChunks({ texts, metafile }, WAITED_FOR, OPTIONS);
  // Chunks before the entries that import them.
  const files = [...merged].sort(([a], [b]) => Number(PART.test(basename(b))) - Number(PART.test(basename(a))));
  for (const [name, text] of files) {
    const path = join(root, name);
    const requires = text.includes("Dynamic require of");
    if (requires && basename(path).startsWith("script-"))
      throw new Error(`${name} requires what is no module of Node's`);
    const head = path === command ? "#!/usr/bin/env node\n" : requires ? REQUIRE : "";
    replace(path, head + withoutFacades(text));
  }
  replace(join(dist, "THIRD-PARTY-NOTICES.txt"), notices(metafile));
  for (const schema of SCHEMAS) replace(join(dist, basename(schema)), readFileSync(join(root, schema)));
  // Beside the code, as in the sources: compiler/catalog/index.ts looks for it there.
  const data = join(root, "compiler/catalog/data");
  mkdirSync(join(dist, "data/models"), { recursive: true });
  for (const name of readdirSync(data, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".json")) replace(join(dist, "data", name), readFileSync(join(data, name)));
  const current = new Set(files.map(([path]) => basename(path)));
  for (const name of readdirSync(dist)) {
    if (PART.test(name) && !current.has(name)) rmSync(join(dist, name), { force: true });
  }
  chmodSync(command, 0o755);
  // What changes while this runs is newer than the build.
  utimesSync(command, started, started);
}

const NAMED = /\bimport\{([^}]*)\}from"(node:[^"]*)";/g;
const WHOLE = /\bimport(?: |\*as )([\w$]+) ?from"(node:[^"]*)";/g;

/**
 * `text` with Node's modules as they are, not imported: an import reads all that a module exports, of `node:util` and `node:fs`
 * what loads a dozen others (`npm run bench -- start`).
 */
function withoutFacades(text: string): string {
  return text
    .replace(NAMED, (_, names: string, id) => `const{${names.replaceAll(" as ", ":")}}=${builtin(id)};`)
    .replace(WHOLE, (_, name, id) => `const ${name}=${builtin(id)};`);
}

function builtin(id: string): string {
  return `process.getBuiltinModule("${id}")`;
}

function replace(path: string, contents: Uint8Array | string): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/** A proxy that was handed a compiled table has no parser in it: fails when `dist/runtime.js` can reach one. */
export function keepParserOutOfRuntime({ outputs }: Pick<Metafile, "outputs">): void {
  const reached = new Set(["dist/runtime.js"]);
  for (const path of reached) {
    const output = outputs[path];
    for (const each of output?.imports ?? []) if (!each.external) reached.add(each.path);
    for (const input of Object.keys(output?.inputs ?? {})) {
      if (/^(?:compiler|cli|lsp)\/|node_modules\/(?:@?chevrotain|@eslint-community)\//.test(input)) {
        throw new Error(`${path}, which dist/runtime.js loads, holds ${input}: the runtime must have no parser in it`);
      }
    }
  }
}

/** What esbuild folded into the checked-in validator when it was generated (tools/generate.ts). */
const IN_VALIDATOR = ["node_modules/ajv", "node_modules/fast-deep-equal"];

/** The licences of the packages of which something is in the bundles. */
export function notices({ outputs }: Metafile): string {
  const folders = new Set(IN_VALIDATOR);
  for (const { inputs } of Object.values(outputs)) {
    for (const input of Object.keys(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const sections = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const texts = readdirSync(join(root, folder))
      .filter((file) => /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i.test(file))
      .sort()
      .map((file) => readFileSync(join(root, folder, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
  const title = "Parts of these packages are contained in routec's bundles.";
  return `${[title, ...sections].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** Type declarations of the libraries. */
async function declare(): Promise<void> {
  const { execFileSync } = await import("node:child_process");
  const types = join(dist, "types");
  rmSync(types, { recursive: true, force: true });
  const config = join(dist, "tsconfig.types.json");
  const options = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: types };
  const libraries = [entryPoints.compiler, entryPoints.runtime, entryPoints.simulation];
  const files = libraries.map((path) => join(root, path));
  writeFileSync(config, JSON.stringify({ extends: "../tsconfig.json", compilerOptions: options, include: [], files }));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: "inherit" });
  rmSync(config);
}

if (import.meta.main) {
  await build();
  if (process.argv.includes("--release")) await declare();
}
