/** Server-sent events, forwarded at their boundaries. */

/** Bytes of an unfinished event that are held; one that is larger passes in pieces. */
const HELD_BYTES = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Holds back the unfinished event at the end of a stream, so that whatever happens upstream an error event can follow
 * well-formed. A client loses no time by it: an event is of no use before its last byte.
 */
export class EventStream {
  #held: Buffer = NOTHING;

  /** All that can be forwarded now that `chunk` has come: `chunk` itself where it ends with an event. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = lastEventEnd(bytes);
    if (end === 0 && bytes.length > HELD_BYTES) {
      this.#held = NOTHING;
      return bytes;
    }
    this.#held = end === bytes.length ? NOTHING : bytes.subarray(end);
    return end === bytes.length ? bytes : bytes.subarray(0, end);
  }

  /** What was held, at the stream's own end. */
  rest(): Buffer {
    return this.#held;
  }
}

const LF = 0x0a;

/** The offset after the last blank line, or 0. */
function lastEventEnd(bytes: Buffer): number {
  const last = bytes.length - 1;
  if (last > 0 && bytes[last] === LF && bytes[last - 1] === LF) return bytes.length;
  const plain = bytes.lastIndexOf("\n\n");
  const carriage = bytes.lastIndexOf("\n\r\n");
  return Math.max(plain < 0 ? 0 : plain + 2, carriage < 0 ? 0 : carriage + 3);
}

/** An event that says why the stream ends early. */
export function errorEvent(error: string): Buffer {
  return Buffer.from(`data: ${error}\n\n`);
}
