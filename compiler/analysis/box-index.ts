/** Boxes kept by where they are, so that those that may touch a box are found without looking at all of them. */
import { type Box, regionsAt, type Space } from "./boxes.ts";
import { type Regions, size } from "./regions.ts";

/** A box with more regions than this in its most selective attribute is touched by much anyway, and not filed. */
const MOST_REGIONS = 64;

/** By region. */
type Files = Map<number, Entry[]>;

interface Entry {
  readonly box: Box;
  /** The last search that found it: it can be filed under several regions. */
  found: number;
}

/**
 * Each box is filed under the regions of its most selective attribute, the one of which it accepts the smallest share.
 * Of rules that are each for one tenant, those of a tenant are found by looking at no other's.
 */
export class BoxIndex {
  readonly #space: Space;
  /** By attribute. */
  readonly #files: readonly Files[];
  readonly #unfiled: Box[] = [];
  #searches = 0;

  constructor(space: Space) {
    this.#space = space;
    this.#files = space.partitions.map(() => new Map());
  }

  add(box: Box): void {
    const at = this.#mostSelective(box);
    const files = this.#files[at];
    const regions = box[at];
    if (files === undefined || regions === undefined || size(regions) > MOST_REGIONS) {
      this.#unfiled.push(box);
      return;
    }
    const entry = { box, found: 0 };
    for (const region of members(regions)) {
      const filed = files.get(region);
      if (filed === undefined) files.set(region, [entry]);
      else filed.push(entry);
    }
  }

  /** Each box that has something in common with this one, once, and some that have not. */
  near(box: Box): Box[] {
    const found = this.#unfiled.slice();
    const search = ++this.#searches;
    for (let index = 0; index < this.#files.length; index++) {
      const files = this.#files[index] as Files;
      const regions = regionsAt(box, index, this.#space);
      const nearby = size(regions) < files.size ? members(regions) : files.keys();
      for (const region of nearby) {
        for (const entry of files.get(region) ?? []) {
          if (entry.found === search) continue;
          entry.found = search;
          found.push(entry.box);
        }
      }
    }
    return found;
  }

  #mostSelective(box: Box): number {
    const { partitions } = this.#space;
    let best = -1;
    let least = 1;
    for (let index = 0; index < box.length; index++) {
      const share = size(regionsAt(box, index, this.#space)) / (partitions[index]?.count ?? 1);
      if (share >= least) continue;
      least = share;
      best = index;
    }
    return best;
  }
}

function* members(regions: Regions): Generator<number> {
  for (const [first, last] of regions) for (let region = first; region <= last; region++) yield region;
}
