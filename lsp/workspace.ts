/** The policies that an editor works on: open documents over the files of its folders. */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileSystem } from "../compiler/index.ts";
import type { Found, Understanding } from "./checking/understanding.ts";
import { Document } from "./text/document.ts";
import type { Encoding } from "./text/positions.ts";

/** What is no folder of somebody's policies. */
const SKIPPED = /^(?:\.|node_modules$|dist$)/;
/** A folder with more policies than this is searched no further. */
const MOST_FILES = 2_000;
/** More folders than these are not looked into. */
const MOST_FOLDERS = 5_000;

/** The path of a file of the disk; undefined for what is none, such as a document that was never saved. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/** An understanding, and of which texts it is. */
export interface Checked {
  readonly understanding: Understanding;
  /** By path, of the open documents. */
  readonly revisions: ReadonlyMap<string, number>;
}

export class Workspace {
  readonly encoding: Encoding;
  #folders: readonly string[];
  /** By path; of documents without one, by URI. */
  readonly #open = new Map<string, Document>();
  readonly #closed = new Map<string, Document | undefined>();
  /** Of the disk, found when they are first asked for. */
  #paths: readonly string[] | undefined;
  /** By the path of the main file. */
  readonly #checked = new Map<string, Checked>();

  constructor(folders: readonly string[], encoding: Encoding) {
    this.#folders = folders;
    this.encoding = encoding;
  }

  /** What compilers read through: texts of open documents before those of the disk. */
  readonly fileSystem: FileSystem = {
    read: (path) => {
      const open = this.#open.get(path);
      return open === undefined ? readFileSync(path) : Buffer.from(open.text);
    },
    real: (path) => (this.#open.has(path) ? path : realpathSync(path)),
  };

  open(uri: string, text: string, version: number): Document {
    // What has no file is looked up by its address.
    const path = pathOf(uri) ?? uri;
    const document = new Document(uri, path, text, version, this.encoding);
    this.#open.set(path, document);
    this.#closed.delete(path);
    return document;
  }

  close(uri: string): void {
    this.#open.delete(pathOf(uri) ?? uri);
  }

  /** Something on the disk is other than before. */
  changed(path: string): void {
    this.#closed.delete(path);
    this.#paths = undefined;
  }

  /** Folders were added to the workspace, or taken out of it. */
  folders(added: readonly string[], removed: readonly string[]): void {
    this.#folders = [...this.#folders.filter((folder) => !removed.includes(folder)), ...added];
    this.#paths = undefined;
  }

  get openDocuments(): readonly Document[] {
    return [...this.#open.values()];
  }

  /** Undefined where there is no such file. */
  at(path: string): Document | undefined {
    const open = this.#open.get(path);
    if (open !== undefined) return open;
    if (!this.#closed.has(path)) this.#closed.set(path, this.#read(path));
    return this.#closed.get(path);
  }

  find(uri: string): Document | undefined {
    return this.at(pathOf(uri) ?? uri);
  }

  #read(path: string): Document | undefined {
    try {
      return new Document(uriOf(path), path, readFileSync(path, "utf8"), undefined, this.encoding);
    } catch {
      return undefined;
    }
  }

  /** Every policy of the folders, and every one that is open. */
  get documents(): readonly Document[] {
    this.#paths ??= policiesIn(this.#folders);
    const paths = new Set([...this.#open.keys(), ...this.#paths]);
    return [...paths].flatMap((path) => this.at(path) ?? []);
  }

  /** The files that a document imports, as far as they are there. */
  importsOf(document: Document): readonly Document[] {
    return [...new Set(importedPaths(document).flatMap((path) => this.at(path) ?? []))];
  }

  importersOf(document: Document): readonly Document[] {
    return this.documents.filter((other) => other !== document && importedPaths(other).includes(document.path));
  }

  /** A document and all that it leads to. */
  programOf(main: Document): readonly Document[] {
    const found = new Set([main]);
    for (const document of found) for (const imported of this.importsOf(document)) found.add(imported);
    return [...found];
  }

  /** The files that nothing imports and from which imports lead to a document: itself, if it is one of them. */
  mainsOf(document: Document): readonly Document[] {
    const above = new Set([document]);
    const mains: Document[] = [];
    for (const each of above) {
      const importers = this.importersOf(each);
      if (importers.length === 0) mains.push(each);
      for (const importer of importers) above.add(importer);
    }
    // Files that import each other have none.
    return mains.length === 0 ? [document] : mains;
  }

  /** Keeps what was understood of a program; of names that it does not know, what was known before. */
  understood(main: string, checked: Checked): void {
    this.#checked.set(main, checked);
  }

  forget(main: string): void {
    this.#checked.delete(main);
  }

  get checked(): ReadonlyMap<string, Checked> {
    return this.#checked;
  }

  /** What was understood of the programs in which a document is. */
  understandingsOf(document: Document): readonly Understanding[] {
    return [...this.#checked.values()]
      .map(({ understanding }) => understanding)
      .filter(({ files }) => files.includes(document.path));
  }

  /** What was found in a document, where it stands now; what stood in a place that has changed is left out. */
  foundIn<F extends Found>(document: Document, which: (understanding: Understanding) => readonly F[]): readonly F[] {
    const seen = new Set<string>();
    return [...this.#checked.values()].flatMap(({ understanding, revisions }) =>
      which(understanding).flatMap((found) => {
        if (found.path !== document.path) return [];
        const span = document.spanSince(found.span, revisions.get(document.path) ?? document.revision);
        if (span === undefined) return [];
        const now = { ...found, span };
        if (this.#checked.size === 1) return [now];
        const key = JSON.stringify(now);
        // Of a library that several programs import the same is found several times.
        if (seen.has(key)) return [];
        seen.add(key);
        return [now];
      }),
    );
  }
}

const pathsKnown = new WeakMap<Document["pieces"], readonly string[]>();

/** What a document says that it imports. */
function importedPaths({ pieces, path }: Document): readonly string[] {
  let paths = pathsKnown.get(pieces);
  if (paths === undefined) {
    paths = pieces.flatMap(({ piece }) =>
      piece.declarations.flatMap((declaration) =>
        declaration.kind === "import" && declaration.path.text !== ""
          ? resolve(dirname(path), declaration.path.text)
          : [],
      ),
    );
    pathsKnown.set(pieces, paths);
  }
  return paths;
}

/** The `.route` files in folders and their folders, in order. */
function policiesIn(folders: readonly string[]): readonly string[] {
  const files: string[] = [];
  const queue = [...folders];
  for (let visited = 0; visited < queue.length && visited < MOST_FOLDERS && files.length < MOST_FILES; visited++) {
    const folder = queue[visited] as string;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (SKIPPED.test(entry.name)) continue;
        if (entry.isDirectory()) queue.push(join(folder, entry.name));
        else if (entry.name.endsWith(".route")) files.push(join(folder, entry.name));
      }
    } catch {
      // One that cannot be read has nothing to show.
    }
  }
  return files;
}
