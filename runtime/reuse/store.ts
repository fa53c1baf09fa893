/** Where answers are kept. */

/** An answer as it went to the client. */
export interface KeptAnswer {
  /** The decision that it was the answer of. */
  readonly decision: string;
  /** The model that gave it. */
  readonly model: string;
  /** When it was complete, and until when it may be given again, in milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** Headers that belong to it, name and value in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Offsets in `body` at which the chunks of a stream ended; empty for an answer that was none. */
  readonly ends: readonly number[];
}

/** Knows nothing of requests: answers under keys. Neither method throws or rejects; what is away has nothing. */
export interface AnswerStore {
  /** The answer under `key`, whatever the time. */
  get(key: string): KeptAnswer | undefined | Promise<KeptAnswer | undefined>;
  /** Keeps it if there is room, in the place of another under the same key. */
  put(key: string, answer: KeptAnswer, now: number): void;
  close(): Promise<void>;
}
