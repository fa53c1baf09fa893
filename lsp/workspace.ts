/** The policies that an editor works on: open documents over the files of its folders. */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileSystem } from "../compiler/index.ts";
import type { Early } from "./checking/messages.ts";
import { isFinding, movedBy } from "./checking/parts.ts";
import type { Discoveries, Finding, Found, Understanding } from "./checking/understanding.ts";
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

/** The revisions of open documents, by path. */
export type Revisions = ReadonlyMap<string, number>;

/** What is known of a program, and of which texts. */
export interface Checked {
  readonly files: readonly string[];
  readonly understanding: Understanding;
  readonly revisions: Revisions;
  /** Of later texts: names and types are looked at first. */
  readonly early: { readonly findings: readonly Finding[]; readonly revisions: Revisions } | undefined;
}

const NOTHING: Understanding = { files: [], models: [], plans: [], parts: [] };

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

  /** Keeps what is known so far of texts of which not all is understood yet. */
  named(main: string, { files, findings }: Early, revisions: Revisions): void {
    const { understanding = NOTHING, revisions: before = revisions } = this.#checked.get(main) ?? {};
    this.#checked.set(main, { files, understanding, revisions: before, early: { findings, revisions } });
  }

  understood(main: string, understanding: Understanding, revisions: Revisions): void {
    this.#checked.set(main, { files: understanding.files, understanding, revisions, early: undefined });
  }

  forget(main: string): void {
    this.#checked.delete(main);
  }

  get checked(): ReadonlyMap<string, Checked> {
    return this.#checked;
  }

  /** Of the programs in which a document is. */
  checkedOf(document: Document): readonly Checked[] {
    return [...this.#checked.values()].filter(({ files }) => files.includes(document.path));
  }

  understandingsOf(document: Document): readonly Understanding[] {
    return this.checkedOf(document).map(({ understanding }) => understanding);
  }

  /** What was found in a document, where it stands now; what stood in a place that has changed is left out. */
  foundIn<F extends Found>(document: Document, which: (found: Discoveries) => readonly F[]): readonly F[] {
    const checked = this.checkedOf(document);
    return withoutRepeated(
      checked.flatMap((each) => this.#standing(each, which, document.path)),
      checked.length,
    );
  }

  /** As `foundIn`: the latest of names and types, and of all else what was last found of it. */
  findingsIn(document: Document): readonly Finding[] {
    const { path } = document;
    const checked = this.checkedOf(document);
    return withoutRepeated(
      checked.flatMap((each) => {
        const { early } = each;
        if (early === undefined) return this.#standing(each, ({ findings }) => findings, path);
        const named = early.findings.filter((finding) => finding.path === path);
        return [
          ...named.flatMap((finding) => this.#now(finding, early.revisions) ?? []),
          ...this.#standing(each, ({ findings }) => findings.filter((finding) => !finding.early), path),
        ];
      }),
      checked.length,
    );
  }

  #standing<F extends Found>(
    { understanding: { parts }, revisions }: Checked,
    which: (found: Discoveries) => readonly F[],
    file: string,
  ): F[] {
    return parts.flatMap(({ path, start, found }) =>
      path === file ? which(found).flatMap((each) => this.#now(movedBy(each, start), revisions) ?? []) : [],
    );
  }

  /** Undefined of what stood where something has changed since. */
  #now<F extends Found>(found: F, revisions: Revisions): F | undefined {
    const now = <T extends Found>(each: T): T | undefined => {
      const document = this.at(each.path);
      const span = document?.spanSince(each.span, revisions.get(each.path) ?? document.revision);
      return span && { ...each, span };
    };
    const own = now(found);
    if (own === undefined || !isFinding(own)) return own;
    const edits = own.edits?.flatMap((edit) => now(edit) ?? []);
    return {
      ...own,
      related: own.related.flatMap((each) => now(each) ?? []),
      edits: edits?.length === own.edits?.length ? edits : undefined,
    };
  }
}

/** Of a library that several programs import the same is found several times. */
function withoutRepeated<F extends Found>(all: readonly F[], programs: number): readonly F[] {
  return programs < 2 ? all : [...new Map(all.map((found) => [JSON.stringify(found), found])).values()];
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
