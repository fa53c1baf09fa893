/**
 * The rows of a route: the boxes of its rules without what is proved dead. A box that earlier ones cover decides nothing;
 * neither does a range of it that they cover. Boxes of one rule that are one box together are so already: conditions are
 * analysed that way.
 */
import { BoxIndex } from "../analysis/box-index.ts";
import { type Box, type Space, withRegions } from "../analysis/boxes.ts";
import { NotDecided, uncovered } from "../analysis/cover.ts";

export interface RuleRows {
  readonly rows: readonly { readonly rule: number; readonly box: Box }[];
  /** How many boxes and ranges of boxes were left out. */
  readonly dead: number;
}

/** More ranges than this in one attribute are not looked at one by one. */
const MOST_RANGES = 32;

/** `boxes` are those of each rule, in order. The first box that there is always stays: no table is without rows. */
export function rowsOf(boxes: readonly (readonly Box[])[], space: Space): RuleRows {
  const all = boxes.flatMap((own, rule) => own.map((box) => ({ rule, box })));
  // A rule's only box in one piece is not dead, or the rule would be: the analysis has looked.
  const isDoubtful = ({ rule, box }: (typeof all)[number]): boolean =>
    (boxes[rule]?.length ?? 0) > 1 || box.some((regions) => (regions?.length ?? 0) > 1);
  if (!all.some(isDoubtful)) return { rows: all, dead: 0 };

  const earlier = new BoxIndex(space);
  const rows: (typeof all)[number][] = [];
  let dead = 0;
  for (const row of all) {
    const { rule, box } = row;
    const living = isDoubtful(row) && rows.length > 0 ? livingPart(box, earlier, space) : { box, dead: 0 };
    dead += living.dead;
    if (living.box === undefined) continue;
    rows.push({ rule, box: living.box });
    earlier.add(living.box);
  }
  return { rows, dead };
}

/** What of a box earlier ones do not cover, its ranges whole or not at all; and how many parts of it they cover. */
function livingPart(box: Box, earlier: BoxIndex, space: Space): { box: Box | undefined; dead: number } {
  const covers = earlier.near(box);
  if (isCovered(box, covers, space)) return { box: undefined, dead: 1 };
  let [living, dead] = [box, 0];
  for (const [index, regions] of box.entries()) {
    if (regions === undefined || regions.length < 2 || regions.length > MOST_RANGES) continue;
    const kept = regions.filter((range) => !isCovered(withRegions(living, index, [range], space), covers, space));
    dead += regions.length - kept.length;
    living = withRegions(living, index, kept, space);
  }
  return { box: living, dead };
}

/** What is not decided within the bounds of the search counts as not covered. */
function isCovered(box: Box, covers: readonly Box[], space: Space): boolean {
  try {
    return uncovered(box, covers, space) === undefined;
  } catch (error) {
    if (error instanceof NotDecided) return false;
    throw error;
  }
}
