/** What a pool and its workers say to each other. */

/** To a worker: answered once, under the same number. */
export interface Order {
  readonly number: number;
  readonly body: unknown;
}

/** From a worker. */
export type Report =
  /** It can take orders; `body` is what it has to say of itself. */
  | { readonly kind: "ready"; readonly body: unknown }
  /** It cannot do its work; it ends. */
  | { readonly kind: "unfit"; readonly name: string; readonly message: string; readonly code: string | undefined }
  | { readonly kind: "done"; readonly number: number; readonly body: unknown }
  | { readonly kind: "failed"; readonly number: number; readonly name: string; readonly message: string }
  /** Unasked. */
  | { readonly kind: "said"; readonly body: unknown };
