/** A file as an editor has it open, or as it is on the disk. */
import { TextDocumentContentChangeEvent } from "vscode-languageserver-protocol";
import type { Span } from "../../compiler/syntax/index.ts";
import { createCutter, type PlacedPiece, pieceAt } from "./pieces.ts";
import { type Encoding, type Positions, positionsOf } from "./positions.ts";

/** A span of the text became so many characters. */
interface Edit {
  readonly span: Span;
  readonly length: number;
}

/** Edits that are remembered, for what was found in earlier texts. */
const MOST_EDITS = 2_000;

export class Document {
  readonly uri: string;
  readonly path: string;
  /** As the editor counts it; undefined of a file that it has not open. */
  version: number | undefined;
  /** Counts the edits. */
  revision = 0;
  readonly #encoding: Encoding;
  readonly #cut = createCutter();
  #edits: Edit[] = [];
  #text: string;
  #positions: Positions | undefined;
  #pieces: readonly PlacedPiece[] | undefined;

  constructor(uri: string, path: string, text: string, version: number | undefined, encoding: Encoding) {
    this.uri = uri;
    this.path = path;
    this.#text = text;
    this.version = version;
    this.#encoding = encoding;
  }

  get text(): string {
    return this.#text;
  }

  get positions(): Positions {
    this.#positions ??= positionsOf(this.#text, this.#encoding);
    return this.#positions;
  }

  /** There is at least one. */
  get pieces(): readonly PlacedPiece[] {
    this.#pieces ??= this.#cut(this.#text);
    return this.#pieces;
  }

  pieceAt(offset: number): PlacedPiece {
    return pieceAt(this.pieces, offset);
  }

  apply(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      const whole = !TextDocumentContentChangeEvent.isIncremental(change);
      this.#edit(whole ? { start: 0, end: this.#text.length } : this.positions.span(change.range), change.text);
    }
    this.version = version;
  }

  /** The text became another on the disk. */
  replace(text: string): void {
    if (text !== this.#text) this.#edit({ start: 0, end: this.#text.length }, text);
  }

  #edit(span: Span, text: string): void {
    // A client that is wrong about the text may send a range that ends before it begins.
    const [start, end] = [Math.min(span.start, span.end), Math.max(span.start, span.end)];
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    this.#edits.push({ span: { start, end }, length: text.length });
    if (this.#edits.length > MOST_EDITS) this.#edits.shift();
    this.revision++;
    this.#positions = undefined;
    this.#pieces = undefined;
  }

  /** Where what stood at a span in an earlier revision stands now; undefined if something in it was changed. */
  spanSince(span: Span, revision: number): Span | undefined {
    const missed = this.revision - revision;
    if (missed > this.#edits.length) return undefined;
    let { start, end } = span;
    for (const edit of missed === 0 ? [] : this.#edits.slice(-missed)) {
      if (edit.span.start >= end) continue;
      if (edit.span.end > start) return undefined;
      const by = edit.length - (edit.span.end - edit.span.start);
      start += by;
      end += by;
    }
    return { start, end };
  }
}
