/** When programs are checked: soon after something in them has changed, and again from the start if it changes meanwhile. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from "vscode-languageserver-protocol";
import { type Checker, startChecker } from "./checking/checker.ts";
import type { Early, Overlay, Report } from "./checking/messages.ts";
import type { Finding } from "./checking/understanding.ts";
import type { Document } from "./text/document.ts";
import type { Checked, Revisions, Workspace } from "./workspace.ts";

/** Milliseconds after a change before a check: of keys that are pressed at once, or edits of one command, one check. */
const PAUSE = 10;

export const CANCELLED = "the request was cancelled";

/** A check that was ordered and is not done. */
interface Order {
  readonly number: number;
  readonly revisions: Revisions;
}

export interface SessionEvents {
  /** Syntax errors of documents may be others than before. */
  readonly typed: (documents: readonly Document[]) => void;
  /** The documents of which something else is known than before. */
  readonly updated: (documents: readonly Document[]) => void;
  /** A program was checked to the end. */
  readonly done: () => void;
  readonly failed: (message: string) => void;
}

export class Session {
  readonly workspace: Workspace;
  readonly #events: SessionEvents;
  readonly #checker: Checker;
  /** By the main file. */
  readonly #orders = new Map<string, Order>();
  /** Documents of which the thread that checks has not the text. */
  readonly #changed = new Map<string, Document | undefined>();
  /** Documents that had syntax errors when they were last looked at. */
  readonly #broken = new WeakSet<Document>();
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(workspace: Workspace, events: SessionEvents, start = startChecker) {
    this.workspace = workspace;
    this.#events = events;
    this.#checker = start((report) => this.#told(report));
  }

  /** The text of a document is other than before, or it was opened. */
  changed(document: Document): void {
    this.#changed.set(document.path, document);
    this.#soon();
  }

  /** What counts of a file is the disk again, or the disk has changed. */
  changedOnDisk(path: string): void {
    this.#changed.set(path, undefined);
    this.workspace.changed(path);
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), PAUSE);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    const overlays = changed.map(([path, document]): Overlay => ({ path, text: document?.text }));
    this.#events.typed(changed.flatMap(([, document]) => (document && this.#wasOrIsBroken(document) ? document : [])));
    const mains = new Set(this.workspace.openDocuments.flatMap((document) => this.workspace.mainsOf(document)));
    for (const main of this.workspace.checked.keys())
      if (![...mains].some(({ path }) => path === main)) this.#forget(main);
    const paths = new Set(changed.map(([path]) => path));
    let untold: readonly Overlay[] = overlays;
    for (const main of mains) {
      // A prompt or another file beside policies may be any program's.
      const meets = overlays.some(({ path }) => !path.endsWith(".route"));
      const program = this.workspace.programOf(main);
      const known = this.workspace.checked.has(main.path) || this.#orders.has(main.path);
      if (known && !meets && !this.#wasIn(main.path, paths) && !program.some(({ path }) => paths.has(path))) continue;
      this.#order(main.path, untold);
      untold = [];
    }
    if (untold.length > 0) this.#checker.tell({ overlays: untold });
    this.#wake();
  }

  /** Of others the findings are where they were, but for what the check will say. */
  #wasOrIsBroken(document: Document): boolean {
    const was = this.#broken.delete(document);
    const is = document.pieces.some(({ piece }) => piece.diagnostics.length > 0);
    if (is) this.#broken.add(document);
    return was || is;
  }

  /** Whether one of the files was in a program when it was last checked. */
  #wasIn(main: string, paths: ReadonlySet<string>): boolean {
    return this.workspace.checked.get(main)?.files.some((path) => paths.has(path)) === true;
  }

  #order(main: string, overlays: readonly Overlay[]): void {
    const number = ++this.#number;
    const revisions = new Map(this.workspace.openDocuments.map(({ path, revision }) => [path, revision]));
    this.#orders.set(main, { number, revisions });
    this.#checker.tell({ overlays, order: { main, number } });
  }

  #forget(main: string): void {
    const files = this.workspace.checked.get(main)?.files ?? [];
    this.workspace.forget(main);
    this.#orders.delete(main);
    this.#checker.tell({ overlays: [], forget: main });
    this.#events.updated(files.flatMap((path) => this.workspace.at(path) ?? []));
  }

  #told(report: Report): void {
    const { main } = report;
    const order = this.#orders.get(main);
    // Of what has changed since.
    if (order?.number !== report.number) return;
    const before = this.workspace.checked.get(main);
    const tell = (files: readonly string[]): void =>
      this.#events.updated([...new Set(files)].flatMap((path) => this.workspace.at(path) ?? []));
    switch (report.kind) {
      case "named":
        this.workspace.named(main, report.early, order.revisions);
        if (before === undefined || !isSaidAlready(report.early, before))
          tell([...(before?.files ?? []), ...report.early.files]);
        return;
      case "done":
        if (report.understanding !== undefined) {
          this.workspace.understood(main, report.understanding, order.revisions);
          tell([...(before?.files ?? []), ...report.understanding.files]);
        }
        break;
      case "failed":
        this.#events.failed(report.message);
    }
    this.#orders.delete(main);
    this.#events.done();
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /**
   * Resolves when every program in which a document is was checked as it is now, to the end; at once where none is.
   * @throws the protocol's error for requests that were cancelled.
   */
  async settled(document: Document, token: CancellationToken): Promise<void> {
    this.#flush();
    await this.#until(
      () => this.#changed.size === 0 && !this.workspace.mainsOf(document).some(({ path }) => this.#orders.has(path)),
      token,
    );
  }

  /** The same for every program of the workspace: those that were not checked yet are. */
  async settledAll(token: CancellationToken): Promise<void> {
    this.#flush();
    const mains = new Set(this.workspace.documents.flatMap((document) => this.workspace.mainsOf(document)));
    for (const { path } of mains)
      if (!this.workspace.checked.has(path) && !this.#orders.has(path)) this.#order(path, []);
    await this.#until(() => ![...mains].some(({ path }) => this.#orders.has(path)), token);
  }

  async #until(isSo: () => boolean, token: CancellationToken): Promise<void> {
    const cancelled = token.onCancellationRequested(() => this.#wake());
    while (!token.isCancellationRequested && !isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    cancelled.dispose();
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, CANCELLED);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#orders.clear();
    this.#wake();
    await this.#checker.close();
  }
}

/** The client moves what it was told along with the text: where nothing else was found it need not be told again so soon. */
function isSaidAlready({ findings }: Early, { early, understanding }: Checked): boolean {
  const before =
    early?.findings ?? understanding.parts.flatMap(({ found }) => found.findings.filter((finding) => finding.early));
  const said = (all: readonly Finding[]): string =>
    JSON.stringify(all.map(({ path, diagnostic }) => [path, diagnostic]).sort());
  return said(findings) === said(before);
}
