/**
 * Fewer files to load. esbuild makes a chunk for every set of entries that share code, 37 for `routec check`, and each costs
 * Node half a millisecond and more (`npm run bench -- start`). Chunks that each of the entries that people wait for loads
 * whenever it loads the other are one here: none of these loads more than before. A large one of a command that soon ends is
 * a script, so that its compiled code can be kept (runtime/start/compiled-code.ts), behind a module that has what it exports
 * when it has run: what is exported must not change later.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { BuildOptions, Metafile } from "esbuild";

/** Sources that are entries of the build, or imported dynamically, and that people wait for. */
export interface WaitedFor {
  readonly soonEnding: readonly string[];
  /** What these load stays a module: of the proxy, a script took a tenth more CPU for each request. */
  readonly serving: readonly string[];
}

/** What esbuild built: the text of each output by its path in the metafile. */
export interface Built {
  readonly texts: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}

/**
 * The texts with chunks merged, given what is waited for. An output that is itself an entry stays as it is, since what it
 * exports is asked for by name. `options` are those of the build.
 */
export async function mergeChunks(
  { texts, metafile: { outputs } }: Built,
  { soonEnding, serving }: WaitedFor,
  options: BuildOptions,
): Promise<Map<string, string>> {
  const loadsOf = (source: string): ReadonlySet<string> => {
    const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source);
    if (entry === undefined) throw new Error(`${source} is not an entry of the build`);
    return loadedBy(entry, outputs);
  };
  const served = serving.map(loadsOf);
  const loads = [...soonEnding.map(loadsOf), ...served];
  const groups = Map.groupBy(
    Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === undefined),
    (path) => loads.map((loaded) => Number(loaded.has(path))).join(""),
  );
  groups.delete("0".repeat(loads.length));

  const merged = new Map(texts);
  /** The new file of a chunk that is part of one, by its name. */
  const movedTo = new Map<string, string>();
  for (const members of groups.values()) {
    const bytes = members.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
    const isScript = bytes >= LARGE && !members.some((path) => served.some((loaded) => loaded.has(path)));
    if (members.length === 1 && !isScript) continue;
    const group = { members, texts, outputs, options };
    const { name, files } = await (isScript ? asScript(group) : asModule(group));
    for (const member of members) {
      movedTo.set(basename(member), name);
      merged.delete(member);
    }
    for (const [file, text] of files) merged.set(`dist/${file}`, text);
  }
  for (const [path, text] of merged) merged.set(path, withImports(text, movedTo));
  return merged;
}

/** Bytes from which on it pays to keep compiled code in a file of its own. */
const LARGE = 100_000;

/** An output and what it imports, in turn: all that is loaded before its own first line runs. */
function loadedBy(entry: string, outputs: Metafile["outputs"]): Set<string> {
  const loaded = new Set([entry]);
  for (const path of loaded) for (const each of outputs[path]?.imports ?? []) if (isLoaded(each)) loaded.add(each.path);
  return loaded;
}

/** Chunks that become one. */
interface Group {
  readonly members: readonly string[];
  readonly texts: Built["texts"];
  readonly outputs: Metafile["outputs"];
  readonly options: BuildOptions;
}

/** The module to import instead of any of a group, and the files that it comes to. */
interface Merged {
  readonly name: string;
  readonly files: readonly (readonly [name: string, text: string])[];
}

async function asModule(group: Group): Promise<Merged> {
  const { name, text } = await bundle(group, { entryNames: "chunk-[hash]" });
  return { name, files: [[name, text]] };
}

