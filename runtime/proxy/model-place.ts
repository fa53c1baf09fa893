/** Where a body names the model that it asks for, so that the name can be replaced among its bytes. */
import { DECLINED, decline, JsonCursor } from "./json-cursor.ts";

export interface ModelPlace {
  /** Offsets of the model's value, from its first quote to after its last. */
  readonly modelStart: number;
  readonly modelEnd: number;
  /** For each watched name its value's start and end in turn; -1 where it is absent. */
  readonly spans: readonly number[];
}

const MODEL = Buffer.from("model");

/**
 * The place in `body`, which must be valid UTF-8; undefined where it cannot be told for certain that everybody reads the
 * same in it: keys with escapes or that are repeated, and all that is wrong.
 */
export function modelPlace(body: Buffer, watched: readonly Buffer[] = []): ModelPlace | undefined {
  try {
    return new PlaceCursor(body).place(watched);
  } catch (error) {
    if (error === DECLINED) return undefined;
    throw error;
  }
}

class PlaceCursor extends JsonCursor {
  place(watched: readonly Buffer[]): ModelPlace {
    const spans = new Array<number>(watched.length * 2).fill(-1);
    const seen = new Set<string>();
    let modelStart = -1;
    let modelEnd = -1;
    this.space();
    for (let more = this.openObject(); more; more = this.nextMember()) {
      const name = this.body.toString("latin1", this.start, this.end);
      if (this.escaped || seen.has(name)) decline();
      seen.add(name);
      const isModel = this.is(MODEL);
      const index = this.find(watched) * 2;
      this.colon();
      const from = this.at;
      if (isModel) this.plainString();
      else this.value(1);
      if (isModel) [modelStart, modelEnd] = [from, this.at];
      if (index >= 0) [spans[index], spans[index + 1]] = [from, this.at];
    }
    this.space();
    if (this.at !== this.body.length || modelStart < 0) decline();
    return { modelStart, modelEnd, spans };
  }
}
