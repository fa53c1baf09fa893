/** What the server and the thread that checks say to each other. */
import type { Understanding } from "./understanding.ts";

/** The text of an open document; undefined where the disk's counts again. */
export interface Overlay {
  readonly path: string;
  readonly text: string | undefined;
}

export interface Order {
  /** Of documents that have changed since the last order. */
  readonly overlays: readonly Overlay[];
  /** The main file of a program to check. */
  readonly main: string;
  /** Given back with what comes of it. A later order for the same program ends an earlier one. */
  readonly number: number;
}

/** Texts that concern no program that is to be checked. */
export type Told = Pick<Order, "overlays">;

export type Report =
  | { readonly kind: "understood"; readonly number: number; readonly understanding: Understanding }
  /** Nothing more comes of an order. */
  | { readonly kind: "done"; readonly number: number; readonly main: string }
  | { readonly kind: "failed"; readonly number: number; readonly main: string; readonly message: string };
