/** Reads files again and again: of each only the pieces that have changed. */
import type { ParseFile } from "../../compiler/index.ts";
import { createCutter, type Piece } from "./pieces.ts";
import { copied, type Places } from "./tree.ts";

export interface IncrementalParser {
  /**
   * Gives what `parse` gives; where there are syntax errors, it may tell of them in other words, or of others. The places
   * in a tree move when its file is read again: a tree is good until then.
   */
  readonly parse: ParseFile;
  /** Keeps nothing of files that were not read since it was last called. */
  readonly forget: () => void;
}

type Tree = Pick<Piece, "declarations" | "comments" | "diagnostics">;

/** A piece's tree, where it stands in its file. */
interface PlacedTree {
  start: number;
  readonly tree: Tree;
  readonly places: Places;
}

export function createIncrementalParser(): IncrementalParser {
  let readers = new Map<string, ReturnType<typeof createReader>>();
  let used: typeof readers = new Map();
  return {
    parse(file, text) {
      const read = used.get(file) ?? readers.get(file) ?? createReader();
      used.set(file, read);
      const trees = read(text);
      return {
        tree: {
          declarations: trees.flatMap(({ declarations }) => declarations),
          comments: trees.flatMap(({ comments }) => comments),
        },
        diagnostics: trees.flatMap(({ diagnostics }) => diagnostics.map((finding) => inFile(finding, file))),
      };
    },
    forget() {
      readers = used;
      used = new Map();
    },
  };
}

/** Reads the texts of one file, one after the other. */
function createReader(): (text: string) => readonly Tree[] {
  const cut = createCutter();
  /** Of each piece as many as there were of it in the last text. */
  let placed = new Map<Piece, PlacedTree[]>();
  return (text) => {
    const last = placed;
    placed = new Map();
    return cut(text).map(({ start, piece }) => {
      const tree = last.get(piece)?.pop() ?? newTree(piece);
      move(tree, start);
      const same = placed.get(piece);
      if (same === undefined) placed.set(piece, [tree]);
      else same.push(tree);
      return tree.tree;
    });
  };
}

function newTree({ declarations, comments, diagnostics }: Piece): PlacedTree {
  const places: Places = [];
  return { start: 0, tree: copied({ declarations, comments, diagnostics }, places), places };
}

/** In place: where a key is pressed, all that comes after it moves, and copies of that are what takes most of the time. */
function move(tree: PlacedTree, start: number): void {
  const by = start - tree.start;
  if (by === 0) return;
  for (const place of tree.places) {
    place.start += by;
    place.end += by;
  }
  tree.start = start;
}

type Finding = Piece["diagnostics"][number];

function inFile({ fix, ...finding }: Finding, file: string): Finding {
  if (fix === undefined) return { ...finding, file };
  return { ...finding, file, fix: { ...fix, edits: fix.edits.map((edit) => ({ ...edit, file })) } };
}
