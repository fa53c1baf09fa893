/**
 * The policies that pages of documentation show: their blocks of code marked `route`. What stands alone is a whole policy
 * of which the compiler finds nothing; a comment directly above a block says where it is otherwise, and is not seen by
 * readers. Its clauses, with `;` between them:
 *
 * - `file: models.route`   the block is this file, which other blocks import
 * - `with: models.route`   the block goes on from this file, as if its first line imported it
 * - `finds: RT3001`        the compiler finds this, and nothing else
 */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type CompileResult, compile, type FileSystem } from "../../compiler/index.ts";

export interface Example {
  /** Where it stands, `docs/language.md:12`. */
  readonly at: string;
  readonly text: string;
  readonly file: string | undefined;
  readonly with: readonly string[];
  /** In alphabetical order. */
  readonly finds: readonly string[];
}

const ROOT = new URL("../../", import.meta.url);

export function page(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

/** The pages in `docs`, by their paths from the root. */
export const DOCS: readonly string[] = readdirSync(new URL("docs", ROOT))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

export function examplesOf(path: string): Example[] {
  const text = page(path);
  return [...text.matchAll(/^(?:<!-- ([^\n]*) -->\n)?```route\n(.*?)^```$/gms)].map(
    ({ 1: comment, 2: code = "", index }) => {
      const at = `${path}:${text.slice(0, index).split("\n").length + (comment === undefined ? 1 : 2)}`;
      const { file = [], with: imports = [], finds = [] } = comment === undefined ? {} : clausesOf(comment, at);
      return { at, text: code, file: file[0], with: imports, finds: finds.toSorted() };
    },
  );
}

function clausesOf(comment: string, at: string): Partial<Record<string, string[]>> {
  const clauses = comment.split(";").map((clause): [string, string[]] => {
    const [, name = "", values = ""] = /^\s*(file|with|finds): (.+)$/.exec(clause) ?? [];
    if (name === "") throw new Error(`${at}: \`${clause}\` is no clause: expected file, with or finds`);
    return [name, values.trim().split(/\s*,\s*/)];
  });
  return Object.fromEntries(clauses);
}

/** The text of an example as the compiler is given it. */
function withImports(example: Example): string {
  const imports = example.with.map((file) => `import "./${file}"\n`).join("");
  return imports + example.text;
}

/** What becomes of an example, in a folder with all examples that are files and with `assets`. */
export function compiled(
  example: Example,
  all: readonly Example[],
  assets: Readonly<Record<string, string>>,
): CompileResult {
  const files = new Map(Object.entries(assets));
  for (const each of all) if (each.file !== undefined) files.set(each.file, withImports(each));
  const source = { text: withImports(example), path: example.file ?? "main.route" };
  return compile(source, { fileSystem: inMemory(files) });
}

function inMemory(files: ReadonlyMap<string, string>): FileSystem {
  const byPath = new Map([...files].map(([name, text]) => [resolve(name), text]));
  const find = (path: string): string => {
    const text = byPath.get(path);
    if (text === undefined) throw Object.assign(new Error(`there is no ${path}`), { code: "ENOENT" });
    return text;
  };
  return {
    read: (path) => new TextEncoder().encode(find(path)),
    real: (path) => find(path) && path,
  };
}
