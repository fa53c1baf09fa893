/** Recorded traffic through a policy, and through another one beside it. */
import type { DecisionTable, Policy } from "../../runtime/table/index.ts";
import type { Assumptions } from "./providers/behaviour.ts";
import { type Fits, fitting } from "./providers/fit.ts";
import type { Outage } from "./providers/outage.ts";
import type { Stated } from "./providers/stated.ts";
import { type Side, sideOf } from "./side.ts";
import { Capped, OTHERS, TOLD_APART } from "./sums/capped.ts";
import type { Fate } from "./sums/sums.ts";
import type { Mapping } from "./traffic/arrival.ts";
import { linesOf } from "./traffic/lines.ts";
import { arrivalsIn, type Found, isJson, nothingFound } from "./traffic/traffic.ts";

export interface ReplayOptions {
  /** The policy to compare with. */
  readonly against?: Policy;
  readonly mapping: Mapping;
  readonly outages: readonly Outage[];
  /** How models behave, by name; `*` is all others. */
  readonly stated: ReadonlyMap<string, Stated>;
  /** Attributes whose values are told apart. */
  readonly by: readonly string[];
  readonly seed: number;
  /** When the first request is to have come, in milliseconds since the epoch. */
  readonly start?: number;
  /** Told of the bytes that were read: twice the file's where calls are fitted to it first. */
  readonly progress?: (bytes: number) => void;
}

export interface Replayed {
  readonly found: Found;
  /** Milliseconds since the epoch of the first and the last arrival; undefined where there was none. */
  readonly span: { readonly from: number; readonly to: number } | undefined;
  readonly policy: Side;
  readonly against: Side | undefined;
  /** What became of requests, the old policy's first, where the two differ: the most requests first. */
  readonly moved: readonly Moved[];
}

export interface Moved {
  readonly from: Fate;
  readonly to: Fate;
  requests: number;
  /** Nano-dollars of these requests under both. */
  before: number;
  after: number;
}

/** The same file, policies and options give the same. Throws `ColumnError`; rejects as the file system does. */
export async function replay(path: string, policy: Policy, options: ReplayOptions): Promise<Replayed> {
  const { against, mapping, seed, outages, stated, by, start, progress } = options;
  const tables = [policy, ...(against === undefined ? [] : [against])].map(({ table }) => table);
  const named = namesOf(tables);
  const fits = fitting(seed, named);
  const bytesBefore = await fitTo(path, fits, mapping, tables, progress);
  const assumptions: Assumptions = { seed, outages, stated, fits, named };
  const side = sideOf(policy, by, assumptions);
  const old = against && sideOf(against, by, assumptions);
  const moves = old && movesBetween();
  const found = nothingFound();
  let span: { from: number; to: number } | undefined;

  for await (const { arrivals, bytes } of arrivalsIn(path, mapping, tables, found, start)) {
    for (const each of arrivals) {
      span = { from: Math.min(span?.from ?? each.at, each.at), to: Math.max(span?.to ?? each.at, each.at) };
      const move = moves?.begin();
      side.replay(each, (fate, cost) => move?.(1, fate, cost));
      old?.replay(each, (fate, cost) => move?.(0, fate, cost));
    }
    progress?.(bytesBefore + bytes);
  }
  side.finish();
  old?.finish();
  return { found, span, policy: side, against: old, moved: moves?.all() ?? [] };
}

/** The policies' name of a model that a log names so, or by the provider's name of it. */
function namesOf(tables: readonly DecisionTable[]): (model: string) => string {
  const models = tables.flatMap((table) => table.models);
  const names = new Map([
    ...models.map(({ name, upstream }): [string, string] => [upstream, name]),
    ...models.map(({ name }): [string, string] => [name, name]),
  ]);
  return (model) => names.get(model) ?? model;
}

/**
 * Fits calls to a log; resolves to how many bytes were read for it: none of a file without calls. What is wrong with its
 * lines is found when it is replayed.
 */
async function fitTo(
  path: string,
  fits: Fits,
  mapping: Mapping,
  tables: readonly DecisionTable[],
  progress: ReplayOptions["progress"],
): Promise<number> {
  for await (const { lines } of linesOf(path)) {
    const first = lines.find((line) => line.trim() !== "");
    if (first === undefined) continue;
    if (!isJson(first)) return 0;
    break;
  }
  let read = 0;
  for await (const { arrivals, bytes } of arrivalsIn(path, mapping, tables, nothingFound())) {
    for (const { arrival } of arrivals) for (const call of arrival.calls) fits.add(call);
    read = Math.max(read, bytes);
    progress?.(read);
  }
  return read;
}

type Half = { readonly fate: Fate; readonly cost: number };

/** Joins what became of each request under both policies: only those that are under way wait. */
function movesBetween() {
  const moves = new Map<Fate, Capped<Omit<Moved, "from" | "to">>>();
  const add = (from: Fate, to: Fate, before: number, after: number): void => {
    const known = moves.has(from) || moves.size < TOLD_APART ? from : OTHERS;
    const all = moves.get(known) ?? new Capped(() => ({ requests: 0, before: 0, after: 0 }));
    moves.set(known, all);
    const move = all.of(to);
    move.requests++;
    move.before += before;
    move.after += after;
  };
  return {
    begin() {
      const halves: [Half | undefined, Half | undefined] = [undefined, undefined];
      return (which: 0 | 1, fate: Fate, cost: number): void => {
        halves[which] = { fate, cost };
        const [before, after] = halves;
        if (before === undefined || after === undefined || before.fate === after.fate) return;
        add(before.fate, after.fate, before.cost, after.cost);
      };
    },
    all: (): readonly Moved[] =>
      [...moves]
        .flatMap(([from, all]) => [...all.entries].map(([to, move]) => ({ from, to, ...move })))
        .sort((a, b) => b.requests - a.requests),
  };
}
