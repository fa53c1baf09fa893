/** Chunks of a chat completion, read one by one: what the streams that are made of them have in common. */

import { EventReader } from "../../plan/event-reader.ts";
import { entries, member, parse, text } from "../../plan/json.ts";
import type { StreamTranslator } from "../stream-translator.ts";
import { type Said, saidIn, usageIn } from "./said.ts";

/** Of several choices the first is read: no other dialect has more than one. */
export abstract class ChunkStream implements StreamTranslator {
  readonly #reader = new EventReader();
  #begun = false;
  #over = false;
  /** Why the answer ended, once it has. */
  protected finish = "";
  /** As it was reported last. */
  protected usage: unknown;

  /** What comes before all else, by the first chunk; undefined where there was none. */
  protected abstract begin(chunk: unknown): string;
  /** What a choice's piece comes to; `delta` is that piece as it stands in `choice`. */
  protected abstract say(said: Said, delta: unknown, choice: unknown): string;
  /** What ends a stream that is complete. */
  protected abstract stop(): string;
  /** What ends one that broke off; `error` is one as OpenAI writes it. */
  protected abstract failure(error: unknown): string;

  push(chunk: Buffer): string {
    let out = "";
    for (const data of this.#reader.read(chunk)) if (!this.#over) out += this.#take(data);
    return out;
  }

  end(): string {
    return this.#over || this.finish === "" ? "" : this.#stop();
  }

  #take(data: string): string {
    if (data === "[DONE]") return this.#stop();
    const chunk = parse(data);
    if ((member(chunk, "error") ?? null) !== null) {
      this.#over = true;
      return this.failure(chunk);
    }
    this.usage = usageIn(chunk) ?? this.usage;
    let out = this.#begin(chunk);
    for (const choice of entries(member(chunk, "choices"))) {
      if ((member(choice, "index") ?? 0) !== 0) continue;
      // Some send the whole message where a delta should stand.
      const delta = member(choice, "delta") ?? member(choice, "message");
      out += this.say(saidIn(delta), delta, choice);
      this.finish = text(member(choice, "finish_reason")) || this.finish;
    }
    return out;
  }

  #begin(chunk: unknown): string {
    if (this.#begun) return "";
    this.#begun = true;
    return this.begin(chunk);
  }

  #stop(): string {
    this.#over = true;
    return this.#begin(undefined) + this.stop();
  }
}