async function asScript(group: Group): Promise<Merged> {
  const { members, outputs } = group;
  const imported = members.flatMap((path) => outputs[path]?.imports ?? []);
  for (const { path, kind, external } of imported)
    if (kind === "dynamic-import" || (external === true && !path.startsWith("node:")))
      throw new Error(
        `what is built as a script imports ${outputs[path]?.entryPoint ?? path}, which only a module can: leave it to the entries`,
      );
  const { text } = await bundle(group, { format: "cjs", define: { "import.meta.url": "importMetaUrl" } });
  const required = new Set(imported.filter(isLoaded).map(({ path }) => path));
  for (const member of members) required.delete(member);
  const imports = [...required].map((path, index) => {
    const names = (outputs[path]?.exports ?? []).map((each, at) => [each, `$${index}_${at}`]);
    return {
      statement: `import{${names.map(([each, as]) => `${each} as ${as}`).join()}}from"./${basename(path)}";`,
      handed: `"./${basename(path)}":{${names.map(([each, as]) => `${each}:${as}`).join()}}`,
    };
  });
  const script = `(function(exports,require,module,importMetaUrl){"use strict";${text}\n})`;
  // The cache knows a script by its name.
  const hash = createHash("sha256").update(script).digest("hex").slice(0, 8).toUpperCase();
  const exported = members.flatMap((path) => exportsOf(path, outputs).map(([, as]) => as));
  const facade = [
    'import{runScript}from"./start.js";',
    ...imports.map(({ statement }) => statement),
    `const{${exported.join()}}=runScript("./script-${hash}.js",import.meta.url,{${imports.map(({ handed }) => handed).join()}});`,
    `export{${exported.join()}};`,
  ].join("\n");
  const name = `chunk-${hash}.js`;
  return {
    name,
    files: [
      [`script-${hash}.js`, script],
      [name, facade],
    ],
  };
}

function isLoaded({ kind, external }: Metafile["outputs"][string]["imports"][number]): boolean {
  return kind === "import-statement" && external !== true;
}

async function bundle(
  { members, texts, outputs, options }: Group,
  changed: BuildOptions,
): Promise<{ name: string; text: string }> {
  const esbuild = await import("esbuild");
  const textOf = new Map(members.map((path) => [basename(path), present(texts.get(path), path)]));
  const exported = members.map((path) => {
    const names = exportsOf(path, outputs).map(([name, as]) => `${name} as ${as}`);
    return `export{${names.join()}}from"./${basename(path)}";`;
  });
  const { outputFiles } = await esbuild.build({
    ...options,
    ...changed,
    stdin: { contents: exported.join("\n") },
    write: false,
    plugins: [
      {
        name: "chunks",
        setup(build) {
          build.onResolve({ filter: /^\.\/[^/]*\.js$/ }, ({ path }) =>
            textOf.has(basename(path)) ? { path: basename(path), namespace: "chunk" } : { path, external: true },
          );
          build.onLoad({ filter: /./, namespace: "chunk" }, ({ path }) => ({
            contents: present(textOf.get(path), path),
          }));
        },
      },
    ],
  });
  const file = present(outputFiles[0], members.join());
  return { name: basename(file.path), text: file.text };
}

function present<T>(part: T | undefined, of: string): T {
  if (part === undefined) throw new Error(`the build has nothing of ${of}`);
  return part;
}

/** What a chunk exports, and under which names where it is one of several. */
function exportsOf(path: string, outputs: Metafile["outputs"]): [name: string, as: string][] {
  return (outputs[path]?.exports ?? []).map((name) => [name, renamed(name, basename(path))]);
}

/** What a chunk exports under a name, in a file that may have another of that name from another chunk. */
function renamed(name: string, chunk: string): string {
  return `${name}$${chunk.replace(/\W/g, "_")}`;
}

/** An import of a chunk, as esbuild writes it. */
const IMPORT = /\bimport(?:\{([^}]*)\}from)?"\.\/(chunk-\w+\.js)";/g;

function withImports(text: string, movedTo: ReadonlyMap<string, string>): string {
  return text.replace(IMPORT, (statement, names: string | undefined, chunk: string) => {
    const file = movedTo.get(chunk);
    if (file === undefined) return statement;
    if (names === undefined) return `import"./${file}";`;
    const moved = names.split(",").map((each) => {
      const [name = "", as = name] = each.split(" as ");
      return `${renamed(name, chunk)} as ${as}`;
    });
    return `import{${moved.join()}}from"./${file}";`;
  });
}
