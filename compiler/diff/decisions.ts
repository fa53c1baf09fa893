/** Which requests two routes decide differently: the rules of both walked over one space, and a request for each kind of difference. */
import { type Box, boxesDisjoint, boxesOf, intersectBoxes, type Space } from "../analysis/boxes.ts";
import { uncovered } from "../analysis/cover.ts";
import { holds, interpret, type Values } from "../program/interpret.ts";
import type { Route, Rule } from "../program/program.ts";
import type { Fault, Side } from "./common.ts";

/** What becomes of requests. */
export type Outcome =
  | { readonly kind: "rule"; readonly rule: Rule }
  /** Answered with 400. */
  | { readonly kind: "refused"; readonly fault: Fault }
  /** Answered with 404: the route's `for` does not hold. */
  | { readonly kind: "hidden" };

/** A route as one side decides it: of the entries the first that accepts a request says what becomes of it. */
export interface Decider {
  readonly side: Side;
  readonly route: Route;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly boxes: readonly Box[];
  readonly outcome: Outcome;
  /** Equal for outcomes that are the same to whoever sent the request. */
  readonly key: string;
}

/** Requests that are decided differently: all that `box` accepts. */
export interface Divergence {
  readonly before: Entry;
  readonly after: Entry;
  readonly box: Box;
}

const HIDDEN = "404";

function keyOfFault({ kind, attribute }: Fault): string {
  return `400 ${kind} ${attribute.name}`;
}

/** Who sent a request is not served otherwise by another reason why it cannot be read. */
function areSame(a: Entry, b: Entry): boolean {
  return a.key === b.key || (a.outcome.kind === "refused" && b.outcome.kind === "refused");
}

/**
 * What a side makes of the requests in `asked` that come to a route.
 * @param keyOf tells what rules run.
 * @throws {TooManyBoxes}
 */
export function deciderOf(side: Side, route: Route, asked: Box, keyOf: (rule: Rule) => string): Decider {
  const { space, common } = side;
  const within = (boxes: readonly Box[]): Box[] =>
    boxes.flatMap((box) => {
      const both = intersectBoxes(box, asked);
      return both === undefined ? [] : [both];
    });
  const entries: Entry[] = side.refused.map(({ fault, box }) => ({
    boxes: within([box]),
    outcome: { kind: "refused", fault },
    key: keyOfFault(fault),
  }));
  if (route.for !== undefined)
    entries.push({
      boxes: within(boxesOf(common(route.for), space, true)),
      outcome: { kind: "hidden" },
      key: HIDDEN,
    });
  for (const rule of route.rules)
    entries.push({
      boxes: within(boxesOf(common(rule.condition), space)),
      outcome: { kind: "rule", rule },
      key: keyOf(rule),
    });
  return { side, route, entries: entries.filter(({ boxes }) => boxes.length > 0) };
}

/** What the naive interpreter makes of a request, as the key of its entry. */
export function replay({ side, route, entries }: Decider, request: Values): string | undefined {
  const read = side.read(request);
  if ("fault" in read) return keyOfFault(read.fault);
  if (route.for !== undefined && !holds(route.for, read.values)) return HIDDEN;
  const index = interpret(route, read.values);
  const rule = index === undefined ? undefined : route.rules[index];
  return entries.find(({ outcome }) => outcome.kind === "rule" && outcome.rule === rule)?.key;
}

/**
 * One divergence for each pair of keys that some request has.
 * @throws {NotDecided}
 */
export function divergences(before: readonly Entry[], after: readonly Entry[], space: Space): Divergence[] {
  const found = new Map<string, Divergence>();
  const aligned = align(before, after);
  const partnerOf = new Map([...aligned].map(([i, j]) => [j, i]));
  for (const [i, old] of before.entries())
    for (const [j, now] of after.entries()) {
      if ((aligned.has(i) && partnerOf.has(j)) || areSame(old, now)) continue;
      const kind = `${old.key} ${now.key}`;
      if (found.has(kind)) continue;
      const earlier = (): Box[] => [
        ...before.slice(0, i).flatMap(({ boxes }) => boxes),
        // An entry has the same boxes as its partner.
        ...after.slice(0, j).flatMap(({ boxes }, index) => ((partnerOf.get(index) ?? i) < i ? [] : boxes)),
      ];
      const box = firstDivergence(old.boxes, now.boxes, earlier, space);
      if (box !== undefined) found.set(kind, { before: old, after: now, box });
    }
  return [...found.values()];
}

function firstDivergence(
  before: readonly Box[],
  after: readonly Box[],
  earlier: () => readonly Box[],
  space: Space,
): Box | undefined {
  let covers: readonly Box[] | undefined;
  for (const old of before)
    for (const now of after) {
      const both = intersectBoxes(old, now);
      if (both === undefined) continue;
      covers ??= earlier();
      const part = uncovered(both, covers, space);
      if (part !== undefined) return widened(part, both, covers);
    }
  return undefined;
}

/** `part` with every attribute as free as in `within`, where no cover is met by that. */
function widened(part: Box, within: Box, covers: readonly Box[]): Box {
  let general = part;
  for (const [index, regions] of within.entries()) {
    const wider = general.with(index, regions);
    if (covers.every((cover) => boxesDisjoint(wider, cover))) general = wider;
  }
  return general;
}

/**
 * Entries that both have, boxes and key, in one order: a longest such sequence, from the index before to the index
 * after. A request that is decided by an aligned entry on either side is decided by its partner too, unless by an entry
 * that is not aligned: so pairs of aligned ones need no search.
 */
function align(before: readonly Entry[], after: readonly Entry[]): Map<number, number> {
  const signature = ({ boxes, key }: Entry): string => JSON.stringify([key, boxes]);
  // Of equal ones only the first decides anything.
  const positions = new Map(after.map((entry, index) => [signature(entry), index] as const).toReversed());
  const used = new Set<number>();
  const pairs = before.flatMap((entry, i): [number, number][] => {
    const j = positions.get(signature(entry));
    if (j === undefined || used.has(j)) return [];
    used.add(j);
    return [[i, j]];
  });
  return new Map(longestIncreasing(pairs));
}

/** A longest subsequence in which the second numbers ascend (patience sorting). */
function longestIncreasing(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  interface Link {
    readonly pair: readonly [number, number];
    readonly previous: Link | undefined;
  }
  /** At index n the subsequence of n + 1 pairs that ends lowest. */
  const ends: Link[] = [];
  for (const pair of pairs) {
    const at = ends.findIndex(({ pair: [, end] }) => end > pair[1]);
    const length = at < 0 ? ends.length : at;
    ends[length] = { pair, previous: ends[length - 1] };
  }
  const longest: (readonly [number, number])[] = [];
  for (let link = ends.at(-1); link !== undefined; link = link.previous) longest.unshift(link.pair);
  return longest;
}
