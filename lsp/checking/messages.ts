/** What the server and the thread that checks say to each other. */
import type { Transfer } from "./transfer.ts";
import type { Finding, Understanding } from "./understanding.ts";

/** The text of an open document; undefined where the disk's counts again. */
export interface Overlay {
  readonly path: string;
  readonly text: string | undefined;
}

export interface Order {
  /** The main file of a program to check. */
  readonly main: string;
  /** Given back with what comes of it. A later order for the same program ends an earlier one. */
  readonly number: number;
}

/** To the thread. */
export interface Told {
  /** Of documents that have changed since it was last told. */
  readonly overlays: readonly Overlay[];
  readonly order?: Order;
  /** The main file of a program of which nothing need be kept. */
  readonly forget?: string;
}

/** What is known soon of a program: names and types. */
export interface Early {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
}

/** From the thread, to `U` what it understood. */
export type Report<U = Understanding> =
  | (Order & { readonly kind: "named"; readonly early: Early })
  /** Nothing more comes of an order; undefined where there is no such program. */
  | (Order & { readonly kind: "done"; readonly understanding: U | undefined })
  | (Order & { readonly kind: "failed"; readonly message: string });

export type Sent = Report<Transfer>;
