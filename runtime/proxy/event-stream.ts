/** Server-sent events, forwarded at their boundaries. */
import { lastEventEnd } from "../plan/stream-events.ts";

/** Bytes of an unfinished event that are held; one that is larger passes in pieces. */
const HELD_BYTES = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Holds back the unfinished event at the end of a stream, so that whatever happens upstream an error event can follow
 * well-formed. A client loses no time by it: an event is of no use before its last byte.
 */
export class EventStream {
  #held: Buffer = NOTHING;
  /** Half an event is out: it was too large to hold. */
  #open = false;

  /** All that can be forwarded now that `chunk` has come: `chunk` itself where it ends with an event. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = lastEventEnd(bytes);
    if (end === 0 && bytes.length > HELD_BYTES) {
      this.#held = NOTHING;
      this.#open = true;
      return bytes;
    }
    if (end > 0) this.#open = false;
    this.#held = end === bytes.length ? NOTHING : bytes.subarray(end);
    return end === bytes.length ? bytes : bytes.subarray(0, end);
  }

  /** What was held, at the end of a stream that is complete. */
  rest(): Buffer {
    return this.#held;
  }

  /** What ends a stream that broke off: the event with the error, in place of what was held. */
  failure(event: string): Buffer {
    return Buffer.from(`${this.#open ? "\n\n" : ""}${event}`);
  }
}
