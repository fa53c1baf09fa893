/** How a signal is had: at once, in this process, or from somebody who may not answer. */
import type { Value } from "../table/index.ts";
import type { RequestTexts } from "./texts.ts";

/** The request of which a signal is wanted. */
export interface SignalRequest {
  readonly texts: RequestTexts;
  /** The value of the table's attribute of that index: what meters are keyed by. */
  attribute(index: number): Value | undefined;
}

/** Computed in this process. Never throws, and takes time linear in the text. */
export interface LocalSource {
  readonly kind: "local";
  compute(texts: RequestTexts): Value;
}

/** What somebody said, as a value of the signal's type, or why it cannot be had. */
export type Answered = { readonly value: Value } | { readonly missing: string };

/** What asking came to so far. */
export interface Asking {
  /** Calls that left the process. */
  readonly attempts: number;
  /** Nano-dollars, undefined where that is not known. */
  readonly cost: number | undefined;
  /** The request is gone, or its time is up: ends what is under way, and tells nothing more. */
  cancel(): void;
}

/** Asked of somebody: a model, an address, a function. */
export interface AskedSource {
  readonly kind: "asked";
  /**
   * Asks, and tells what came of it once, perhaps before this returns. `deadlineAt` is by `Clock.elapsed`;
   * the one who asks sees to it, and the source may use it to spare a call that comes too late.
   */
  ask(request: SignalRequest, deadlineAt: number, tell: (answered: Answered) => void): Asking;
  /** Lets go of connections. */
  close?(): Promise<void>;
}

export type Source = LocalSource | AskedSource;
