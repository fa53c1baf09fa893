/** What streams of all dialects have in common: their events are read until one is the last. */
import { EventReader } from "./event-reader.ts";
import type { Classified } from "./failure.ts";
import { endsEvent, type StreamEnd } from "./stream-end.ts";

export abstract class PassingStream {
  content = false;
  finished = false;
  done = false;
  error: Classified | undefined;
  filtered = false;
  refused = false;
  /** The provider's own error event went to the client, whole: none of ours follows it. */
  protected hasTold = false;
  #reader: EventReader | undefined;
  protected readonly heldBack: boolean;

  /** `heldBack`: content does not end the holding, because the plan wants to know how the answer ends. */
  constructor(heldBack: boolean) {
    this.heldBack = heldBack;
  }

  read(chunk: Buffer): void {
    if (!this.heldBack && this.#reader?.isWithin !== true && this.saysTextAtOnce(chunk)) {
      this.content = true;
      return;
    }
    this.#reader ??= new EventReader();
    for (const data of this.#reader.read(chunk)) if (!this.done && this.error === undefined) this.take(data);
  }

  /**
   * Whether a chunk begins with an event that has text and is no error, and the stream does not end in it: then none of it is
   * read. Only for a dialect of which nothing is read any more once there is content.
   */
  protected saysTextAtOnce(_chunk: Buffer): boolean {
    return false;
  }

  /** Notes of a stream whose last bytes are `tail` whether the error that it `end`ed with was told. */
  protected ended(end: StreamEnd, tail: Buffer): StreamEnd {
    this.hasTold = end.error !== undefined && endsEvent(tail);
    return end;
  }

  /** Reads an event. */
  protected abstract take(data: string): void;

  /** Whether an error can be hidden: what is not held back goes out with its first content, and an error behind that with it. */
  protected get hidesErrors(): boolean {
    return !this.content || this.heldBack;
  }
}
