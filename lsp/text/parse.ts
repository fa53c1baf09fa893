/** Reads files again and again: of each only the pieces that have changed. */
import type { ParseFile } from "../../compiler/index.ts";
import { createCutter, type Piece } from "./pieces.ts";
import { shifted } from "./tree.ts";

export interface IncrementalParser {
  /** Gives what `parse` gives; where there are syntax errors, it may tell of them in other words, or of others. */
  readonly parse: ParseFile;
  /** Whether the last file that was read had syntax errors. */
  readonly broken: () => boolean;
  /** Keeps nothing of files that were not read since it was last called. */
  readonly forget: () => void;
}

interface Shifted {
  readonly start: number;
  readonly tree: Pick<Piece, "declarations" | "comments" | "diagnostics">;
}

export function createIncrementalParser(): IncrementalParser {
  let cutters = new Map<string, ReturnType<typeof createCutter>>();
  let used: typeof cutters = new Map();
  /** Where pieces stood when they were last asked for. */
  const known = new WeakMap<Piece, Shifted>();
  let broken = false;

  const at = (piece: Piece, start: number): Shifted["tree"] => {
    const before = known.get(piece);
    if (before?.start === start) return before.tree;
    const { declarations, comments, diagnostics } = piece;
    const tree = {
      declarations: shifted(declarations, start),
      comments: shifted(comments, start),
      diagnostics: shifted(diagnostics, start),
    };
    known.set(piece, { start, tree });
    return tree;
  };

  return {
    parse(file, text) {
      const cut = used.get(file) ?? cutters.get(file) ?? createCutter();
      used.set(file, cut);
      const trees = cut(text).map(({ start, piece }) => at(piece, start));
      const diagnostics = trees.flatMap((tree) => tree.diagnostics);
      broken ||= diagnostics.length > 0;
      return {
        tree: {
          declarations: trees.flatMap(({ declarations }) => declarations),
          comments: trees.flatMap(({ comments }) => comments),
        },
        diagnostics: diagnostics.map((finding) => inFile(finding, file)),
      };
    },
    broken: () => broken,
    forget() {
      cutters = used;
      used = new Map();
      broken = false;
    },
  };
}

type Finding = Piece["diagnostics"][number];

function inFile({ fix, ...finding }: Finding, file: string): Finding {
  if (fix === undefined) return { ...finding, file };
  return { ...finding, file, fix: { ...fix, edits: fix.edits.map((edit) => ({ ...edit, file })) } };
}
