import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { expect, test } from "vitest";
import { mergeChunks } from "../../tools/merge-chunks.ts";
import { folder } from "../support/routec.ts";

const START = new URL("../../runtime/start/compiled-code.ts", import.meta.url).pathname;

/** `first` and `second` share three modules with others, so that esbuild makes a chunk of each; all have a `name`. */
const SOURCES = {
  "first.js": `import { name } from "./one.js"; import * as two from "./two.js"; console.log("first", name, two.name, two.three);`,
  "second.js": `import { name } from "./one.js"; import * as two from "./two.js"; console.log("second", name, two.name, (await import("./later.js")).name);`,
  "third.js": `import { name } from "./one.js"; console.log("third", name, import.meta.url.endsWith(".js"));`,
  "fourth.js": `import { name } from "./three.js"; console.log("fourth", name);`,
  "one.js": `import { basename } from "node:path"; export const name = basename("folder/one");`,
  "two.js": `import { name as three } from "./three.js"; export { three }; export const name = "two";`,
  "three.js": `export const name = "three" + (() => typeof this)();`,
  "later.js": `import { name as one } from "./one.js"; export const name = "later after " + one;`,
};
const ENTRIES = ["first", "second", "third", "fourth"];

interface Loaded {
  /** What each entry prints. */
  readonly printed: readonly string[];
  readonly files: readonly string[];
}

const LARGE = `export const filler = "${"x".repeat(100_000)}".length;`;

/** Builds `SOURCES`, `one.js` with `more` in it, merged for what is waited for, and runs each entry. */
async function built(soonEnding: readonly string[], serving: readonly string[], more = ""): Promise<Loaded> {
  const one = `${SOURCES["one.js"]}\n${more}`;
  const root = folder({ ...SOURCES, "one.js": one, "dist/package.json": `{"type":"module"}` });
  const options: BuildOptions = {
    absWorkingDir: root,
    outdir: "dist",
    bundle: true,
    format: "esm",
    platform: "node",
    minifyWhitespace: true,
  };
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: { ...Object.fromEntries(ENTRIES.map((name) => [name, `${name}.js`])), start: START },
    write: false,
    metafile: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(root, path), text]));
  const files = await mergeChunks({ texts, metafile }, { soonEnding, serving }, options);
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  const printed = ENTRIES.map((name) =>
    execFileSync(process.execPath, [join(root, "dist", `${name}.js`)], { encoding: "utf8" }).trim(),
  );
  return { printed, files: [...files.keys()] };
}

const PRINTED = [
  "first one two threeundefined",
  "second one two later after one",
  "third one true",
  "fourth threeundefined",
];

test("programs do the same, with fewer files", async () => {
  const apart = await built([], []);
  const together = await built(["first.js"], ["second.js"]);
  expect(apart.printed).toEqual(PRINTED);
  expect(together.printed).toEqual(PRINTED);
  expect(together.files.length).toBeLessThan(apart.files.length);
});

test("a chunk that only one of the entries loads stays apart from what they share", async () => {
  const apart = await built([], []);
  const { printed, files } = await built(["first.js", "third.js"], ["fourth.js"]);
  expect(printed).toEqual(PRINTED);
  // `one`, `two` and `three` are each loaded by another set of the entries.
  expect(files.length).toBe(apart.files.length);
});

const scriptsIn = (files: readonly string[]): number => files.filter((path) => path.startsWith("dist/script-")).length;

test("a large part is a script behind a module, and does the same", async () => {
  const { printed, files } = await built(["first.js", "second.js"], [], LARGE);
  expect(printed).toEqual(PRINTED);
  expect(scriptsIn(files)).toBe(1);
});

test("a large part of what serves stays a module", async () => {
  const { printed, files } = await built(["first.js"], ["second.js"], LARGE);
  expect(printed).toEqual(PRINTED);
  expect(scriptsIn(files)).toBe(0);
});

test("a script that would import later is refused", async () => {
  const later = `${LARGE} if (process.argv[9]) import("./later.js");`;
  await expect(built(["first.js", "second.js"], [], later)).rejects.toThrow(
    /^what is built as a script imports .*later.*js/,
  );
});

test("an entry that is not built is named", async () => {
  await expect(built(["missing.js"], [])).rejects.toThrow("missing.js is not an entry of the build");
});
