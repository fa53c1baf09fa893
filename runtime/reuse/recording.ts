/** An answer written down as it goes to the client, to be given again. */
import { readAnswer } from "../plan/answer.ts";
import { entries, member, parse } from "../plan/json.ts";
import type { ReusableRequest } from "./key.ts";
import type { KeptAnswer } from "./store.ts";

/** Bytes of an answer beyond which it is not kept. */
export const MOST_BYTES = 1024 * 1024;
const FIRST_BYTES = 4096;

export class Recording {
  /** Bytes are copied: a chunk is a piece of a larger one that would be held with it. */
  #bytes: Buffer | undefined = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  readonly #ends: number[] = [];

  /** What goes to the client next. */
  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#bytes === undefined || chunk.length === 0) return;
    if (length > MOST_BYTES) {
      this.#bytes = undefined;
      return;
    }
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(length, this.#bytes.length * 2)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
    this.#ends.push(length);
  }

  /**
   * The answer, once it is complete, if it is one to give again: of status 200, with content, not cut off by a filter and
   * no refusal, whose next try might go better.
   */
  finish(
    status: number,
    { stream, kind }: Pick<ReusableRequest, "stream" | "kind">,
    terms: Pick<KeptAnswer, "decision" | "model" | "from" | "until" | "headers">,
  ): KeptAnswer | undefined {
    if (status !== 200 || this.#bytes === undefined) return undefined;
    const body = Buffer.from(this.#bytes.subarray(0, this.#length));
    if (!(kind === "embeddings" ? hasVectors(body) : saysAll(body, stream))) return undefined;
    return { ...terms, body, ends: stream ? this.#ends : [] };
  }
}

function saysAll(body: Buffer, stream: boolean): boolean {
  const { text, refused, finish } = readAnswer(body, stream);
  const isWhole = finish === "stop" || finish === "length" || finish === "tools";
  return !refused && isWhole && (text !== "" || finish === "tools");
}

function hasVectors(body: Buffer): boolean {
  return entries(member(parse(body.toString()), "data")).length > 0;
}

/** The chunks of an answer that was a stream. */
export function* chunksOf({ body, ends }: KeptAnswer): Generator<Buffer> {
  let start = 0;
  for (const end of ends) {
    yield body.subarray(start, end);
    start = end;
  }
}
