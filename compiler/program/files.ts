/** The files of a program: the main one, and what it imports, each read once. */
import { dirname, relative, resolve, sep } from "node:path";
import type { ImportDeclaration, Word } from "../syntax/index.ts";
import { parse } from "../syntax/index.ts";
import type { ProgramFile } from "./program.ts";
import type { Report } from "./report.ts";

/** Where files come from. Errors are Node's own, with their `code`. */
export interface FileSystem {
  read(path: string): Uint8Array;
  /** The path without links: two paths with the same one are the same file. */
  real(path: string): string;
}

type MutableFile = ProgramFile & { readonly imports: ProgramFile[]; lacksImport: boolean };

/**
 * Reads and parses a program from its main file. What is wrong in a file, and an import that cannot be read or leads
 * back to itself, is reported; an unreadable main file is an exception of the file system's.
 */
export function readProgram(
  mainPath: string,
  files: FileSystem,
  report: Report,
  parseFile: typeof parse = parse,
): ProgramFile[] {
  const main = resolve(mainPath);
  const folder = dirname(main);
  const read = new Map<string, MutableFile>();
  const open: string[] = [];

  const visit = (path: string): MutableFile => {
    const real = files.real(path);
    const known = read.get(real);
    if (known !== undefined) return known;
    const name = relative(folder, path).split(sep).join("/");
    const text = decode(files.read(path));
    const { tree, diagnostics } = parseFile(name, text);
    report.diagnostics.push(...diagnostics);
    const file: MutableFile = { name, path, text, tree, imports: [], lacksImport: false };
    read.set(real, file);
    open.push(real);
    // The path of a broken import may be the empty text that stands for one that could not be read.
    for (const declaration of tree.declarations)
      if (declaration.kind === "import" && declaration.broken && declaration.path.text === "") file.lacksImport = true;
      else if (declaration.kind === "import") follow(declaration, path, file);
    open.pop();
    return file;
  };

  const follow = (declaration: ImportDeclaration, from: string, file: MutableFile): void => {
    const { text, span } = declaration.path;
    const path = resolve(dirname(from), text);
    try {
      const at = open.indexOf(files.real(path));
      if (at >= 0) {
        const round = [...open.slice(at), open[at] as string].map((real) => `\`${read.get(real)?.name}\``);
        report.error("RT2010", file.name, span, `the import leads back to this file: ${round.join(" → ")}`, {
          help: "move what both need into a file that imports neither",
        });
        return;
      }
      const imported = visit(path);
      if (isUnread(imported, report)) file.lacksImport = true;
      if (!file.imports.includes(imported)) file.imports.push(imported);
    } catch (error) {
      file.lacksImport = true;
      report.error("RT2009", file.name, span, `\`${text}\` cannot be read: ${reason(error)}`);
    }
  };

  visit(main);
  return [...read.values()];
}

/** Whether nothing of a file could be read, so that it seems to declare nothing. */
function isUnread({ name, tree }: ProgramFile, { diagnostics }: Report): boolean {
  return tree.declarations.length === 0 && diagnostics.some(({ file }) => file === name);
}

/** The files that a policy names beside other policies: prompts, weights, examples. */
export class Assets {
  readonly #files: FileSystem;
  readonly #report: Report;

  constructor(files: FileSystem, report: Report) {
    this.#files = files;
    this.#report = report;
  }

  /** The text of a file, its path relative to that of the file that names it; undefined after reporting why not. */
  text({ text, span }: Word, file: ProgramFile): string | undefined {
    // Undefined without a word where the text could not be read, and the parser has said so.
    if (text === "" && span.end - span.start < 2) return undefined;
    try {
      return decode(this.#files.read(resolve(dirname(file.path), text)));
    } catch (error) {
      this.#report.error("RT2009", file.name, span, `\`${text}\` cannot be read: ${reason(error)}`);
      return undefined;
    }
  }
}

/** What a file system's error means, for people. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return code === undefined ? message : `${message.split(",")[0]}`;
  }
}

/** Malformed UTF-8 becomes replacement characters, of which the parser says where they are. */
function decode(bytes: Uint8Array): string {
  // Not by TextDecoder, which Node makes ready at its first use only, in a tenth of the time that a check takes.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
