/** What was found in a program, declaration by declaration: of most of them a key changes nothing but where they stand. */
import { moved } from "../text/tree.ts";
import type { Discoveries, Finding, Found, Part } from "./understanding.ts";

/** The same with places in its own file moved. */
export function movedBy<F extends Found>(found: F, by: number): F {
  const move = <T extends Found>(each: T): T =>
    each.path === found.path ? { ...each, span: moved(each.span, by) } : each;
  const own = move(found);
  return isFinding(own) ? { ...own, related: own.related.map(move), edits: own.edits?.map(move) } : own;
}

export function isFinding(found: Found): found is Finding {
  return "related" in found;
}

type Collected = { [K in keyof Discoveries]: Found[] };

/** @param starts of the declarations of each file, by its path, in order. */
export function byDeclaration(all: Discoveries, starts: ReadonlyMap<string, readonly number[]>): Part[] {
  const parts = new Map<string, Omit<Part, "found"> & { readonly found: Collected }>();
  for (const kind of Object.keys(all) as (keyof Discoveries)[])
    for (const each of all[kind]) {
      const start = lastUpTo(each.span.start, starts.get(each.path) ?? []);
      const key = `${start} ${each.path}`;
      let part = parts.get(key);
      if (part === undefined) {
        const found: Collected = { findings: [], rules: [], sets: [], proofs: [], tests: [] };
        part = { path: each.path, start, found };
        parts.set(key, part);
      }
      part.found[kind].push(movedBy(each, -start));
    }
  // Each was put where it came from.
  return [...parts.values()] as unknown as Part[];
}

/** Before the first declaration, the beginning of the file. */
function lastUpTo(offset: number, starts: readonly number[]): number {
  let low = -1;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return starts[low] ?? 0;
}
