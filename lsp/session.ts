/** When programs are checked: soon after something in them has changed, and again from the start if it changes meanwhile. */
import { type Checker, startChecker } from "./checking/checker.ts";
import type { Overlay, Report } from "./checking/messages.ts";
import type { Document } from "./text/document.ts";
import type { Workspace } from "./workspace.ts";

/** Milliseconds after a change before a check: of keys that are pressed at once, or edits of one command, one check. */
const PAUSE = 20;

/** A check that was ordered and is not done. */
interface Order {
  readonly number: number;
  readonly revisions: ReadonlyMap<string, number>;
}

export interface SessionEvents {
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
    this.#events.updated(changed.flatMap(([, document]) => document ?? []));
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
    if (untold.length > 0) this.#checker.tell(untold);
    this.#wake();
  }

  /** Whether one of the files was in a program when it was last checked. */
  #wasIn(main: string, paths: ReadonlySet<string>): boolean {
    return this.workspace.checked.get(main)?.understanding.files.some((path) => paths.has(path)) === true;
  }

  #order(main: string, overlays: readonly Overlay[]): void {
    const number = ++this.#number;
    const revisions = new Map(this.workspace.openDocuments.map(({ path, revision }) => [path, revision]));
    this.#orders.set(main, { number, revisions });
    this.#checker.check({ main, number, overlays });
  }

  #forget(main: string): void {
    const files = this.workspace.checked.get(main)?.understanding.files ?? [];
    this.workspace.forget(main);
    this.#orders.delete(main);
    this.#events.updated(files.flatMap((path) => this.workspace.at(path) ?? []));
  }

  #told(report: Report): void {
    const main = report.kind === "understood" ? report.understanding.main : report.main;
    const order = this.#orders.get(main);
    // Of what has changed since.
    if (order?.number !== report.number) return;
    switch (report.kind) {
      case "understood": {
        const before = this.workspace.checked.get(main)?.understanding.files ?? [];
        this.workspace.understood(main, { understanding: report.understanding, revisions: order.revisions });
        const files = new Set([...before, ...report.understanding.files]);
        this.#events.updated([...files].flatMap((path) => this.workspace.at(path) ?? []));
        return;
      }
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

  /** Resolves when every program in which a document is was checked as it is now, to the end; at once where none is. */
  async settled(document: Document, isCancelled: () => boolean): Promise<void> {
    this.#flush();
    const isPending = (): boolean =>
      this.#changed.size > 0 || this.workspace.mainsOf(document).some(({ path }) => this.#orders.has(path));
    while (!isCancelled() && isPending()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Checks every program of the workspace that is not checked yet, and waits for them. */
  async settledAll(isCancelled: () => boolean): Promise<void> {
    this.#flush();
    const mains = new Set(this.workspace.documents.flatMap((document) => this.workspace.mainsOf(document)));
    for (const { path } of mains)
      if (!this.workspace.checked.has(path) && !this.#orders.has(path)) this.#order(path, []);
    while (!isCancelled() && [...mains].some(({ path }) => this.#orders.has(path)))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#orders.clear();
    this.#wake();
    await this.#checker.close();
  }
}
