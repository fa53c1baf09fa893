/** What names mean across files: each file sees its own declarations and those of the files that it imports. */
import { BUILT_IN_NAMES } from "../../compiler/program/builtins.ts";
import type { Span } from "../../compiler/syntax/index.ts";
import type { Document } from "../text/document.ts";
import type { Piece } from "../text/pieces.ts";
import { moved } from "../text/tree.ts";
import type { Workspace } from "../workspace.ts";
import { type Definer, type Occurrence, occurrencesIn, type Space } from "./occurrences.ts";

/** An occurrence in its file; the span is the file's. */
export interface Located extends Occurrence {
  readonly document: Document;
  /** Where its piece begins: the places within `definer` are relative to it. */
  readonly base: number;
}

export interface Definition extends Located {
  readonly definer: Definer;
}

export function* occurrencesOf(document: Document): Generator<Located> {
  for (const { start, piece } of document.pieces)
    for (const occurrence of occurrencesIn(piece)) yield locate(occurrence, document, start);
}

function locate(occurrence: Occurrence, document: Document, base: number): Located {
  return { ...occurrence, span: moved(occurrence.span, base), document, base };
}

/** What is named at an offset, or directly before it. */
export function occurrenceAt(document: Document, offset: number): Located | undefined {
  const { start, piece } = document.pieceAt(offset);
  const holds = ({ span }: { span: Span }): boolean => span.start <= offset - start && offset - start <= span.end;
  const found = occurrencesIn(piece).find(holds);
  return found && locate(found, document, start);
}

type Defining = Occurrence & { readonly definer: Definer };

const known = new WeakMap<Piece, readonly Defining[]>();

function definedBy(piece: Piece): readonly Defining[] {
  let found = known.get(piece);
  if (found === undefined) {
    found = occurrencesIn(piece).filter((occurrence): occurrence is Defining => occurrence.definer !== undefined);
    known.set(piece, found);
  }
  return found;
}

/** All that is declared in a file, or that of it which is asked for. */
export function* definitionsIn(
  document: Document,
  isIt: (occurrence: Occurrence) => boolean = () => true,
): Generator<Definition> {
  for (const { start, piece } of document.pieces)
    for (const occurrence of definedBy(piece))
      if (isIt(occurrence)) yield { ...locate(occurrence, document, start), definer: occurrence.definer };
}

/** All that a file can name. */
export function* visibleFrom(
  document: Document,
  workspace: Workspace,
  isIt?: (occurrence: Occurrence) => boolean,
): Generator<Definition> {
  yield* definitionsIn(document, isIt);
  for (const imported of workspace.importsOf(document)) yield* definitionsIn(imported, isIt);
}

/** What an occurrence means; several where a name was declared more than once. */
export function definitionsOf(
  { space, name, document }: Pick<Located, "space" | "name" | "document">,
  workspace: Workspace,
): readonly Definition[] {
  if (space === "name" && BUILT_IN_NAMES.has(name)) return [];
  const isIt = (other: Occurrence): boolean => other.space === space && other.name === name;
  const visible = [...visibleFrom(document, workspace, isIt)];
  if (visible.length > 0 || space === "name" || space === "member") return visible;
  // Routes and proofs are known in the whole program.
  return programsOf(document, workspace).flatMap((each) => [...definitionsIn(each, isIt)]);
}

/** Every place where what an occurrence means is named, its definition too. */
export function occurrencesLike(occurrence: Located, workspace: Workspace): readonly Located[] {
  const { space, name, document } = occurrence;
  const definitions = definitionsOf(occurrence, workspace);
  const homes = new Set([...definitions.map((definition) => definition.document)]);
  if (homes.size === 0) homes.add(document);
  const files =
    space === "name" || space === "member"
      ? new Set([...homes, ...[...homes].flatMap((home) => workspace.importersOf(home))])
      : new Set(programsOf(document, workspace));
  return [...files].flatMap((file) =>
    [...occurrencesOf(file)].filter((other) => other.space === space && other.name === name),
  );
}

/** All files of the programs in which a file is. */
function programsOf(document: Document, workspace: Workspace): readonly Document[] {
  return [...new Set(workspace.mainsOf(document).flatMap((main) => workspace.programOf(main)))];
}

/** What declares a name that a file can see. */
export function lookUp(
  name: string,
  document: Document,
  workspace: Workspace,
  space: Space = "name",
): Definition | undefined {
  return definitionsOf({ space, name, document }, workspace)[0];
}
