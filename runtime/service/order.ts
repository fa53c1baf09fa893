/** What a service tells its worker threads to do. */
import type { DecisionTable } from "../table/index.ts";

export type ThreadOrder =
  | { readonly kind: "prepare"; readonly table: DecisionTable }
  | { readonly kind: "drop" }
  | { readonly kind: "take"; readonly table: DecisionTable; readonly memory: SharedArrayBuffer }
  | { readonly kind: "decisions"; readonly last: number }
  | { readonly kind: "gauged" }
  | { readonly kind: "reopen" }
  | { readonly kind: "close" };
