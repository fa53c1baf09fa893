/** What the spenders of a crash test share. */
import type { Counter } from "../../runtime/ledger/store.ts";

export interface Load {
  readonly folder: string;
  readonly limit: number;
  readonly threads: number;
  /** The first millisecond of the window. */
  readonly from: number;
}

const DAY = 86_400_000;

/** A calendar window and a sliding one, spent on alike. */
export function spentOn({ from }: Load): readonly [Counter, Counter] {
  return [
    { key: "calendar", window: { kind: "calendar", from, until: from + DAY } },
    { key: "sliding", window: { kind: "sliding", length: DAY } },
  ];
}

export function amountOf(round: number): number {
  return 1 + ((round * 7919) % 1000);
}
