import { append } from "./append.ts";

/** What has come of an answer and is still needed. */
export class Received {
  #chunks: Buffer[] = [];
  /** Bytes that are kept. */
  length = 0;

  push(chunk: Buffer): void {
    this.#chunks = append(this.#chunks, chunk);
    this.length += chunk.length;
  }

  /** Lets go of the chunks before the last `least` bytes. */
  forget(least: number): void {
    for (let first = this.#chunks[0]; first !== undefined && this.length - first.length >= least; ) {
      this.#chunks.shift();
      this.length -= first.length;
      first = this.#chunks[0];
    }
  }

  replace(bytes: Buffer): void {
    this.#chunks = [bytes];
    this.length = bytes.length;
  }

  /** As they came. */
  chunks(): readonly Buffer[] {
    return this.#chunks.slice();
  }

  /** In one piece. */
  bytes(): Buffer {
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
  }
}
